import { BSON } from 'bson';
import type { Judge } from './breach.js';

const MARK = Buffer.from('\bstartTransaction\0', 'latin1');
/** Behind header, flags and the kind of the first section. */
const BODY_AT = 21;

/** Sees which transactions clients begin: each of them once. */
export class TransactionWatch {
  readonly #judge: Judge;
  readonly #begun = new Set<string>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  sent(message: Buffer): void {
    if (!message.includes(MARK, BODY_AT)) return;
    const size = message.readInt32LE(BODY_AT);
    const body = BSON.deserialize(message.subarray(BODY_AT, BODY_AT + size), { promoteLongs: true });
    const { lsid, txnNumber } = body as {
      lsid: { id: { toString(encoding: string): string } };
      txnNumber: number;
    };
    const transaction = `${lsid.id.toString('hex')} ${String(txnNumber)}`;
    if (this.#begun.has(transaction)) {
      this.#judge.complain('one startTransaction', `transaction ${transaction} is begun again`);
    }
    this.#begun.add(transaction);
  }
}
