import type { Runtime } from '../core/runtime.js';
import { createServerSession, type LogicalSessionId, type ServerSession } from './server-session.js';

/** A session within this many milliseconds of its expiry is not handed out: it could expire on its way. */
const EXPIRY_MARGIN_MS = 60_000;

/** What the pool has to know of the deployment. */
export interface SessionLifetime {
  /** The smallest `logicalSessionTimeoutMinutes` of the data-bearing servers; null while none is known. */
  readonly timeoutMinutes: number | null;
  /** Behind a load balancer sessions do not expire: no server's timeout is known. */
  readonly loadBalanced: boolean;
}

/**
 * Server sessions that no client session uses at the moment: last in, first out, so that a quiet client needs few and
 * lets the rest expire (sessions specification, "Server session pool").
 */
export class ServerSessionPool {
  readonly #runtime: Runtime;
  readonly #lifetime: () => SessionLifetime;
  #free: ServerSession[] = [];

  constructor(runtime: Runtime, lifetime: () => SessionLifetime) {
    this.#runtime = runtime;
    this.#lifetime = lifetime;
  }

  /** Number of sessions waiting to be used again. */
  get size(): number {
    return this.#free.length;
  }

  acquire(): ServerSession {
    const free = this.#free;
    const lifetime = this.#lifetime();
    for (let session = free.pop(); session !== undefined; session = free.pop()) {
      if (!this.#isExpiring(session, lifetime)) return session;
    }
    return createServerSession((size) => this.#runtime.randomBytes(size), this.#runtime.now());
  }

  /** Takes a session back; one that is dirty or about to expire is forgotten. */
  release(session: ServerSession): void {
    const lifetime = this.#lifetime();
    let expired = 0;
    while (expired < this.#free.length && this.#isExpiring(this.#free[expired] as ServerSession, lifetime))
      expired++;
    if (expired > 0) this.#free.splice(0, expired);
    if (session.dirty || this.#isExpiring(session, lifetime)) return;
    this.#free.push(session);
  }

  /** Empties the pool; the ids are for `endSessions`. */
  drain(): LogicalSessionId[] {
    const drained = this.#free.map((session) => session.lsid);
    this.#free = [];
    return drained;
  }

  #isExpiring(session: ServerSession, lifetime: SessionLifetime): boolean {
    if (lifetime.loadBalanced || lifetime.timeoutMinutes === null) return false;
    return this.#runtime.now() - session.lastUse > lifetime.timeoutMinutes * 60_000 - EXPIRY_MARGIN_MS;
  }
}
