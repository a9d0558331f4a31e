import type { CodecOptions } from '../bson/codec-options.js';
import { NO_DEADLINE, waitFor, type Deadline } from '../core/deadline.js';
import { isOperationTimeout, isServerReported, serverCode } from '../core/errors/predicates.js';
import { ErrorCode } from '../core/errors/codes.js';
import { surface } from '../core/errors/surface.js';
import type { Runtime } from '../core/runtime.js';
import { untilAborted } from '../core/until-aborted.js';
import type { ExecuteOptions, GivenOptions } from '../execute/execute-options.js';
import type { Executor } from '../execute/executor.js';
import { EMPTY_BATCH, type CursorBatch, type CursorReply } from '../operations/cursor-reply.js';
import { getMore, type GetMoreOptions } from '../operations/get-more.js';
import { splitNamespace } from '../operations/namespace.js';
import type { Operation } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { SessionState } from '../sessions/session-state.js';
import { CursorDeadlines, type CursorLimits } from './cursor-timeout.js';
import { nameNamespace } from './decode-error.js';
import type { CursorCloseOptions, CursorReaper } from './cursor-reaper.js';
import { transition, type CursorState } from './cursor-state.js';
import type { ServerCursor } from './server-cursor.js';

/** What a cursor needs of the client it belongs to. */
export interface CursorContext {
  readonly runtime: Runtime;
  readonly executor: Executor;
  readonly reaper: CursorReaper;
}

/** Everything that is settled when a cursor sends its first command. */
export interface CursorPlan extends CursorLimits {
  readonly operation: Operation<CursorReply>;
  readonly session?: SessionState | undefined;
  readonly readPreference?: ReadPreference | undefined;
  readonly readConcern?: ReadConcern | undefined;
  readonly writeConcern?: WriteConcern | undefined;
  readonly codecOptions: CodecOptions;
  /** What the user gave with the call that made the cursor: transactions refuse some of it. */
  readonly given?: GivenOptions | undefined;
  readonly getMore: GetMoreOptions;
  /** The first command ends on the server, too, when it is given up; of a getMore killCursors takes care. */
  readonly killOnAbort?: boolean | undefined;
  /** All documents the cursor gives at most; 0 for no limit. */
  readonly limit?: number | undefined;
  /** Told of each reply before its documents are read: change streams follow their place in the log by it. */
  readonly onReply?: ((reply: CursorReply) => void) | undefined;
  /** A collection that does not exist has an empty list (enumerating indexes specification). */
  readonly missingIsEmpty?: boolean | undefined;
}

const END: IteratorResult<never, undefined> = Object.freeze({ value: undefined, done: true });

/**
 * The machine behind every cursor: batches in, documents out, one at a time and without a closure or an async function
 * per document. While the documents of a batch are read in a loop, the next batch is on its way.
 */
export class CursorEngine<T> {
  readonly #use: () => CursorContext;
  readonly #plan: () => CursorPlan;
  #opened: CursorContext | undefined;
  #settled: CursorPlan | undefined;
  #state: CursorState = 'fresh';
  #batch: CursorBatch = EMPTY_BATCH;
  #server: ServerCursor | undefined;
  #namespace = '';
  #received = 0;
  /** The one fetch that runs; everybody who needs documents waits for it. */
  #fetching: Promise<void> | undefined;
  #prefetched: Promise<CursorReply> | undefined;
  /** The end of the server's cursor after a failure, where it is worth waiting for. */
  #killing: Promise<void> | undefined;
  #deadlines: CursorDeadlines | undefined;
  /** The deadline of the latest call. */
  #begun: Deadline = NO_DEADLINE;
  #failure: unknown;

  /** Both are asked when the first command is sent: a cursor may be made before its client works, or after it closed. */
  constructor(use: () => CursorContext, plan: () => CursorPlan) {
    this.#use = use;
    this.#plan = plan;
  }

  get #context(): CursorContext {
    return (this.#opened ??= this.#use());
  }

  get state(): CursorState {
    return this.#state;
  }

  /** Whether a further call may give a document. */
  get alive(): boolean {
    return this.#state === 'fresh' || this.#state === 'open' || this.#batch.remaining > 0;
  }

