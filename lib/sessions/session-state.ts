import type { Timestamp } from '../bson/values.js';
import type { Deadline } from '../core/deadline.js';
import { InvalidOperation } from '../core/errors/usage.js';
import { laterClusterTime, laterOperationTime, type ClusterTime } from './cluster-time.js';
import type { ServerSession } from './server-session.js';
import type { ServerSessionPool } from './server-session-pool.js';
import {
  abandonPin,
  newTransaction,
  unpin,
  type Transaction,
  type TransactionSettings,
} from './transaction.js';
import { transition, type TransactionState, type TransactionStep } from './transaction-state.js';

/** Refuses what is called while a commit or an abort runs. */
export const ENDING = 'The transaction is being ended: await commitTransaction or abortTransaction first';

export interface SessionStateOptions {
  /** What the session belongs to: using it with another client is refused (SESS-5). */
  readonly owner: object;
  readonly pool: ServerSessionPool;
  /** Started by the user; an implicit one lasts for one operation or one cursor and is never causally consistent. */
  readonly explicit: boolean;
  readonly causalConsistency: boolean;
  readonly snapshot: boolean;
  /** Moment of a snapshot session's reads, where it is known beforehand. */
  readonly snapshotTime?: Timestamp | undefined;
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
  /** Moment of a snapshot session's reads: given at the start, or taken from the first reply. */
  snapshotTime: Timestamp | undefined;
  /** A `withTransaction` runs on the session: another one has to wait for its end. */
  inWithTransaction = false;
  /** The limit of that `withTransaction`: it holds for each operation of the session. */
  deadline: Deadline | undefined;

  readonly #pool: ServerSessionPool;
  #serverSession: ServerSession | undefined;
  #transaction: Transaction | undefined;
  #ended = false;

  constructor(options: SessionStateOptions) {
    this.owner = options.owner;
    this.#pool = options.pool;
    this.explicit = options.explicit;
    this.causalConsistency = options.causalConsistency;
    this.snapshot = options.snapshot;
    this.snapshotTime = options.snapshotTime;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The server session it has, or had until it ended. */
  get borrowed(): ServerSession | undefined {
    return this.#serverSession;
  }

  /** The server session, borrowed now if it was not yet. */
  get serverSession(): ServerSession {
    if (this.#ended) throw new InvalidOperation('The session has ended and cannot be used');
    return (this.#serverSession ??= this.#pool.acquire());
  }

  /** The transaction that is open, or that the session has not left behind yet. */
  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  get transactionState(): TransactionState {
    return this.#transaction?.state ?? 'none';
  }

  /** Begins a transaction; the server hears of it with its first command. */
  startTransaction(settings: TransactionSettings): void {
    if (this.snapshot) throw new InvalidOperation('Transactions are not supported in snapshot sessions');
    const state = transition(this.transactionState, 'start');
    if (this.#transaction?.ending === true) throw new InvalidOperation(ENDING);
    const { serverSession } = this;
    if (this.#transaction !== undefined) unpin(this.#transaction);
    serverSession.txnNumber += 1n;
    this.#transaction = newTransaction(serverSession.txnNumber, settings, state);
  }

  /** Moves the transaction on; an operation after its end leaves it behind. Throws where the step is illegal. */
  step(step: TransactionStep): void {
    const state = transition(this.transactionState, step);
    if (this.#transaction === undefined) return;
    this.#transaction.state = state;
    if (state !== 'none') return;
    unpin(this.#transaction);
    this.#transaction = undefined;
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
    const transaction = this.#transaction;
    const isBusy = transaction?.turns.busy === true;
    if (isBusy) abandonPin(transaction);
    else if (transaction !== undefined) unpin(transaction);
    if (this.#serverSession === undefined) return;
    // An operation that nobody waited for may still run on the server: nobody else may use its session.
    if (isBusy) this.#serverSession.dirty = true;
    this.#pool.release(this.#serverSession);
  }
}
