import type { PoolLease, LeasePurpose } from './lease.js';
import type { PooledConnection } from './pooled-connection.js';

/** The connections of a pool that are in use. */
export class Leases {
  readonly #out = new Set<PoolLease>();

  get size(): number {
    return this.#out.size;
  }

  add(lease: PoolLease): void {
    this.#out.add(lease);
  }

  /** Whether somebody may use it. */
  isOut(lease: PoolLease): boolean {
    return this.#out.has(lease) && !lease.isLate;
  }

  delete(lease: PoolLease): void {
    this.#out.delete(lease);
  }

  /** How many are kept for what. */
  heldFor(): Readonly<Record<LeasePurpose, number>> {
    const held = { operation: 0, cursor: 0, transaction: 0 };
    for (const lease of this.#out) held[lease.heldFor]++;
    return held;
  }

  /**
   * Destroys connections under whoever uses them, each with an error of its own, as its user may label it; their check-in
   * reports them closed.
   */
  destroy(error: () => Error, test: (pooled: PooledConnection) => boolean): void {
    for (const { pooled } of this.#out) if (test(pooled)) pooled.connection.destroy(error());
  }

  /** A late reply is not worth waiting for where its connection will not be used again. */
  dropLate(test: (pooled: PooledConnection) => boolean): void {
    for (const { pooled, isLate } of this.#out) if (isLate && test(pooled)) pooled.connection.destroy();
  }
}
