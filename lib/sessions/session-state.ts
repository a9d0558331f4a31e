import type { Timestamp } from '../bson/values.js';
import { InvalidOperation } from '../core/errors/usage.js';
import { laterClusterTime, laterOperationTime, type ClusterTime } from './cluster-time.js';
import type { ServerSession } from './server-session.js';
import type { ServerSessionPool } from './server-session-pool.js';

export interface SessionStateOptions {
  /** What the session belongs to: using it with another client is refused (SESS-5). */
  readonly owner: object;
  readonly pool: ServerSessionPool;
  /** Started by the user; an implicit one lasts for one operation or one cursor and is never causally consistent. */
  readonly explicit: boolean;
  readonly causalConsistency: boolean;
  readonly snapshot: boolean;
}

/**
 * What the driver remembers of one client session. No I/O: the executor reads it when it dresses a command and writes
 * it when a reply came. The server session is borrowed at the first command, after a connection was checked out, so
 * that there are never more of them than connections in use.
 */
export class SessionState {
  readonly owner: object;
  readonly explicit: boolean;
  readonly causalConsistency: boolean;
  readonly snapshot: boolean;

  clusterTime: ClusterTime | undefined;
  operationTime: Timestamp | undefined;
  /** Moment of a snapshot session's reads, taken from the first reply. */
  snapshotTime: Timestamp | undefined;

  readonly #pool: ServerSessionPool;
  #serverSession: ServerSession | undefined;
  #ended = false;

  constructor(options: SessionStateOptions) {
    this.owner = options.owner;
    this.#pool = options.pool;
    this.explicit = options.explicit;
    this.causalConsistency = options.causalConsistency;
    this.snapshot = options.snapshot;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The server session, borrowed now if it was not yet. */
  get serverSession(): ServerSession {
    if (this.#ended) throw new InvalidOperation('The session has ended and cannot be used');
    return (this.#serverSession ??= this.#pool.acquire());
  }

  advanceClusterTime(time: ClusterTime | undefined): void {
    this.clusterTime = laterClusterTime(this.clusterTime, time);
  }

  advanceOperationTime(time: Timestamp | undefined): void {
    this.operationTime = laterOperationTime(this.operationTime, time);
  }

  /** Gives the server session back. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#serverSession !== undefined) this.#pool.release(this.#serverSession);
  }
}
