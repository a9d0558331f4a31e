import type { RoundTrip } from '../connection/connection.js';
import type { Operation, ParseTarget } from '../operations/operation.js';
import type { SelectionLimit } from '../pool/check-out-limits.js';
import type { Transaction } from '../sessions/transaction.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { ExecuteOptions } from './execute-options.js';
import type { Request } from './request.js';
import type { Verdict } from './retry/retry.js';

/** What lasts over the attempts of one execution. */
export interface Run {
  readonly operation: Operation<unknown>;
  readonly options: ExecuteOptions;
  /** The series of operations on one connection that it is a part of. */
  readonly request: Request | undefined;
  /** The transaction it is part of. */
  readonly transaction: Transaction | undefined;
  /** Its command begins the transaction on the server, on each attempt. */
  readonly startsTransaction: boolean;
  /** The effective write concern is `{w: 0}`: no reply will come. */
  readonly unacknowledged: boolean;
  /** Borrowed for this execution alone, where the caller gave no session. */
  borrowed: ServerSession | undefined;
  retry: Operation<unknown>['retry'];
  /** Number of the retryable write or of the transaction: the same on each attempt (RETRY-4). */
  txnNumber: bigint | undefined;
  /** The limit of the server selection of this attempt, which goes on to hold for the check-out under `timeoutMS`. */
  selection: SelectionLimit | undefined;
  /** Of the selected server, as it was described then. */
  roundTrip: RoundTrip | undefined;
  /** On the attempts that failed; undefined during the first. */
  verdict: Verdict | undefined;
  /** How many documents the first attempt carried; a retry carries the same. */
  documentsSent: number;
  target: AttemptTarget | undefined;
}

/** What `parse` will look at, while the attempt fills it in. */
export type AttemptTarget = {
  -readonly [Name in keyof ParseTarget]: ParseTarget[Name];
};
