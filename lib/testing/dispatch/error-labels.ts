import { ERROR_CODES, RETRYABLE_WRITE_ERRORS, type ErrorName } from '../error-codes.js';
import type { ServerVersion } from '../versions.js';
import { ENDS_TRANSACTION } from './ends-transaction.js';

export interface LabelSubject {
  readonly version: ServerVersion;
  /** Canonical name. */
  readonly command: string;
  readonly hasTxnNumber: boolean;
  /** `autocommit: false` was sent: part of a multi-document transaction. */
  readonly inTransaction: boolean;
  /** An aggregate that opens a change stream, or a getMore on one. */
  readonly changeStream: boolean;
  readonly code: number | undefined;
  readonly writeConcernCode: number | undefined;
}

const setOf = (...names: readonly ErrorName[]): ReadonlySet<number> =>
  new Set(names.map((name) => ERROR_CODES[name]));

/** Categories SnapshotError and NeedRetargettingError of the error-code list, and what is transient by itself. */
const TRANSIENT = setOf(
  'WriteConflict',
  'LockTimeout',
  'PreparedTransactionInProgress',
  'StaleDbVersion',
  'SnapshotTooOld',
  'SnapshotUnavailable',
  'StaleChunkHistory',
  'MigrationConflict',
  'StaleEpoch',
  'StaleConfig',
);

/** Besides the retryable ones: category RetriableError, where the client is not to retry by itself. */
const RETRIABLE = setOf(
  'ReadConcernMajorityNotAvailableYet',
  'ResourceExhausted',
  'IngressRequestRateLimitExceeded',
);

const RESUMABLE = setOf(
  'RetryChangeStream',
  'FailedToSatisfyReadPreference',
  'StaleShardVersion',
  'StaleEpoch',
  'StaleConfig',
);

const NON_RESUMABLE = setOf('ChangeStreamFatalError', 'ChangeStreamHistoryLost');

const isRetriable = (code: number | undefined): boolean =>
  code !== undefined && (RETRYABLE_WRITE_ERRORS.has(code) || RETRIABLE.has(code));

const isTransient = ({ command, code, writeConcernCode }: LabelSubject): boolean => {
  if (code === undefined) return false;
  if (TRANSIENT.has(code)) return true;
  if (ENDS_TRANSACTION.has(command))
    return code === ERROR_CODES.NoSuchTransaction && writeConcernCode === undefined;
  return isRetriable(code) || code === ERROR_CODES.NoSuchTransaction;
};

/**
 * The labels a server puts on an error reply, or on a reply with a write concern error (transactions, retryable writes
 * and change streams specifications; the server adds the last two kinds since 4.4).
 */
export const errorLabels = (subject: LabelSubject): readonly string[] => {
  const { version, command, hasTxnNumber, inTransaction, code, writeConcernCode } = subject;
  if (hasTxnNumber && inTransaction && isTransient(subject)) return ['TransientTransactionError'];
  if (!version.has('retryableWriteLabel')) return [];
  const retryable = hasTxnNumber && (!inTransaction || ENDS_TRANSACTION.has(command));
  if (retryable && (isRetriable(code) || isRetriable(writeConcernCode))) return ['RetryableWriteError'];
  if (subject.changeStream && code !== undefined && (isRetriable(code) || RESUMABLE.has(code))) {
    return ['ResumableChangeStreamError'];
  }
  return code !== undefined && NON_RESUMABLE.has(code) ? ['NonResumableChangeStreamError'] : [];
};
