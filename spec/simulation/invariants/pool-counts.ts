/** What the events of one pool add up to. */
export class PoolCounts {
  readonly address: string;
  /** Connections by their numbers: those that are being established, and those that are open. */
  readonly connecting = new Set<number>();
  readonly open = new Set<number>();
  leased = 0;
  /** Check-outs that were neither served nor failed. */
  waiting = 0;
  /** How many connections were being established when the one of that number was handed out last. */
  readonly connectingAtService = new Map<number, number>();

  constructor(address: string) {
    this.address = address;
  }

  get total(): number {
    return this.connecting.size + this.open.size;
  }
}
