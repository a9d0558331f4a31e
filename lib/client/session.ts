import { inspect } from 'node:util';
import type { Document } from '../bson/document.js';
import { encodeDocument } from '../bson/encoder.js';
import type { Timestamp } from '../bson/values.js';
import { freshDeadline, narrowDeadline, withinDeadline, type Deadline } from '../core/deadline.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import { isOperationTimeout } from '../core/errors/predicates.js';
import { surface } from '../core/errors/surface.js';
import { InvalidOperation } from '../core/errors/usage.js';
import { abort, commit, leaveTransaction } from '../execute/transaction/end-transaction.js';
import { clusterTimeFrom } from '../sessions/cluster-time.js';
import type { SessionState } from '../sessions/session-state.js';
import { isOpen, type TransactionState } from '../sessions/transaction-state.js';
import { deadlineFor, type CallLimits } from './call-deadline.js';
import type { ClientContext } from './client-context.js';
import type { SessionSettings } from './session-options.js';
import { runInScope } from './session-scope.js';
import type { Settings } from './settings.js';
import { transactionSettings, type TransactionOptions } from './transaction-options.js';
import { checkWithTransaction, TransactionRetries, type WithTransactionOptions } from './with-transaction.js';

/** What a session knows of the client that started it. */
export interface SessionHome<TClient> {
  readonly client: TClient;
  readonly context: ClientContext;
  readonly settings: Settings;
}

const NESTED =
  'withTransaction runs on this session already: transactions do not nest, and of two at once each needs a session of its own';

/** How long a transaction may take to abort once the signal has said that nobody wants to wait. */
const ABORT_AFTER_SIGNAL_MS = 1_000;

let stateOf: (session: AsyncClientSession) => SessionState;

/**
 * A session: a series of operations that belong together. Pass it as `session` to each of them, or call them inside
 * `bind`; one at a time, and in one process and thread only. Made by `client.startSession()`.
 *
 * ```ts
 * await using session = client.startSession();
 * const left = await session.withTransaction(async () => {
 *   await accounts.updateOne({ _id: 'a' }, { $inc: { balance: -5 } }, { session });
 *   await accounts.updateOne({ _id: 'b' }, { $inc: { balance: 5 } }, { session });
 *   return await accounts.findOne({ _id: 'a' }, { session });
 * });
 * ```
 *
 * A server forgets a session after some time without use (30 minutes by default): one that was started long ago and is
 * used for the first time now may be refused. Reads do not come after unacknowledged writes, which are no part of it.
 */
