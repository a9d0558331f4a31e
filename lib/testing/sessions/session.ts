import type { Binary } from 'bson';
import { CommandError } from '../command-error.js';
import type { Transaction } from '../transactions/transaction.js';
import { RetryableWrite } from './retryable-write.js';

/** A logical session as the server keeps it. */
export class Session {
  /** The UUID of `lsid`. */
  readonly id: Binary;
  /** Hexadecimal `id`, with the user's digest behind it where users are on. */
  readonly key: string;
  /** Monotonic ms of the last command that named it. */
  lastUsedAt: number;
  #activeNumber = -1n;
  /** What the active number stands for: one of these, or nothing yet. */
  #write: RetryableWrite | undefined;
  #transaction: Transaction | undefined;
  #committedElsewhere = false;

  constructor(id: Binary, key: string, now: number) {
    this.id = id;
    this.key = key;
    this.lastUsedAt = now;
  }

  /** The highest txnNumber that was used. */
  get activeNumber(): bigint {
    return this.#activeNumber;
  }

  /** The transaction with the active number, in whatever state. */
  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  /** The active number, where another member has committed a transaction with it. */
  get committedElsewhere(): bigint | undefined {
    return this.#committedElsewhere ? this.#activeNumber : undefined;
  }

  /** A transaction begins; one that is in progress with a lower number is aborted. */
  startTransaction(transaction: Transaction): void {
    this.#advance(transaction.txnNumber);
    this.#transaction = transaction;
  }

  /** Another member has committed a transaction of the session. */
  adoptTransaction(txnNumber: bigint): void {
    if (txnNumber < this.#activeNumber) return;
    this.#advance(txnNumber);
    this.#committedElsewhere = true;
  }

  /** The record of the retryable write with that number: the running one, or a new one for a higher number. */
  retryableWrite(txnNumber: bigint): RetryableWrite {
    if (txnNumber < this.#activeNumber) {
      throw new CommandError(
        'TransactionTooOld',
        `Retryable write with txnNumber ${String(txnNumber)} is prohibited on session ${this.key} because a newer ` +
          `retryable write with txnNumber ${String(this.#activeNumber)} has already started on this session.`,
      );
    }
    if (txnNumber > this.#activeNumber) this.#advance(txnNumber);
    if (this.#transaction !== undefined || this.#committedElsewhere) {
      throw new CommandError(
        50911,
        `Cannot run a retryable write at transaction number ${String(txnNumber)}: a transaction has that number`,
      );
    }
    this.#write ??= new RetryableWrite(txnNumber);
    return this.#write;
  }

  /** Takes over a statement that another member executed. */
  adoptStatement(txnNumber: bigint, stmtId: number, result: unknown): void {
    if (txnNumber < this.#activeNumber) return;
    this.retryableWrite(txnNumber).record(stmtId, result);
  }

  #advance(txnNumber: bigint): void {
    this.#transaction?.abort();
    this.#activeNumber = txnNumber;
    this.#write = undefined;
    this.#transaction = undefined;
    this.#committedElsewhere = false;
  }

  /** The session as another member knows it. */
  copy(): Session {
    const made = new Session(this.id, this.key, this.lastUsedAt);
    made.#activeNumber = this.#activeNumber;
    made.#write = this.#write?.copy();
    made.#committedElsewhere = this.#committedElsewhere || this.#transaction?.state === 'committed';
    return made;
  }
}
