/** The connections of one pool at one moment, and how long the latest check-outs waited. */
export interface PoolStats {
  /** Connections that are lent, those whose late reply is still awaited included. */
  readonly inUse: number;
  /** Open connections that nobody uses. */
  readonly idle: number;
  /** Connections that are being established. */
  readonly connecting: number;
  /** Check-outs that wait for their turn. */
  readonly waiting: number;
  /** Median wait of the latest 1,024 check-outs, in milliseconds; 0 where most got a connection at once. */
  readonly waitP50MS: number;
  /** The wait that 99 of 100 of the latest 1,024 check-outs did not exceed, in milliseconds. */
  readonly waitP99MS: number;
}
