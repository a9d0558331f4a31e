import type { ClientState } from '../client-state.js';
import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import type { StatementHistory } from '../sessions/retryable-write.js';
import type { FailPoints } from './fail-points.js';

/**
 * `onPrimaryTransactionalWrite`: at each statement of a retryable write that is about to be executed, closes the
 * connection (unless `closeConnection` is false), and keeps the statement from taking effect where
 * `failBeforeCommitExceptionCode` is given (retryable writes specification, tests, "Server Fail Point").
 */
export class FailingStatements implements StatementHistory {
  readonly #history: StatementHistory;
  readonly #points: FailPoints;
  readonly #connection: ClientState;
  readonly #random: () => number;

  constructor(history: StatementHistory, points: FailPoints, connection: ClientState, random: () => number) {
    this.#history = history;
    this.#points = points;
    this.#connection = connection;
    this.#random = random;
  }

  has(stmtId: number): boolean {
    if (this.#history.has(stmtId)) return true;
    const data = this.#points.evaluate('onPrimaryTransactionalWrite', this.#random);
    if (data === undefined) return false;
    if (data.get('closeConnection') !== false) this.#connection.close();
    const code = exactInteger(data.get('failBeforeCommitExceptionCode'));
    if (code !== undefined) {
      throw new CommandError(
        Number(code),
        'Failing write due to failpoint. The write must not be reflected.',
      );
    }
    return false;
  }

  result(stmtId: number): unknown {
    return this.#history.result(stmtId);
  }

  record(stmtId: number, result: unknown): void {
    this.#history.record(stmtId, result);
  }
}
