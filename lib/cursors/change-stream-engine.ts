import type { CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import { waitFor, type Deadline } from '../core/deadline.js';
import { ChangeStreamError } from '../core/errors/change-stream.js';
import { ErrorCode } from '../core/errors/codes.js';
import { isOperationTimeout, serverCode } from '../core/errors/predicates.js';
import type { OperationFailure } from '../core/errors/server.js';
import { surface } from '../core/errors/surface.js';
import { InvalidOperation } from '../core/errors/usage.js';
import { guardListener } from '../core/guard-listener.js';
import {
  changeStream,
  type ChangeStreamOptions,
  type ChangeStreamStart,
  type ChangeStreamTarget,
} from '../operations/change-stream.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { SessionState } from '../sessions/session-state.js';
import { ChangeStreamPosition } from './change-stream-position.js';
import { isResumable } from './change-stream-resume.js';
import { transition, type ChangeStreamState } from './change-stream-state.js';
import { CursorEngine, type CursorContext } from './cursor-engine.js';
import type { CursorCloseOptions } from './cursor-reaper.js';
import type { ResumeTokenStore } from './resume-token-store.js';

/** Everything that is settled when a stream is made. */
export interface ChangeStreamPlan {
  readonly target: ChangeStreamTarget;
  readonly pipeline: readonly Document[];
  readonly options: ChangeStreamOptions;
  readonly session: SessionState | undefined;
  readonly readPreference: ReadPreference | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly codecOptions: CodecOptions;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMS: number | null | undefined;
  readonly inheritedTimeoutMS: number | null | undefined;
  readonly tokenStore: ResumeTokenStore | undefined;
  readonly onIdle: ((resumeToken: Document | undefined) => void) | undefined;
  readonly onHistoryLost: 'throw' | 'restartFromNow';
}

const CLOSED = 'The change stream is closed';

/**
 * The machine behind a change stream: one cursor after another, each at the place where the one before was lost, and one
 * session for all of them (change streams specification, "Resume Process").
 */
export class ChangeStreamEngine<T> {
  readonly #context: CursorContext;
  readonly #plan: ChangeStreamPlan;
  readonly #session: SessionState;
  /** Ends a getMore that waits for events when the stream is closed. */
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #position: ChangeStreamPosition;
  #cursor: CursorEngine<T>;
  #state: ChangeStreamState = 'opening';
  #resumingSince: number | undefined;
  #reopening: Promise<void> | undefined;
  #failure: unknown;
  #savedToken: Document | undefined;

  constructor(context: CursorContext, plan: ChangeStreamPlan) {
    this.#context = context;
    this.#plan = plan;
    this.#session = plan.session ?? context.executor.cursorSession();
    this.#signal =
      plan.signal === undefined ? this.#closing.signal : AbortSignal.any([plan.signal, this.#closing.signal]);
    this.#position = new ChangeStreamPosition(plan.options);
    this.#cursor = this.#makeCursor(plan.options);
  }

  get state(): ChangeStreamState {
    return this.#state;
  }

  /** Wall-clock milliseconds of the fault that the stream has not got over yet. */
  get resumingSince(): number | undefined {
    return this.#resumingSince;
  }

  get token(): Document | undefined {
    return this.#position.token;
  }

  /** Opens the first cursor: from now on no event is missed. */
  async open(): Promise<void> {
    try {
      const { tokenStore, options } = this.#plan;
      const deadline = this.#cursor.begin();
      if (tokenStore !== undefined && !hasStart(options)) {
        const loading = (async () => await tokenStore.load())();
        const startAfter = (await waitFor(loading, deadline, this.#context.runtime)) ?? undefined;
        if (startAfter !== undefined) this.#startAt({ startAfter });
        this.#savedToken = startAfter;
      }
      await this.#openCursor(deadline);
      this.#enter('live');
    } catch (error) {
      throw surface(this.#fail(error));
    }
  }

  /** The next event. Waits for one. Rejects once the stream is closed. */
  next(): Promise<T> {
    if (this.#cursor.buffered === 0) return this.#nextAfterFetch();
    try {
      return Promise.resolve(this.#take());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The next event, or `null` where one round trip to the server brought none. */
  async tryNext(): Promise<T | null> {
    if (this.#cursor.buffered === 0) await this.#fetch(this.#cursor.begin());
    return this.#cursor.buffered > 0 ? this.#take() : null;
  }

  /** A step of `for await`, which ends when the stream is closed. */
  step(): Promise<IteratorResult<T, undefined>> {
    if (this.#cursor.buffered === 0) return this.#stepAfterFetch();
    try {
      return Promise.resolve({ value: this.#take(), done: false });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Ends the stream, on its server too. Who waits for an event is told at once. Idempotent. */
  async close(options?: CursorCloseOptions): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    this.#enter('closed');
    const ended = this.#cursor.close(options);
    this.#closing.abort(new InvalidOperation(CLOSED));
    try {
      await ended;
    } finally {
      this.#endSession();
    }
  }

  async #nextAfterFetch(): Promise<T> {
    // One limit for all that the call has to ask, resuming included (client-side operations timeout, "Change Streams").
    const deadline = this.#cursor.begin();
    while (this.#cursor.buffered === 0) await this.#fetch(deadline);
    return this.#take();
  }

  async #stepAfterFetch(): Promise<IteratorResult<T, undefined>> {
    try {
      return { value: await this.#nextAfterFetch(), done: false };
    } catch (error) {
      if (this.state === 'closed') return { value: undefined, done: true };
      // The loop has ended with it; out of time, another one may go on with the stream.
      if (!isOperationTimeout(error)) void this.close();
      throw error;
    }
  }

  #take(): T {
    const event = this.#cursor.take();
    if (this.#position.gaveEvent()) return event;
    throw this.#fail(
      new InvalidOperation(
        'Cannot provide resume functionality when the resume token is missing: the pipeline must leave _id as it is',
      ),
    );
  }

  /** One round trip to the server, and a new cursor where the old one is lost. */
  async #fetch(deadline: Deadline): Promise<void> {
    this.#requireOpen();
    await this.#saveToken(deadline);
    // Left over from a call that ran out of its time: this one asks the new cursor once, as it would have asked the old.
    if (this.#state === 'resuming') await this.#resume(deadline);
    if (this.#state === 'live' && this.#cursor.buffered === 0) await this.#fetchBatch(deadline);
    if (this.#state === 'resuming') await this.#resume(deadline);
    this.#requireOpen();
    if (this.#cursor.buffered > 0) return;
    // The server ends a stream without an error behind the event that invalidates it.
    if (!this.#cursor.alive) throw surface(this.#fail(this.#invalidated()));
    this.#tellIdle();
  }

  async #fetchBatch(deadline: Deadline): Promise<void> {
    const cursor = this.#cursor;
    try {
      await cursor.fetch(deadline);
    } catch (error) {
      this.#requireOpen();
      // Somebody else who waited for the same batch may have seen to it.
      if (cursor !== this.#cursor || this.#state !== 'live') return;
      const startsAnew = this.#startsAnewAfter(error);
      if (!startsAnew && !isResumable(error, this.#position.maxWireVersion)) throw surface(this.#fail(error));
      if (startsAnew) this.#position = new ChangeStreamPosition({});
      this.#enter('resuming');
      this.#resumingSince = this.#context.runtime.wallClock();
      if (isOperationTimeout(error)) throw error;
    }
  }

  /** Opens a cursor where the last one was lost: once for all who wait for it. */
  #resume(deadline: Deadline): Promise<void> {
    this.#reopening ??= this.#reopen(deadline).finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  /**
   * A call that ran out of its `timeoutMS` leaves the stream as it is; the next one resumes it (client-side operations
   * timeout specification, "Change Streams").
   */
  async #reopen(deadline: Deadline): Promise<void> {
    void this.#cursor.close();
    this.#cursor = this.#makeCursor(this.#position.resumeStart);
    try {
      await this.#openCursor(deadline);
    } catch (error) {
      this.#requireOpen();
      throw surface(isOperationTimeout(error) ? error : this.#fail(error));
    }
    if (this.#state !== 'resuming') return;
    this.#enter('live');
    this.#resumingSince = undefined;
  }

  async #openCursor(deadline?: Deadline): Promise<void> {
    try {
      await this.#cursor.open(deadline);
    } catch (error) {
      if (!this.#startsAnewAfter(error)) throw error;
      this.#startAt({});
      await this.#cursor.open(deadline);
    }
  }

  #startsAnewAfter(error: unknown): boolean {
    return (
      this.#plan.onHistoryLost === 'restartFromNow' && serverCode(error) === ErrorCode.ChangeStreamHistoryLost
    );
  }

  #startAt(start: ChangeStreamStart): void {
    this.#position = new ChangeStreamPosition(start);
    this.#cursor = this.#makeCursor(start);
  }

  #makeCursor(start: ChangeStreamStart): CursorEngine<T> {
    const { target, pipeline, options, codecOptions, readPreference, readConcern } = this.#plan;
    const { timeoutMS, inheritedTimeoutMS } = this.#plan;
    const { batchSize, maxAwaitTimeMS, comment } = options;
    return new CursorEngine<T>(
      () => this.#context,
      () => ({
        operation: changeStream(target, pipeline, options, start),
        session: this.#session,
        readPreference,
        readConcern,
        codecOptions,
        signal: this.#signal,
        timeoutMS,
        inheritedTimeoutMS,
        getMore: { batchSize, maxAwaitTimeMS, comment },
        tailable: true,
        awaitData: true,
        onReply: (reply) => {
          this.#position.received(reply);
        },
      }),
    );
  }

  /** Everything that was handed out has been dealt with, as the reader asks for more. */
  async #saveToken(deadline: Deadline): Promise<void> {
    const { tokenStore } = this.#plan;
    const { token } = this;
    if (tokenStore === undefined || token === undefined || token === this.#savedToken) return;
    const saving = (async () => await tokenStore.save(token))();
    await waitFor(saving, deadline, this.#context.runtime);
    this.#savedToken = token;
  }

  /** A sign of life is of no consequence for the reader, and neither is what becomes of it. */
  #tellIdle(): void {
    const { onIdle } = this.#plan;
    if (onIdle !== undefined) guardListener('idle change stream', onIdle)(this.token);
  }

  #invalidated(): ChangeStreamError {
    return new ChangeStreamError(
      'The change stream was invalidated: what it watches was dropped or renamed. A stream with startAfter: error.resumeToken sees what comes next',
      'Invalidated',
      { resumeToken: this.token, namespace: namespaceOf(this.#plan.target), command: 'getMore' },
    );
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw new InvalidOperation(CLOSED);
    if (this.#state === 'failed')
      throw new InvalidOperation(`${CLOSED}: it failed`, { cause: this.#failure });
  }

  #fail(error: unknown): unknown {
    if (this.#state === 'closed' || this.#state === 'failed') return error;
    this.#failure = this.#explain(error);
    this.#enter('failed');
    void this.#cursor.close().finally(() => {
      this.#endSession();
    });
    return this.#failure;
  }

  #explain(error: unknown): unknown {
    if (serverCode(error) !== ErrorCode.ChangeStreamHistoryLost) return error;
    const failure = error as OperationFailure;
    const { code, codeName, details, namespace, command, address } = failure;
    return new ChangeStreamError(
      `${failure.message}; the changes behind the resume token are gone for good: read the data anew and watch from now on, or set onHistoryLost: 'restartFromNow'`,
      'HistoryLost',
      {
        resumeToken: this.token,
        cause: error,
        labels: failure.errorLabels,
        ...{ code, codeName, details, namespace, command, address },
      },
    );
  }

  #endSession(): void {
    if (!this.#session.explicit) this.#session.end();
  }

  #enter(state: ChangeStreamState): void {
    this.#state = transition(this.#state, state);
  }
}

const hasStart = ({ resumeAfter, startAfter, startAtOperationTime }: ChangeStreamStart): boolean =>
  resumeAfter !== undefined || startAfter !== undefined || startAtOperationTime !== undefined;

const namespaceOf = ({ database, collection }: ChangeStreamTarget): string =>
  collection === undefined ? database : `${database}.${collection}`;
