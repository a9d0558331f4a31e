import type { TransactionWatch } from '../invariants/transaction-watch.js';

const OP_MSG = 2013;
const MORE_TO_COME = 2;

/**
 * Sees the messages of one client connection go by, and complains where the client sends a request while another one is
 * pending, or is given an answer to something else than it asked.
 */
export class WireWatch {
  readonly #complain: (message: string) => void;
  readonly #name: string;
  #pending: number | undefined;

  readonly #transactions: TransactionWatch;

  constructor(name: string, complain: (message: string) => void, transactions: TransactionWatch) {
    this.#transactions = transactions;
    this.#name = name;
    this.#complain = complain;
  }

  /** The client writes a message with one call. */
  sent(bytes: Uint8Array): void {
    const message = headerOf(bytes);
    if (message.length !== bytes.length) {
      this.#complain(`${this.#name}: a write of ${String(bytes.length)} bytes is not one message`);
    }
    if (this.#pending !== undefined) {
      this.#complain(
        `${this.#name}: request ${String(message.requestId)} is sent while ${String(this.#pending)} is pending`,
      );
    }
    this.#pending = message.moreToCome ? undefined : message.requestId;
    this.#transactions.sent(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  received(bytes: Uint8Array): void {
    const message = headerOf(bytes);
    if (message.responseTo !== this.#pending) {
      this.#complain(`${this.#name}: the server answers ${String(message.responseTo)}, which is not pending`);
    }
    this.#pending = message.moreToCome ? message.requestId : undefined;
  }
}

const headerOf = (
  bytes: Uint8Array,
): { length: number; requestId: number; responseTo: number; moreToCome: boolean } => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    length: view.readInt32LE(0),
    requestId: view.readInt32LE(4),
    responseTo: view.readInt32LE(8),
    moreToCome: view.readInt32LE(12) === OP_MSG && (view.readInt32LE(16) & MORE_TO_COME) !== 0,
  };
};
