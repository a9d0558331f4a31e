import { clock, readClock } from '../core/clock.js';
import type { Runtime } from '../core/runtime.js';
import { createServerSession, type LogicalSessionId, type ServerSession } from './server-session.js';

/** A session within this many milliseconds of its expiry is not handed out: it could expire on its way. */
const EXPIRY_MARGIN_MS = 60_000;

/**
 * Server sessions that no client session uses at the moment: last in, first out, so that a quiet client needs few and
 * lets the rest expire (sessions specification, "Server session pool").
 */
export class ServerSessionPool {
  readonly #runtime: Runtime;
  readonly #timeoutMinutes: () => number | null;
  #free: ServerSession[] = [];

  /**
   * `timeoutMinutes` is the smallest `logicalSessionTimeoutMinutes` of the data-bearing servers; null while none is known,
   * and behind a load balancer, where sessions do not expire.
   */
  constructor(runtime: Runtime, timeoutMinutes: () => number | null) {
    this.#runtime = runtime;
    this.#timeoutMinutes = timeoutMinutes;
  }

  /** Number of sessions waiting to be used again. */
  get size(): number {
    return this.#free.length;
  }

  acquire(): ServerSession {
    const free = this.#free;
    const keptMS = this.#keptMS();
    readClock(this.#runtime);
    for (let session = free.pop(); session !== undefined; session = free.pop()) {
      if (clock.now - session.lastUse <= keptMS) return session;
    }
    return createServerSession(this.#runtime);
  }

  /** Takes a session back; one that is dirty or about to expire is forgotten. */
  release(session: ServerSession): void {
    const free = this.#free;
    const keptMS = this.#keptMS();
    readClock(this.#runtime);
    let expired = 0;
    while (expired < free.length && clock.now - (free[expired] as ServerSession).lastUse > keptMS) expired++;
    if (expired > 0) free.splice(0, expired);
    if (!session.dirty && clock.now - session.lastUse <= keptMS) free.push(session);
  }

  /** Empties the pool; the ids are for `endSessions`. */
  drain(): LogicalSessionId[] {
    const drained = this.#free.map((session) => session.lsid);
    this.#free = [];
    return drained;
  }

  /** What was last used longer ago is about to expire. */
  #keptMS(): number {
    const minutes = this.#timeoutMinutes();
    return minutes === null ? Infinity : minutes * 60_000 - EXPIRY_MARGIN_MS;
  }
}
