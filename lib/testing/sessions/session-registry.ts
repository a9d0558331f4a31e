import { Binary } from 'bson';
import type { Runtime } from '../../core/runtime.js';
import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import { Session } from './session.js';

/** Minutes an unused session lives; `logicalSessionTimeoutMinutes` of hello. */
export const SESSION_TIMEOUT_MINUTES = 30;

/** Above this many sessions the unused ones are looked for at each new one. */
const SWEEP_ABOVE = 10_000;

/** All logical sessions of a deployment. */
export class SessionRegistry {
  readonly #runtime: Runtime;
  readonly #sessions = new Map<string, Session>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** The session that an `lsid` document names, made when it is new. Throws where the document is malformed. */
  use(lsid: Doc, userDigest = ''): Session {
    const key = sessionKey(lsid) + userDigest;
    const now = this.#runtime.now();
    let session = this.#sessions.get(key);
    if (session === undefined) {
      if (this.#sessions.size >= SWEEP_ABOVE) this.#sweep(now);
      session = new Session(lsid.get('id') as Binary, key, now);
      this.#sessions.set(key, session);
    }
    session.lastUsedAt = now;
    return session;
  }

  /** The key of the session that ended; undefined where there was none. */
  end(lsid: Doc, userDigest = ''): string | undefined {
    const key = sessionKey(lsid) + userDigest;
    this.#sessions.get(key)?.transaction?.abort();
    return this.#sessions.delete(key) ? key : undefined;
  }

  /** The member stops being primary: transactions in progress are lost. */
  abortTransactions(): void {
    for (const session of this.#sessions.values()) session.transaction?.abort();
  }

  endAll(): void {
    this.abortTransactions();
    this.#sessions.clear();
  }

  /** Takes over the sessions of another member, with what their retryable writes have done. */
  copyFrom(other: SessionRegistry): void {
    for (const [key, session] of other.#sessions) this.#sessions.set(key, session.copy());
  }

  #sweep(now: number): void {
    const oldest = now - SESSION_TIMEOUT_MINUTES * 60_000;
    for (const [key, session] of this.#sessions) {
      if (session.lastUsedAt >= oldest) continue;
      session.transaction?.abort();
      this.#sessions.delete(key);
    }
  }
}

const sessionKey = (lsid: Doc): string => {
  const id = lsid.get('id');
  if (!(id instanceof Binary) || id.sub_type !== Binary.SUBTYPE_UUID || id.position !== 16) {
    throw new CommandError(
      'InvalidUUID',
      "BSON field 'lsid.id' is the wrong binData type, expected a UUID of 16 bytes",
    );
  }
  return id.toString('hex');
};
