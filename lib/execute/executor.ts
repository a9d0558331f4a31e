import type { Operation, ParseTarget } from '../operations/operation.js';
import type { Deadline } from '../core/deadline.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import { SessionState, type SessionStateOptions } from '../sessions/session-state.js';
import type { Transaction, TransactionSettings, Turn } from '../sessions/transaction.js';
import { trace } from '../core/trace.js';
import { AbandonedWork } from './abandoned-work.js';
import { makeAttempts } from './attempts.js';
import type { ExecuteContext } from './execute-context.js';
import type { ExecuteOptions } from './execute-options.js';
import { InFlight } from './in-flight.js';
import { OPERATION_CHANNEL, operationTrace } from './operation-channel.js';
import { retryModeOf } from './retry/retry-eligibility.js';
import type { Run } from './run.js';
import { checkSession, checkTransactions, returnSession } from './session-rules.js';
import { asOperationTimeout } from './timeout-error.js';
import {
  checkStillOpen,
  deadlineInTransaction,
  optionsInTransaction,
  refuseConcurrent,
  transactionFor,
} from './transaction/transaction-entry.js';
import { noteFailure } from './transaction/transaction-outcome.js';

export type ExecutorOptions = Omit<ExecuteContext, 'clusterTime' | 'abandoned'>;

/**
 * The one loop through which every command goes: select a server, check a connection out, dress the command, send it,
 * read the reply, decide on a retry, tell the topology of a failure.
 */
export class Executor {
  /** Sessions whose transaction was begun and neither committed nor aborted: a client that closes aborts them. */
  readonly inTransaction = new Set<SessionState>();
  readonly #context: ExecuteContext;
  readonly #inFlight: InFlight;

  constructor(options: ExecutorOptions) {
    const abandoned = new AbandonedWork(options.runtime, (operation, limits) =>
      this.execute(operation, limits),
    );
    this.#context = { ...options, abandoned, clusterTime: undefined };
    this.#inFlight = new InFlight(options.runtime);
  }

  /** The highest cluster time any reply carried. */
  get clusterTime(): ClusterTime | undefined {
    return this.#context.clusterTime;
  }

  /**
   * Begins a transaction. No I/O, so that a deployment that has none is refused here as far as it is known already, and
   * else by the first operation.
   */
  startTransaction(session: SessionState, settings: TransactionSettings): void {
    checkSession(this.#context, session, false);
    for (const server of this.#context.topology.description.servers.values()) checkTransactions(server);
    session.startTransaction(settings);
    this.inTransaction.add(session);
  }

  /** A session of the user. No I/O. */
  startSession(
    options: Pick<SessionStateOptions, 'causalConsistency' | 'snapshot' | 'snapshotTime'>,
  ): SessionState {
    const { sessions: pool } = this.#context;
    return new SessionState({ ...options, owner: this.#context, pool, explicit: true });
  }

  /** A session that lasts as long as a cursor. */
  cursorSession(): SessionState {
    const { sessions: pool } = this.#context;
    return new SessionState({
      owner: this.#context,
      pool,
      explicit: false,
      causalConsistency: false,
      snapshot: false,
    });
  }

  /** No operation is under way that somebody waits for. */
  get isIdle(): boolean {
    return this.#inFlight.isEmpty;
  }

  /** Resolves when no operation is left that somebody waits for. */
  drained(): Promise<void> {
    return this.#inFlight.drained();
  }

  execute<T>(operation: Operation<T>, options: ExecuteOptions): Promise<T> {
    return OPERATION_CHANNEL.hasSubscribers
      ? trace(OPERATION_CHANNEL, operationTrace(operation, options), () => this.#execute(operation, options))
      : this.#execute(operation, options);
  }

  #execute<T>(operation: Operation<T>, options: ExecuteOptions): Promise<T> {
    const { session } = options;
    return session?.transaction === undefined
      ? this.#run(operation, options, undefined)
      : this.#runWithTransaction(operation, options, session);
  }

  /**
   * The turn in the transaction of a session, for a caller that sends several commands in it and ends it; undefined
   * where there is no transaction.
   */
  async takeTurn(command: string, session: SessionState, options: ExecuteOptions): Promise<Turn | undefined> {
    checkSession(this.#context, session, false);
    const transaction = transactionFor(session, command);
    if (transaction === undefined) return undefined;
    return await this.#turnIn(transaction, command, deadlineInTransaction(session, options));
  }

  async #turnIn(transaction: Transaction, command: string, deadline: Deadline): Promise<Turn> {
    refuseConcurrent(transaction, command);
    const end = await transaction.turns.take(deadline, this.#context.runtime);
    try {
      checkStillOpen(transaction, command);
    } catch (error) {
      end();
      throw error;
    }
    return { transaction, end };
  }

  async #runWithTransaction<T>(
    operation: Operation<T>,
    options: ExecuteOptions,
    session: SessionState,
  ): Promise<T> {
    checkSession(this.#context, session, false);
    const transaction = options.turn?.transaction ?? transactionFor(session, operation.name);
    if (transaction === undefined) return await this.#run(operation, options, undefined);
    const joined = optionsInTransaction(session, transaction, operation, options);
    const turn = options.turn ?? (await this.#turnIn(transaction, operation.name, joined.deadline));
    try {
      return await this.#run(operation, joined, transaction);
    } catch (error) {
      noteFailure(transaction, operation, error);
      throw error;
    } finally {
      if (options.turn === undefined) turn.end();
    }
  }

  async #run<T>(
    operation: Operation<T>,
    options: ExecuteOptions,
    transaction: Transaction | undefined,
  ): Promise<T> {
    const context = this.#context;
    const unacknowledged =
      operation.takesWriteConcern === true && options.writeConcern?.isAcknowledged === false;
    if (options.session !== undefined) checkSession(context, options.session, unacknowledged);
    const request = options.apart === true ? undefined : context.requests.forOperation();
    const run: Run = {
      operation,
      options,
      request,
      transaction,
      startsTransaction: transaction?.state === 'starting',
      unacknowledged,
      borrowed: undefined,
      // A second attempt on another connection would break the order that a request promises.
      retry:
        request === undefined || transaction !== undefined
          ? retryModeOf(context, operation, options, unacknowledged, transaction !== undefined)
          : 'none',
      txnNumber: transaction?.number,
      selection: undefined,
      roundTrip: undefined,
      verdict: undefined,
      documentsSent: 0,
      target: undefined,
    };
    if (operation.awaitsMS === undefined) this.#inFlight.begin();
    try {
      const reply =
        request === undefined
          ? await makeAttempts(context, run)
          : await request.inTurn(options.deadline, () => makeAttempts(context, run));
      return operation.parse(reply, run.target as ParseTarget);
    } catch (error) {
      run.target?.connection?.release();
      throw asOperationTimeout(error, options.deadline);
    } finally {
      if (operation.awaitsMS === undefined) this.#inFlight.end();
      returnSession(context, run);
    }
  }
}
