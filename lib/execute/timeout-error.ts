import type { AsyncMongoError } from '../core/errors/base.js';
import { OperationTimeout } from '../core/errors/connection.js';
import { ErrorCode } from '../core/errors/codes.js';
import {
  isAsyncMongoError,
  isNetworkTimeout,
  isOperationTimeout,
  isServerReported,
  serverCode,
} from '../core/errors/predicates.js';
import type { Deadline } from '../core/deadline.js';

/** An error of a batch of writes, which holds those of the single writes. */
interface Gathered {
  readonly writeErrors?: readonly unknown[];
  readonly writeConcernErrors?: readonly unknown[];
}

const isMaxTimeExpired = (error: unknown): boolean =>
  isServerReported(error) && serverCode(error) === ErrorCode.MaxTimeMSExpired;

const isTimeout = (error: unknown): boolean => {
  if (isNetworkTimeout(error) || isMaxTimeExpired(error)) return true;
  if (!isServerReported(error)) return false;
  const { writeErrors = [], writeConcernErrors = [] } = error as Gathered;
  return writeErrors.some(isMaxTimeExpired) || writeConcernErrors.some(isMaxTimeExpired);
};

/**
 * Under `timeoutMS` every limit of time that ran out is the one error of the operation, whoever found out: the server
 * (code 50, wherever it stands in the reply) or the socket (client-side operations timeout specification, "Error
 * Transformations"). The original is its cause, and keeps its labels.
 */
export const asOperationTimeout = (error: unknown, { timeoutMS }: Deadline): unknown => {
  if (timeoutMS === undefined || isOperationTimeout(error) || !isTimeout(error)) return error;
  return timedOutBy(error as AsyncMongoError, timeoutMS);
};

/** The deadline passed between two attempts: what the last of them met with is the cause. */
export const timedOutAfter = (failure: unknown, deadline: Deadline): Error =>
  withLabels(deadline.timeoutError('before it could be tried again', failure), failure);

const timedOutBy = (error: AsyncMongoError, timeoutMS: number): Error => {
  const limit = timeoutMS === 0 ? 'in time' : `within ${String(timeoutMS)} ms (timeoutMS)`;
  return withLabels(
    new OperationTimeout(`The operation did not finish ${limit}: ${error.message}`, { cause: error }),
    error,
  );
};

const withLabels = <T extends Error>(error: T, origin: unknown): T => {
  if (isAsyncMongoError(origin) && isAsyncMongoError(error)) {
    for (const label of origin.errorLabels) error.addErrorLabel(label);
  }
  return error;
};
