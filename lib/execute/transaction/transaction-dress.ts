import type { Timestamp } from '../../bson/values.js';
import { endingOf } from '../../operations/end-transaction.js';
import type { Operation } from '../../operations/operation.js';
import { putWriteConcern } from '../put-write-concern.js';
import { WriteConcern } from '../../options/write-concern.js';
import type { Transaction } from '../../sessions/transaction.js';

/** So that a commit that is sent again does not wait for ever (same section as below). */
const MAJORITY_TIMEOUT_MS = 10_000;

/**
 * A commit that may have happened before is repeated with `w: 'majority'`, so that a transaction is never applied twice
 * (transactions specification, "writeConcern for commitTransaction attempts").
 */
const repeatedCommitConcern = ({ journal, fsync, wTimeoutMS }: WriteConcern): WriteConcern =>
  new WriteConcern({ w: 'majority', wTimeoutMS: wTimeoutMS ?? MAJORITY_TIMEOUT_MS, journal, fsync });

const readConcernOf = (
  { settings }: Transaction,
  afterClusterTime: Timestamp | undefined,
): Record<string, unknown> | undefined => {
  const { level } = settings.readConcern;
  if (level === undefined && afterClusterTime === undefined) return undefined;
  return {
    ...(level !== undefined && { level }),
    ...(afterClusterTime !== undefined && { afterClusterTime }),
  };
};

/**
 * Puts the transaction on a command: its first one opens it, with its read concern; commit and abort carry its write
 * concern; no other command has a concern (transactions specification, "Constructing commands within a transaction").
 */
export const dressForTransaction = (
  body: Record<string, unknown>,
  operation: Operation<unknown>,
  transaction: Transaction,
  starts: boolean,
  afterClusterTime: Timestamp | undefined,
  timeoutMS: number | undefined,
): void => {
  body['autocommit'] = false;
  if (starts) {
    body['startTransaction'] = true;
    const readConcern = readConcernOf(transaction, afterClusterTime);
    if (readConcern !== undefined && !('readConcern' in body)) body['readConcern'] = readConcern;
  }
  const ending = endingOf(operation);
  if (ending === undefined) return;
  const given = transaction.settings.writeConcern;
  const concern = ending === 'commit' && transaction.commitInDoubt ? repeatedCommitConcern(given) : given;
  putWriteConcern(body, concern, timeoutMS);
  if (transaction.recoveryToken !== undefined) body['recoveryToken'] = transaction.recoveryToken;
};
