import type { Doc } from '../query/value.js';
import type { ReplicationLog } from '../replication/replication-log.js';
import type { StatementHistory } from './retryable-write.js';

export interface StatementOwner {
  readonly lsid: Doc;
  readonly userKey: string;
  readonly txnNumber: bigint;
}

/**
 * Writes the statements of a retryable write to the log beside their effect, so that the members that follow know them,
 * too. Like a server's, a statement without effect leaves no trace there.
 */
export class LoggedStatements implements StatementHistory {
  readonly #history: StatementHistory;
  readonly #log: ReplicationLog;
  readonly #owner: StatementOwner;
  /** Where the log ended before the statement ran. */
  #start = 0;

  constructor(history: StatementHistory, log: ReplicationLog, owner: StatementOwner) {
    this.#history = history;
    this.#log = log;
    this.#owner = owner;
  }

  has(stmtId: number): boolean {
    this.#start = this.#log.range.to;
    return this.#history.has(stmtId);
  }

  result(stmtId: number): unknown {
    return this.#history.result(stmtId);
  }

  record(stmtId: number, result: unknown): void {
    this.#history.record(stmtId, result);
    const end = this.#log.range.to;
    const entry = end > this.#start ? this.#log.at(end - 1) : undefined;
    if (entry !== undefined) entry.statement = { ...this.#owner, stmtId, result };
  }
}
