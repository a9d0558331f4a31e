import type { Binary } from 'bson';
import { CommandError } from '../command-error.js';
import { RetryableWrite } from './retryable-write.js';

/** A logical session as the server keeps it. */
export class Session {
  /** The UUID of `lsid`. */
  readonly id: Binary;
  /** Hexadecimal `id`, with the user's digest behind it where users are on. */
  readonly key: string;
  /** Monotonic ms of the last command that named it. */
  lastUsedAt: number;
  #write: RetryableWrite | undefined;

  constructor(id: Binary, key: string, now: number) {
    this.id = id;
    this.key = key;
    this.lastUsedAt = now;
  }

  /** The record of the retryable write with that number: the running one, or a new one for a higher number. */
  retryableWrite(txnNumber: bigint): RetryableWrite {
    const current = this.#write;
    if (current !== undefined && txnNumber < current.txnNumber) {
      throw new CommandError(
        'TransactionTooOld',
        `Retryable write with txnNumber ${String(txnNumber)} is prohibited on session ${this.key} because a newer ` +
          `retryable write with txnNumber ${String(current.txnNumber)} has already started on this session.`,
      );
    }
    if (current !== undefined && txnNumber === current.txnNumber) return current;
    this.#write = new RetryableWrite(txnNumber);
    return this.#write;
  }

  /** Takes over a statement that another member executed. */
  adoptStatement(txnNumber: bigint, stmtId: number, result: unknown): void {
    if (this.#write !== undefined && txnNumber < this.#write.txnNumber) return;
    this.retryableWrite(txnNumber).record(stmtId, result);
  }
}
