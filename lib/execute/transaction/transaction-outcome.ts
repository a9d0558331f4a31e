import { RawBSONDocument } from '../../bson/raw-document.js';
import type { AsyncMongoError } from '../../core/errors/base.js';
import { ErrorCode } from '../../core/errors/codes.js';
import { hasErrorLabel, isWithoutReply, serverCode } from '../../core/errors/predicates.js';
import { endingOf } from '../../operations/end-transaction.js';
import type { Operation } from '../../operations/operation.js';
import { unpin, type Transaction } from '../../sessions/transaction.js';
import type { Reply } from '../../wire/reply.js';
import { isRetryableOverload } from '../retry/overload.js';
import { RETRYABLE_WRITE_LABEL } from '../retry/retryable-write-labels.js';
import type { Run } from '../run.js';

export const TRANSIENT_LABEL = 'TransientTransactionError';
export const UNKNOWN_COMMIT_LABEL = 'UnknownTransactionCommitResult';

/** Write concerns that can never be met: a commit with them would fail again. */
const UNMEETABLE_CONCERN_CODES: ReadonlySet<number> = new Set([
  ErrorCode.UnsatisfiableWriteConcern,
  ErrorCode.UnknownReplWriteConcern,
]);

/** A commit that was done, but maybe not as its write concern asks: it is unknown whether it will last. */
export const labelCommitConcern = (operation: Operation<unknown>, error: AsyncMongoError): void => {
  if (endingOf(operation) !== 'commit' || UNMEETABLE_CONCERN_CODES.has(serverCode(error) ?? 0)) return;
  error.addErrorLabel(UNKNOWN_COMMIT_LABEL);
};

const leavesCommitUnknown = (error: unknown): boolean =>
  isWithoutReply(error) ||
  hasErrorLabel(error, RETRYABLE_WRITE_LABEL) ||
  serverCode(error) === ErrorCode.MaxTimeMSExpired;

/**
 * Labels a failed operation as far as the server has not (transactions specification, "Error Labels"), and lets the
 * transaction go to another router where this one can do no more for the transaction ("When to unpin").
 */
export const noteFailure = (
  transaction: Transaction,
  operation: Operation<unknown>,
  error: unknown,
): void => {
  const ending = endingOf(operation);
  if (ending === 'commit') {
    if (leavesCommitUnknown(error)) (error as AsyncMongoError).addErrorLabel(UNKNOWN_COMMIT_LABEL);
    noteCommitFailure(transaction, error);
  } else if (ending === undefined && isWithoutReply(error)) {
    (error as AsyncMongoError).addErrorLabel(TRANSIENT_LABEL);
  }
  if (hasErrorLabel(error, TRANSIENT_LABEL) || hasErrorLabel(error, UNKNOWN_COMMIT_LABEL)) unpin(transaction);
};

/** Before commit or abort is sent again: any router will do. */
export const prepareRetry = ({ operation }: Run, transaction: Transaction, error: unknown): void => {
  if (endingOf(operation) === undefined) return;
  unpin(transaction);
  noteCommitFailure(transaction, error);
};

/** A server that was too busy to look at a commit has not done it ("Interaction with Client Backpressure"). */
const noteCommitFailure = (transaction: Transaction, error: unknown): void => {
  if (!isRetryableOverload(error)) transaction.commitInDoubt = true;
};

/** Keeps the latest recovery token: with it another router finds out what became of the transaction. */
export const keepRecoveryToken = (transaction: Transaction, reply: Reply): void => {
  const token = reply.getDocumentBytes('recoveryToken');
  if (token !== undefined) transaction.recoveryToken = new RawBSONDocument(token.slice());
};
