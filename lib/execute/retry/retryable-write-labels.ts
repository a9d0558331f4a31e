import type { ConnectionDescription } from '../../connection/connection-description.js';
import type { AsyncMongoError } from '../../core/errors/base.js';
import { RETRYABLE_WRITE_CODES } from '../../core/errors/codes.js';
import { isNetworkError, isPoolCleared, serverCode } from '../../core/errors/predicates.js';
import type { WriteConcernError } from '../../core/errors/server.js';

export const RETRYABLE_WRITE_LABEL = 'RetryableWriteError';
export const NO_WRITES_PERFORMED_LABEL = 'NoWritesPerformed';

/** Servers from this wire version (4.4) on label retryable write errors themselves. */
const LABELS_FROM_WIRE_VERSION = 9;

/*
 * The label that the driver adds by itself to failures of retryable writes (retryable writes specification,
 * "RetryableWriteError Labels"). Nothing is labelled for the code of a single entry of `writeErrors`.
 */

/** No reply came, or no connection. */
export const labelLostWrite = (error: unknown): void => {
  if (isNetworkError(error) || isPoolCleared(error)) {
    (error as AsyncMongoError).addErrorLabel(RETRYABLE_WRITE_LABEL);
  }
};

/** A reply with `ok: 0`: servers before 4.4 are known by the code. */
export const labelCommandError = (error: AsyncMongoError, maxWireVersion: number): void => {
  const code = serverCode(error);
  if (maxWireVersion >= LABELS_FROM_WIRE_VERSION || code === undefined) return;
  if (RETRYABLE_WRITE_CODES.has(code)) error.addErrorLabel(RETRYABLE_WRITE_LABEL);
};

/** A `writeConcernError`: as before, but what a router says of it is not a reason to try again. */
export const labelWriteConcernError = (
  error: WriteConcernError,
  { maxWireVersion, isRouter }: Pick<ConnectionDescription, 'maxWireVersion' | 'isRouter'>,
): void => {
  if (!isRouter) labelCommandError(error, maxWireVersion);
};
