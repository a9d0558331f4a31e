import type { Timestamp } from '../bson/values.js';
import { ConfigurationError } from '../core/errors/usage.js';
import type { ConcurrentOperations } from '../sessions/transaction.js';
import type { SessionStateOptions } from '../sessions/session-state.js';
import { checkTimeout } from '../core/timeout.js';
import { checkTransactionOptions, type TransactionOptions } from './transaction-options.js';

export interface SessionOptions {
  /** Reads see what the session did before. Default: true, unless `snapshot` is set. */
  readonly causalConsistency?: boolean | null | undefined;
  /** All reads see the data of one moment. Servers 5.0 and later. Excludes causal consistency. Default: false. */
  readonly snapshot?: boolean | undefined;
  /** That moment, taken from `snapshotTime` of another session. Default: the moment of the first read. */
  readonly snapshotTime?: Timestamp | undefined;
  /** For transactions that are started without these options. */
  readonly defaultTransactionOptions?: TransactionOptions | undefined;
  /**
   * Milliseconds for commitTransaction, abortTransaction, withTransaction and endSession; 0 removes the client's limit.
   * Default: the client's `timeoutMS`.
   */
  readonly defaultTimeoutMS?: number | null | undefined;
  /** `onConcurrentOperation` of transactions that are started without it. Default: `queue`. */
  readonly onConcurrentOperation?: ConcurrentOperations | undefined;
}

/** The options of a session, checked and with their defaults. */
export interface SessionSettings extends Pick<
  SessionStateOptions,
  'causalConsistency' | 'snapshot' | 'snapshotTime'
> {
  readonly defaultTransactionOptions: TransactionOptions;
  readonly defaultTimeoutMS: number | null | undefined;
}

const checkBoolean = (name: string, value: unknown): void => {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`);
};

const checkSnapshotTime = (time: unknown, snapshot: boolean): void => {
  if (time === undefined) return;
  if ((time as { readonly _bsontype?: unknown } | null)?._bsontype !== 'Timestamp') {
    throw new TypeError('snapshotTime must be a Timestamp');
  }
  if (!snapshot) throw new ConfigurationError('snapshotTime is for sessions with snapshot: true');
};

/** Checks the options of `startSession`, and fills in what they leave out. */
export const sessionSettings = (options: SessionOptions): SessionSettings => {
  const { snapshot = false, snapshotTime, defaultTimeoutMS, onConcurrentOperation } = options;
  const causalConsistency = options.causalConsistency ?? !snapshot;
  checkBoolean('snapshot', snapshot);
  checkBoolean('causalConsistency', causalConsistency);
  if (snapshot && causalConsistency) {
    throw new ConfigurationError('A session cannot be causally consistent and a snapshot at once');
  }
  checkSnapshotTime(snapshotTime, snapshot);
  checkTimeout(defaultTimeoutMS);
  const defaultTransactionOptions = Object.freeze({
    onConcurrentOperation,
    ...checkTransactionOptions(options.defaultTransactionOptions ?? {}),
  });
  return Object.freeze({
    causalConsistency,
    snapshot,
    snapshotTime,
    defaultTransactionOptions,
    defaultTimeoutMS,
  });
};
