/** The statements of a retryable write as a command sees them. */
export interface StatementHistory {
  /** Whether the statement was executed; to be asked right before it is. */
  has(stmtId: number): boolean;
  /** The recorded result of a statement; undefined when it was not executed yet. */
  result(stmtId: number): unknown;
  /** To be called as soon as the statement took effect. `result` is whatever the command needs to answer again. */
  record(stmtId: number, result: unknown): void;
}

/** What a retryable write remembers: the result of each statement that was executed, until the next txnNumber. */
export class RetryableWrite implements StatementHistory {
  readonly txnNumber: bigint;
  readonly #results = new Map<number, unknown>();

  constructor(txnNumber: bigint) {
    this.txnNumber = txnNumber;
  }

  result(stmtId: number): unknown {
    return this.#results.get(stmtId);
  }

  has(stmtId: number): boolean {
    return this.#results.has(stmtId);
  }

  record(stmtId: number, result: unknown): void {
    this.#results.set(stmtId, result);
  }

  copy(): RetryableWrite {
    const made = new RetryableWrite(this.txnNumber);
    for (const [stmtId, result] of this.#results) made.record(stmtId, result);
    return made;
  }

  get executed(): number {
    return this.#results.size;
  }
}
