import { ConfigurationError } from '../core/errors/usage.js';
import { ReadConcern } from '../options/read-concern.js';
import { ReadPreference } from '../options/read-preference.js';
import { WriteConcern } from '../options/write-concern.js';
import type { ConcurrentOperations, TransactionSettings } from '../sessions/transaction.js';
import type { HandleOptions, Settings } from './settings.js';

/** What is left out comes from the session's `defaultTransactionOptions`, then from the client. */
export interface TransactionOptions extends Pick<
  HandleOptions,
  'readConcern' | 'writeConcern' | 'readPreference'
> {
  /** Milliseconds the server may take for one commitTransaction. Deprecated: prefer `timeoutMS`. */
  readonly maxCommitTimeMS?: number | undefined;
  /**
   * What becomes of an operation that is called while another one of the transaction runs: it waits for its turn
   * (`queue`, the default), or is refused with `InvalidOperation` (`throw`).
   */
  readonly onConcurrentOperation?: ConcurrentOperations | undefined;
}

const checkCommitTime = (ms: unknown): void => {
  if (ms == null) return;
  if (typeof ms !== 'number' || Number.isNaN(ms)) {
    throw new TypeError('maxCommitTimeMS must be a number of milliseconds');
  }
  if (ms < 0) throw new ConfigurationError('maxCommitTimeMS must not be negative');
};

const checkConcurrency = (value: unknown): void => {
  if (value !== undefined && value !== 'queue' && value !== 'throw') {
    throw new ConfigurationError("onConcurrentOperation must be 'queue' or 'throw'");
  }
};

const checkWriteConcern = (writeConcern: WriteConcern): void => {
  if (!writeConcern.isAcknowledged) {
    throw new ConfigurationError('Transactions do not support unacknowledged write concerns');
  }
};

/** Refuses options that no transaction could be started with. */
export const checkTransactionOptions = (options: unknown): TransactionOptions => {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('The options of a transaction must be an object');
  }
  const given = options as TransactionOptions;
  checkCommitTime(given.maxCommitTimeMS);
  checkConcurrency(given.onConcurrentOperation);
  if (given.writeConcern !== undefined) checkWriteConcern(WriteConcern.from(given.writeConcern));
  return given;
};

/** The options of one transaction: its own, the session's defaults, the client's (transactions specification). */
export const transactionSettings = (
  client: Settings,
  defaults: TransactionOptions,
  given: TransactionOptions,
): TransactionSettings => {
  checkTransactionOptions(given);
  const readConcern = given.readConcern ?? defaults.readConcern;
  const writeConcern = given.writeConcern ?? defaults.writeConcern;
  const readPreference = given.readPreference ?? defaults.readPreference;
  const settings: TransactionSettings = {
    readConcern: readConcern === undefined ? client.readConcern : ReadConcern.from(readConcern),
    writeConcern: writeConcern === undefined ? client.writeConcern : WriteConcern.from(writeConcern),
    readPreference:
      readPreference === undefined ? client.readPreference : ReadPreference.from(readPreference),
    maxCommitTimeMS: given.maxCommitTimeMS ?? defaults.maxCommitTimeMS,
    onConcurrentOperation: given.onConcurrentOperation ?? defaults.onConcurrentOperation ?? 'queue',
  };
  checkWriteConcern(settings.writeConcern);
  return Object.freeze(settings);
};
