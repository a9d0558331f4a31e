import { throwIfOver, waitFor, type Deadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import { AutoReconnect } from '../core/errors/connection.js';
import type { Runtime } from '../core/runtime.js';
import type { SelectionLimit } from '../pool/check-out-limits.js';
import type { Lease } from '../pool/lease.js';
import type { Pool } from '../pool/pool.js';

/**
 * A series of operations on one connection per server: each is sent when the one before has ended, in the order in
 * which they were called, so that a server sees them in that order whether or not it acknowledges them.
 */
export class Request {
  readonly #runtime: Runtime;
  readonly #leases = new Map<Pool, Lease>();
  #lastTurn: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs `operation` when everything that was called before it has ended. */
  async inTurn<T>(deadline: Deadline, operation: () => Promise<T>): Promise<T> {
    const before = this.#lastTurn;
    const turn = deferred<void>();
    this.#lastTurn = turn.promise;
    try {
      await this.#wait(before, deadline);
      return await operation();
    } finally {
      // One that gave up waiting still keeps those behind it in line.
      void before.then(turn.resolve);
    }
  }

  /**
   * The connection of this request to a server, taken from its pool at the first use and kept until the end.
   *
   * @throws AutoReconnect where it broke in the meantime: what was sent over it without acknowledgement may be lost, and
   * the caller has to know. The next operation gets a new one.
   */
  checkOut(pool: Pool, deadline: Deadline, selection?: SelectionLimit): Lease | Promise<Lease> {
    const lease = this.#leases.get(pool);
    if (lease === undefined) return this.#pin(pool, deadline, selection);
    if (!lease.connection.closed) return lease;
    this.release(pool);
    throw new AutoReconnect(
      `The connection of this request to ${pool.address} was lost; unacknowledged writes before this operation may not have arrived`,
      { address: pool.address, cause: lease.connection.closeReason, bytesSent: 'none' },
    );
  }

  /** To be called after each use: a connection that broke is given back at once. */
  release(pool: Pool): void {
    const lease = this.#leases.get(pool);
    if (lease?.connection.closed !== true) return;
    this.#leases.delete(pool);
    pool.checkIn(lease);
  }

  /** The connection stays with somebody else from now on; the next operation gets a new one. */
  handOver(pool: Pool): void {
    this.#leases.delete(pool);
  }

  /** Gives the connections back as soon as the operations that were called have ended. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#lastTurn.then(() => {
      for (const [pool, lease] of this.#leases) pool.checkIn(lease);
      this.#leases.clear();
    });
  }

  async #pin(pool: Pool, deadline: Deadline, selection: SelectionLimit | undefined): Promise<Lease> {
    const lease = await pool.checkOut(deadline, selection);
    this.#leases.set(pool, lease);
    return lease;
  }

  async #wait(before: Promise<void>, deadline: Deadline): Promise<void> {
    await waitFor(before, deadline, this.#runtime);
    throwIfOver(deadline, this.#runtime);
  }
}
