import type { Runtime } from '../core/runtime.js';
import type { Generations } from './generations.js';
import { IdleConnections } from './idle-connections.js';
import { isInterruption } from './pool-errors.js';
import type { ConnectionClosedReason } from './pool-events.js';
import type { PoolPublisher } from './pool-publisher.js';
import type { PooledConnection } from './pooled-connection.js';

export interface OpenConnectionsOptions {
  readonly runtime: Runtime;
  readonly maxIdleTimeMS: number;
  readonly publisher: PoolPublisher;
  readonly generations: Generations;
  readonly isPoolClosed: () => boolean;
  /** Connections that were idle for too long have been closed. */
  readonly onExpired: () => void;
}

/** Which open connections may be used again, and the ones that wait for that (CMAP specification, "Perishable"). */
export class OpenConnections {
  readonly #options: OpenConnectionsOptions;
  readonly #idle: IdleConnections;

  constructor(options: OpenConnectionsOptions) {
    this.#options = options;
    this.#idle = new IdleConnections(options.runtime, options.maxIdleTimeMS, (expired) => {
      // All of them before any is replaced: together they would exceed the cap.
      for (const pooled of expired) this.close(pooled, 'idle');
      options.onExpired();
    });
  }

  /** How many are idle. */
  get idle(): number {
    return this.#idle.size;
  }

  isStale({ generation, serviceId }: PooledConnection): boolean {
    return this.#options.generations.isStale(generation, serviceId);
  }

  /** Why a connection that is back is closed; `undefined` where it can be used again. */
  reasonToClose(pooled: PooledConnection): ConnectionClosedReason | undefined {
    if (this.#options.isPoolClosed()) return 'poolClosed';
    const { connection } = pooled;
    // Its own failure is why it goes, also where that failure cleared the pool.
    if (connection.closed && !isInterruption(connection.closeReason)) return 'error';
    // The next request could not be sent; a late reply is waited for at check-in.
    if (connection.busy && connection.lateReply === undefined) return 'error';
    return this.isStale(pooled) ? 'stale' : undefined;
  }

  add(pooled: PooledConnection): void {
    this.#idle.add(pooled);
  }

  /** The idle connection used last; those found broken, stale or too old are closed on the way. */
  take(): PooledConnection | undefined {
    for (;;) {
      const pooled = this.#idle.takeLatest();
      if (pooled === undefined) return undefined;
      const reason = this.reasonToClose(pooled) ?? (this.#idle.isExpired(pooled) ? 'idle' : undefined);
      if (reason === undefined) return pooled;
      this.close(pooled, reason);
    }
  }

  /** Takes all idle connections that may be used again; closes the others. */
  takeAll(): readonly PooledConnection[] {
    return this.#idle
      .takeWhere(() => true)
      .filter((pooled) => {
        const reason = this.reasonToClose(pooled);
        if (reason !== undefined) this.close(pooled, reason);
        return reason === undefined;
      });
  }

  close(pooled: PooledConnection, reason: ConnectionClosedReason): void {
    const { connection, serviceId } = pooled;
    const { generations, publisher } = this.#options;
    generations.dismiss(serviceId);
    publisher.connectionClosed(connection.id, reason, connection.closeReason);
    if (!connection.closed) connection.destroy();
  }

  /** Closes idle connections that the test picks. */
  closeIdle(reason: ConnectionClosedReason, test: (pooled: PooledConnection) => boolean = () => true): void {
    for (const pooled of this.#idle.takeWhere(test)) this.close(pooled, reason);
  }

  /** None is idle any more: the timer that waits for old ones goes. */
  stop(): void {
    this.#idle.stop();
  }
}