  get #ended(): boolean {
    return this.#state === 'closed' || this.#state === 'dead';
  }

  get #holdsConnection(): boolean {
    return this.#server?.connection !== undefined;
  }

  get buffered(): number {
    return this.#batch.remaining;
  }

  get cursorId(): bigint {
    return this.#server?.id ?? 0n;
  }

  get address(): string | null {
    return this.#server?.address ?? null;
  }

  /** The next document, or `null` where there are no more. */
  next(): Promise<T | null> {
    return this.#batch.remaining > 0 ? this.#take() : this.#nextAfterFetch();
  }

  /** The next document, or `null` where the server has none at the moment: asks it once at most. */
  tryNext(): Promise<T | null> {
    return this.#batch.remaining > 0 ? this.#take() : this.#tryAfterFetch();
  }

  async hasNext(): Promise<boolean> {
    return this.#batch.remaining > 0 || (await this.#fill());
  }

  /** A step of `for await`. A loop goes on, so the next batch is asked for as soon as one is begun. */
  step(): Promise<IteratorResult<T, undefined>> {
    if (this.#batch.remaining === 0) return this.#stepAfterFetch();
    this.#prefetch();
    try {
      return Promise.resolve({ value: this.#decode(), done: false });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** All remaining documents, or at most `limit` of them; without a limit the cursor is closed afterwards. */
  async toArray(limit = Infinity): Promise<T[]> {
    const documents: T[] = [];
    try {
      while (documents.length < limit && (await this.#fill())) {
        const wanted = Math.min(this.#batch.remaining, limit - documents.length);
        if (documents.length + wanted < limit) this.#prefetch();
        for (let count = wanted; count > 0; count--) documents.push(this.#decode());
      }
    } catch (error) {
      await this.#leave();
      throw error;
    }
    return documents;
  }

  /** Takes leave of the server, for as long as the call that failed has time left. */
  async #leave(): Promise<void> {
    const closing = this.close();
    try {
      await waitFor(closing, this.#begun, this.#context.runtime);
    } catch {
      // The farewell goes on without anybody waiting for it.
    }
  }

  /**
   * One round trip for the next batch, where nobody else is on it already. The batch may be empty. A call that needs
   * several of them hands on the deadline that it began with.
   */
  fetch(deadline: Deadline = this.begin()): Promise<void> {
    return this.#fetch(deadline);
  }

  /** What was asked cannot change any more. */
  #settle(): { readonly plan: CursorPlan; readonly deadlines: CursorDeadlines } {
    const plan = (this.#settled ??= this.#plan());
    const deadlines = (this.#deadlines ??= new CursorDeadlines(this.#context.runtime, plan));
    return { plan, deadlines };
  }

  /** The deadline of a call that begins now. */
  begin(): Deadline {
    try {
      return (this.#begun = this.#settle().deadlines.begin());
    } catch (error) {
      this.#fail(error);
      throw surface(error);
    }
  }

  /** The next of the `buffered` documents. Throws where it cannot be decoded, which passes it over. */
  take(): T {
    return this.#decode();
  }

  /** Runs the first command if that has not happened: for callers that want its failure now. */
  async open(deadline?: Deadline): Promise<void> {
    if (this.#state === 'fresh') await this.#fetch(deadline ?? this.begin());
  }

  /** Ends the cursor, on its server too. Idempotent; never rejects for what the server says. */
  close(options?: CursorCloseOptions): Promise<void> {
    return untilAborted(this.#close(options), options?.signal);
  }

  async #close(options: CursorCloseOptions | undefined): Promise<void> {
    if (this.#state === 'dead') await (this.#holdsConnection ? this.#release(options) : this.#killing);
    if (this.#ended) return;
    const opening = this.#state === 'fresh' ? this.#fetching : undefined;
    this.#enter('closed');
    await (opening === undefined ? this.#release(options) : this.#closeOpening(opening, options));
  }

  /** Whatever the first command brings is ended when it comes, also where that is too late for this wait. */
  async #closeOpening(opening: Promise<void>, options: CursorCloseOptions = {}): Promise<void> {
    const { reaper, runtime } = this.#context;
    const deadline = reaper.deadlineToClose(this.#settle().plan.timeoutMS, options);
    try {
      await waitFor(opening, deadline, runtime);
      await this.#killing;
    } catch {
      options.signal?.throwIfAborted();
    }
  }

  async #nextAfterFetch(): Promise<T | null> {
    // Others may wait for the same batch and be faster.
    while (await this.#fill()) if (this.#batch.remaining > 0) return this.#decode();
    return null;
  }

  async #tryAfterFetch(): Promise<T | null> {
    if (this.#state !== 'closed') await this.#fetch(this.begin());
    return this.#batch.remaining > 0 ? this.#decode() : null;
  }

  async #stepAfterFetch(): Promise<IteratorResult<T, undefined>> {
    while (await this.#fillForLoop()) {
      if (this.#batch.remaining === 0) continue;
      this.#prefetch();
      return { value: this.#decode(), done: false };
    }
    return END;
  }

  /** A loop that fails has ended, and nobody closes its cursor. */
  async #fillForLoop(): Promise<boolean> {
    try {
      return await this.#fill();
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  #take(): Promise<T> {
    try {
      return Promise.resolve(this.#decode());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #decode(): T {
    const batch = this.#batch;
    // While the server holds the cursor, an abort has been told already.
    if (this.#state === 'drained') this.#refuseAborted();
    try {
      return batch.next() as T;
    } catch (error) {
      throw nameNamespace(error, this.#namespace);
    } finally {
      // The batch is let go with its last document: nothing keeps the reply's bytes alive.
      if (batch.remaining === 0) this.#batchRead();
    }
  }

  #refuseAborted(): void {
    const signal = this.#settled?.signal;
    if (signal?.aborted !== true) return;
    this.#fail(signal.reason);
    throw signal.reason;
  }

  #batchRead(): void {
    this.#batch = EMPTY_BATCH;
    if (this.#state === 'drained') this.#enter('closed');
  }

  /** Fetches until there is a document. False at the end, and where a tailable cursor without awaitData has none. */
  async #fill(): Promise<boolean> {
    let deadline: Deadline | undefined;
    while (this.#batch.remaining === 0) {
      if (this.#state === 'closed') return false;
      const isFirst = this.#state === 'fresh';
      deadline ??= this.begin();
      await this.#fetch(deadline);
      if (isFirst) deadline = this.#settle().deadlines.afterFirst(deadline);
      const { tailable = false, awaitData = false } = this.#settled ?? {};
      if (this.#batch.remaining === 0 && tailable && !awaitData) return false;
    }
    return true;
  }

  #fetch(deadline: Deadline): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    const fetching = this.#fetchBatch(deadline).finally(() => {
      this.#fetching = undefined;
    });
    this.#fetching = fetching;
    return fetching;
  }

  async #fetchBatch(deadline: Deadline): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'dead') throw this.#failure;
    try {
      if (this.#state === 'fresh') await this.#open(deadline);
      else {
        const reply = await (this.#prefetched ?? this.#getMore(deadline));
        this.#prefetched = undefined;
        this.#receive(reply);
      }
    } catch (error) {
      this.#prefetched = undefined;
      this.#fail(error, this.#holdsConnection);
      throw surface(error);
    }
  }

  async #open(deadline: Deadline): Promise<void> {
    const { plan, deadlines } = this.#settle();
    const { executor } = this.#context;
    const session = plan.session ?? executor.cursorSession();
    let reply: CursorReply;
    try {
      reply = await executor.execute(plan.operation, {
        ...this.#executeOptions(plan, deadline),
        session,
        given: plan.given,
        derivesMaxTimeMS: deadlines.derivesMaxTimeMS,
        holdsCursor: true,
        ownsSession: plan.session === undefined,
        killOnAbort: plan.killOnAbort,
      });
    } catch (error) {
      if (plan.session === undefined) session.end();
      if (plan.missingIsEmpty !== true || serverCode(error) !== ErrorCode.NamespaceNotFound) throw error;
      this.#enter('drained');
      this.#batchRead();
      return;
    }
    this.#namespace = reply.namespace;
    this.#server = {
      id: reply.cursorId,
      address: reply.address,
      connection: reply.connection,
      ...splitNamespace(reply.namespace),
      session,
      ownsSession: plan.session === undefined,
      timeoutMS: deadline.timeoutMS,
      readPreference: plan.readPreference,
      pending: undefined,
      stopListening: undefined,
    };
    if (this.#ended) {
      this.#killing = this.#context.reaper.reap(this.#server);
      return;
    }
    this.#receive(reply);
    if (this.#state === 'open') this.#guard(this.#server, plan.signal);
  }

  #receive(reply: CursorReply): void {
    const server = this.#server as ServerCursor;
    // Closed or aborted while the reply was on its way: that has been taken care of.
    if (this.#ended) return;
    server.id = reply.cursorId;
    this.#batch = reply.batch;
    this.#settled?.onReply?.(reply);
    this.#received += reply.batch.remaining;
    if (reply.cursorId !== 0n) {
      this.#enter('open');
      return;
    }
    this.#enter('drained');
    void this.#release();
    if (reply.batch.remaining === 0) this.#batchRead();
  }

  /** From now on an abort or the loss of this object ends the server's cursor. */
  #guard(server: ServerCursor, signal: AbortSignal | undefined): void {
    this.#context.reaper.watch(this, server);
    if (signal === undefined) return;
    // The signal may live longer than the cursor and must not keep it alive.
    const cursor = new WeakRef(this);
    const onAbort = (): void => cursor.deref()?.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    server.stopListening = () => {
      signal.removeEventListener('abort', onAbort);
    };
    if (signal.aborted) this.abort(signal.reason);
  }

  abort(reason: unknown): void {
    if (this.#state === 'open') this.#fail(reason);
  }

  /** A connection that the cursor keeps goes back when it is closed (load balancer specification, "Behaviour With Cursors"). */
  #fail(error: unknown, isForClose = false): void {
    if (this.#ended) return;
    this.#failure = error;
    // The server has dropped a cursor it does not find.
    if (serverCode(error) === ErrorCode.CursorNotFound && this.#server !== undefined) this.#server.id = 0n;
    this.#enter('dead');
    this.#batch = EMPTY_BATCH;
    if (isForClose) return;
    if (this.#server === undefined) return;
    this.#context.reaper.forget(this, this.#server);
    const kill = this.#context.reaper.reap(this.#server);
    // A server that has just answered will do so again soon; of others nobody knows.
    if (isServerReported(error) || isOperationTimeout(error)) this.#killing = kill;
  }

  #prefetch(): void {
    if (this.#state !== 'open' || this.#prefetched !== undefined || this.#fetching !== undefined) return;
    const plan = this.#settled as CursorPlan;
    // A session of the user takes one command at a time, and a tailable cursor's getMore waits for what may never come.
    if (plan.tailable || plan.session !== undefined) return;
    this.#prefetched = this.#getMore(this.begin());
  }

  #getMore(deadline: Deadline): Promise<CursorReply> {
    const plan = this.#settled as CursorPlan;
    const server = this.#server as ServerCursor;
    const reply = this.#context.executor.execute(getMore(server.id, server, this.#getMoreOptions(plan)), {
      ...this.#executeOptions(plan, deadline),
      session: server.session,
      pin: server.address,
      connection: server.connection,
    });
    // Both say nothing of this object, so that it can be collected while the getMore is on its way.
    server.pending = reply.then(
      ({ cursorId }) => {
        server.id = cursorId;
        server.pending = undefined;
      },
      // Whoever reads on gets the error; after `close` nobody does.
      () => {
        server.pending = undefined;
      },
    );
    return reply;
  }

  /** Never more than the limit leaves (find, getMore and killCursors specification, "getMore"). */
  #getMoreOptions({ getMore: options, limit = 0, tailable, awaitData }: CursorPlan): GetMoreOptions {
    const { batchSize } = options;
    if (tailable && awaitData) return { ...options, isAwaiting: true };
    if (limit <= 0 || batchSize === undefined) return options;
    return { ...options, batchSize: Math.min(batchSize, Math.max(1, limit - this.#received)) };
  }

  #executeOptions(plan: CursorPlan, deadline: Deadline): ExecuteOptions {
    return {
      deadline,
      readPreference: plan.readPreference,
      readConcern: plan.readConcern,
      writeConcern: plan.writeConcern,
      codecOptions: plan.codecOptions,
    };
  }

  /** Ends what the server still holds and gives the session back. */
  async #release(options?: CursorCloseOptions): Promise<void> {
    if (this.#state === 'closed') this.#batch = EMPTY_BATCH;
    const server = this.#server;
    if (server === undefined) return;
    this.#context.reaper.forget(this, server);
    await this.#context.reaper.kill(server, options);
  }

  #enter(state: CursorState): void {
    this.#state = transition(this.#state, state);
  }
}
