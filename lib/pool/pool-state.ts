/**
 * ```
 *            ready()              close()
 *   paused ----------> ready -----------------> closed
 *     ^ |   clear()      |                        ^
 *     | +----------------+------ close() ---------+
 *     +------------------+
 * ```
 * A new pool is paused: only a successful check of its server makes it ready (CMAP specification, "Connection Pool").
 */
export type PoolState = 'paused' | 'ready' | 'closed';

export const NEXT_STATES: Readonly<Record<PoolState, readonly PoolState[]>> = {
  paused: ['ready', 'closed'],
  ready: ['paused', 'closed'],
  closed: [],
};
