import { inspect } from 'node:util';
import type { Document } from '../bson/document.js';
import { encodeDocument } from '../bson/encoder.js';
import type { Timestamp } from '../bson/values.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import { InvalidOperation } from '../core/errors/usage.js';
import { clusterTimeFrom } from '../sessions/cluster-time.js';
import type { SessionState } from '../sessions/session-state.js';

export interface SessionOptions {
  /** Reads see what the session did before. Default: true, unless `snapshot` is set. */
  readonly causalConsistency?: boolean | undefined;
  /** All reads see the data of one moment. Servers 5.0 and later. Excludes causal consistency. */
  readonly snapshot?: boolean | undefined;
}

let stateOf: (session: AsyncClientSession) => SessionState;

/**
 * A session: a series of operations that belong together. Pass it as `session` to each of them; one at a time. Made by
 * `client.startSession()`.
 */
export class AsyncClientSession implements AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  /** What the session was started with, defaults filled in. */
  readonly options: Readonly<Required<SessionOptions>>;
  readonly #state: SessionState;

  static {
    stateOf = (session) => session.#state;
  }

  /** @internal */
  constructor(state: SessionState) {
    this.#state = state;
    this.options = Object.freeze({ causalConsistency: state.causalConsistency, snapshot: state.snapshot });
  }

  get hasEnded(): boolean {
    return this.#state.hasEnded;
  }

  /** The `lsid` document the server knows the session by. */
  get sessionId(): Document {
    return this.#state.serverSession.lsid;
  }

  /** The highest cluster time this session has seen, as the server signed it. */
  get clusterTime(): Document | null {
    return this.#state.clusterTime?.document.toObject() ?? null;
  }

  /** When the last operation of this session happened. */
  get operationTime(): Timestamp | null {
    return this.#state.operationTime ?? null;
  }

  /** Takes over the cluster time of another session, so that reads of this one come after what that one saw. */
  advanceClusterTime(clusterTime: Document): void {
    const time =
      typeof clusterTime === 'object' && clusterTime !== null
        ? clusterTimeFrom(encodeDocument(clusterTime))
        : undefined;
    if (time === undefined) {
      throw new TypeError(
        'advanceClusterTime takes the clusterTime document of a session, with its timestamp',
      );
    }
    this.#state.advanceClusterTime(time);
  }

  /** Takes over the operation time of another session. */
  advanceOperationTime(operationTime: Timestamp): void {
    if ((operationTime as { readonly _bsontype?: unknown } | null)?._bsontype !== 'Timestamp') {
      throw new TypeError('advanceOperationTime takes a Timestamp');
    }
    this.#state.advanceOperationTime(operationTime);
  }

  /** Ends the session; it cannot be used afterwards. Idempotent. */
  endSession(): Promise<void> {
    this.#state.end();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.endSession();
  }

  [inspect.custom](): string {
    return `AsyncClientSession(${this.#state.hasEnded ? 'ended' : 'active'})`;
  }
}

/** The state behind a session that a user passed to an operation. */
export const sessionStateOf = (session: AsyncClientSession | undefined): SessionState | undefined => {
  if (session === undefined) return undefined;
  try {
    return stateOf(session);
  } catch {
    throw new TypeError('session must be an AsyncClientSession made by startSession()');
  }
};

/** Checks the options of `startSession`. */
export const sessionSettings = (
  options: SessionOptions,
): { readonly causalConsistency: boolean; readonly snapshot: boolean } => {
  const { snapshot = false, causalConsistency = !snapshot } = options;
  for (const [name, value] of Object.entries({ snapshot, causalConsistency })) {
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`);
  }
  if (snapshot && causalConsistency) {
    throw new InvalidOperation('A session cannot be causally consistent and a snapshot at once');
  }
  return { causalConsistency, snapshot };
};
