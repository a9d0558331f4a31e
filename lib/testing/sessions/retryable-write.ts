/** What a retryable write remembers: the result of each statement that was executed, until the next txnNumber. */
export class RetryableWrite {
  readonly txnNumber: bigint;
  readonly #results = new Map<number, unknown>();

  constructor(txnNumber: bigint) {
    this.txnNumber = txnNumber;
  }

  /** The recorded result of a statement; undefined when it was not executed yet. */
  result(stmtId: number): unknown {
    return this.#results.get(stmtId);
  }

  has(stmtId: number): boolean {
    return this.#results.has(stmtId);
  }

  /** To be called as soon as the statement took effect. `result` is whatever the command needs to answer again. */
  record(stmtId: number, result: unknown): void {
    this.#results.set(stmtId, result);
  }

  get executed(): number {
    return this.#results.size;
  }
}