export class AsyncClientSession<TClient = unknown> implements AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  /** What the session was started with, defaults filled in. */
  readonly options: Readonly<SessionSettings>;
  readonly #home: SessionHome<TClient>;
  readonly #state: SessionState;

  static {
    stateOf = (session) => session.#state;
  }

  /** @internal */
  constructor(home: SessionHome<TClient>, state: SessionState, options: SessionSettings) {
    this.#home = home;
    this.#state = state;
    this.options = options;
  }

  /** The client that started the session. */
  get client(): TClient {
    return this.#home.client;
  }

  get hasEnded(): boolean {
    return this.#state.hasEnded;
  }

  /** The `lsid` document the server knows the session by. */
  get sessionId(): Document {
    return (this.#state.borrowed ?? this.#state.serverSession).lsid;
  }

  /** The highest cluster time this session has seen, as the server signed it. */
  get clusterTime(): Document | null {
    return this.#state.clusterTime?.document.toObject() ?? null;
  }

  /** When the last operation of this session happened. */
  get operationTime(): Timestamp | null {
    return this.#state.operationTime ?? null;
  }

  /**
   * The moment that a snapshot session reads from; `null` before its first read. Servers 5.0 and later.
   *
   * @throws InvalidOperation for a session that is no snapshot.
   */
  get snapshotTime(): Timestamp | null {
    if (!this.#state.snapshot)
      throw new InvalidOperation('Only a session with snapshot: true has a snapshotTime');
    return this.#state.snapshotTime ?? null;
  }

  /** Where the session stands with its transaction (transactions specification, "ClientSession changes"). */
  get transactionState(): TransactionState {
    return this.#state.transactionState;
  }

  /** Whether operations of this session are part of a transaction now. */
  get inTransaction(): boolean {
    return isOpen(this.#state.transactionState);
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

  /**
   * Runs `action` and resolves to what it gives. Each operation of this client that is called inside, in whatever
   * function, joins the session, unless it names another one or has `session: null`.
   *
   * @throws InvalidOperation where the session has ended.
   */
  bind<T>(action: () => T): T {
    this.#checkUsable();
    return runInScope(this.#home.context, this.#state, action);
  }

  /**
   * Begins a transaction: each operation with this session is part of it, until commitTransaction or abortTransaction.
   * Sends nothing. Replica sets, and from 4.2 on sharded clusters. A failed command may have aborted the transaction on
   * the server; to commit it then fails with NoSuchTransaction.
   *
   * @throws InvalidOperation where a transaction is open, in a snapshot session and on a standalone; ConfigurationError
   * for an unacknowledged write concern.
   */
  startTransaction(options: TransactionOptions = {}): void {
    this.#checkUsable();
    const { context, settings } = this.#home;
    const { defaultTransactionOptions } = this.options;
    context
      .use()
      .executor.startTransaction(
        this.#state,
        transactionSettings(settings, defaultTransactionOptions, options),
      );
  }

  /**
   * Waits for the operations of the transaction that run, and commits it. May be called again where it failed with the
   * label `UnknownTransactionCommitResult`: the transaction is not applied twice. Where the time ran out while it still
   * waited for those operations, nothing was sent and the transaction is open as before.
   *
   * @throws InvalidOperation where no transaction was started, or it was aborted.
   */
  async commitTransaction(options: CallLimits = {}): Promise<void> {
    this.#checkUsable();
    const { deadline } = this.#state;
    const own = this.#deadline(options);
    await this.#commit(deadline === undefined ? own : withinDeadline(own, deadline));
  }

  /**
   * Waits for the operations of the transaction that run, and aborts it. Failures of the server are of no interest: it
   * ends the transaction by itself, too. Where the time runs out before, the transaction is aborted in the background, and
   * operations that were not sent yet fail with `InvalidOperation`.
   *
   * @throws InvalidOperation where no transaction was started, or it was committed or aborted before.
   */
  async abortTransaction(options: CallLimits = {}): Promise<void> {
    this.#checkUsable();
    await this.#abort(this.#deadline(options));
  }

  /**
   * Runs `callback` in a transaction and commits it; resolves to what the callback gives. Where the failure may go away
   * (label `TransientTransactionError`, on the error or along its `cause`), all of it is done again after a short random
   * pause, and a commit whose outcome is unknown is repeated.
   *
   * The callback may run more than once, so what it does besides must bear that. It passes `session` to its operations
   * (or uses `client.withTransaction`, where they join by themselves), and lets errors of commands out: they may have
   * aborted the transaction on the server, so a commit behind a swallowed one fails and is retried in vain. To handle
   * them, use startTransaction, commitTransaction and abortTransaction. Operations without the session are not bound by
   * `timeoutMS`; those with it may not have one of their own.
   *
   * @throws the callback's error; OperationTimeout with the last failure as `cause` where the time ran out.
   */
  async withTransaction<T>(
    callback: (session: this) => T | Promise<T>,
    options: WithTransactionOptions = {},
  ): Promise<T> {
    this.#checkUsable();
    checkWithTransaction(callback, options);
    return await this.#withTransaction(() => callback(this), options);
  }

  /**
   * Aborts an open transaction and ends the session, whatever comes of that; it cannot be used afterwards. Idempotent.
   *
   * @throws OperationTimeout where the server did not confirm the abort within `timeoutMS`; the reason of the signal.
   */
  async endSession(options: CallLimits = {}): Promise<void> {
    if (this.#state.hasEnded) return;
    const deadline = this.#deadline(options);
    let failure: unknown;
    try {
      if (this.#state.transaction !== undefined) {
        failure = await leaveTransaction(this.#home.context.last(), this.#state, deadline);
      }
    } finally {
      this.#state.end();
    }
    if (failure === undefined) return;
    deadline.signal?.throwIfAborted();
    if (isOperationTimeout(failure)) throw surface(failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.endSession();
  }

  [inspect.custom](): string {
    return `AsyncClientSession(${this.#state.hasEnded ? 'ended' : 'active'})`;
  }

  #checkUsable(): void {
    if (this.#state.hasEnded) throw new InvalidOperation('The session has ended and cannot be used');
  }

  #deadline(limits: CallLimits): Deadline {
    const { defaultTimeoutMS = this.#home.settings.timeoutMS } = this.options;
    return deadlineFor(this.#home.context.runtime, { timeoutMS: defaultTimeoutMS }, limits);
  }

  async #commit(deadline: Deadline): Promise<void> {
    try {
      await commit(this.#home.context.use(), this.#state, deadline);
    } catch (error) {
      throw surface(error);
    }
  }

  async #abort(deadline: Deadline): Promise<void> {
    let failure: unknown;
    try {
      failure = await abort(this.#home.context.use(), this.#state, deadline);
    } catch (error) {
      throw surface(error);
    }
    // The caller's own limit is the only failure that is told.
    if (failure !== undefined) deadline.signal?.throwIfAborted();
  }

  async #withTransaction<T>(callback: () => T | Promise<T>, options: WithTransactionOptions): Promise<T> {
    const state = this.#state;
    if (state.inWithTransaction) throw new InvalidOperation(NESTED);
    const { runtime } = this.#home.context;
    const deadline = this.#deadline(options);
    const retries = new TransactionRetries(runtime, deadline, options);
    state.inWithTransaction = true;
    state.deadline = deadline;
    try {
      return await retries.run(
        {
          isOpen: () => this.inTransaction,
          start: () => this.startTransaction(options),
          commit: () => this.#commit(deadline),
          abort: () => this.#abort(this.#abortDeadline(deadline)),
        },
        callback,
      );
    } finally {
      state.inWithTransaction = false;
      state.deadline = undefined;
    }
  }

  /** The whole time again, as that it ran out may be what made the abort necessary; soon over once the signal is aborted. */
  #abortDeadline({ timeoutMS, signal }: Deadline): Deadline {
    const { runtime } = this.#home.context;
    if (signal?.aborted !== true) return freshDeadline(runtime, timeoutMS, signal);
    const whole = freshDeadline(runtime, timeoutMS, undefined);
    return narrowDeadline(whole, runtime, ABORT_AFTER_SIGNAL_MS, () =>
      whole.timeoutError('during the abort'),
    );
  }
}

/** The state behind a session that a user passed to an operation. */
export const sessionStateOf = (session: AsyncClientSession): SessionState => {
  try {
    return stateOf(session);
  } catch {
    throw new TypeError('session must be an AsyncClientSession made by startSession()');
  }
};
