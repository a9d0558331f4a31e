import type { KeptConnection } from '../operations/operation.js';
import type { Lease } from '../pool/lease.js';
import type { Pool } from '../pool/pool.js';

/**
 * A connection that stays with a cursor or a transaction until that ends: behind a load balancer no other way leads to
 * the same service again (load balancer specification, "Connection Pinning").
 */
export class PinnedConnection implements KeptConnection {
  readonly lease: Lease;
  readonly #pool: Pool;
  #released = false;

  constructor(pool: Pool, lease: Lease, heldFor: 'cursor' | 'transaction') {
    this.#pool = pool;
    this.lease = lease;
    lease.heldFor = heldFor;
  }

  get closed(): boolean {
    return this.lease.connection.closed;
  }

  /** Gives the connection back to its pool. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.lease.heldFor = 'operation';
    this.#pool.checkIn(this.lease);
  }

  /** Gives it back closed: it may still be waiting for a reply. */
  abandon(reason?: Error): void {
    this.lease.connection.destroy(reason);
    this.release();
  }
}

/** The lease behind what a caller was told to come back with. */
export const leaseOf = (kept: KeptConnection): Lease => (kept as PinnedConnection).lease;
