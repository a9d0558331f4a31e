import type { AsyncMongoError } from '../core/errors/base.js';
import { RETRYABLE_READ_CODES, RETRYABLE_WRITE_CODES } from '../core/errors/codes.js';
import {
  hasErrorLabel,
  isNetworkError,
  isPoolCleared,
  isServerReported,
  serverCode,
} from '../core/errors/predicates.js';

export const RETRYABLE_WRITE_LABEL = 'RetryableWriteError';
export const NO_WRITES_PERFORMED_LABEL = 'NoWritesPerformed';

/** Servers from this wire version (4.4) on label retryable write errors themselves. */
const LABELS_FROM_WIRE_VERSION = 9;

/** What a retry is decided on. */
export interface FailedAttempt {
  readonly error: unknown;
  /** Which specification applies, and whether the client's option allows it. */
  readonly retry: 'read' | 'write' | 'none';
  /** Wire version of the server that failed; absent where none was reached. */
  readonly maxWireVersion: number | undefined;
}

/**
 * Adds the label that the driver itself is to add (retryable writes specification, "RetryableWriteError Labels"): on
 * network errors, and on the codes of the list from servers older than 4.4.
 */
export const labelRetryableWrite = ({ error, maxWireVersion }: FailedAttempt): void => {
  const code = serverCode(error);
  const fromOldServer =
    isServerReported(error) &&
    code !== undefined &&
    RETRYABLE_WRITE_CODES.has(code) &&
    (maxWireVersion ?? 0) < LABELS_FROM_WIRE_VERSION;
  if (isNetworkError(error) || isPoolCleared(error) || fromOldServer) {
    (error as AsyncMongoError).addErrorLabel(RETRYABLE_WRITE_LABEL);
  }
};

const isRetryableRead = (error: unknown): boolean => {
  if (isNetworkError(error) || isPoolCleared(error)) return true;
  const code = serverCode(error);
  return isServerReported(error) && code !== undefined && RETRYABLE_READ_CODES.has(code);
};

/** Whether another attempt is to be made. A pure function of the failure; labels have been added before. */
export const shouldRetry = ({ error, retry }: FailedAttempt): boolean => {
  if (retry === 'read') return isRetryableRead(error);
  return retry === 'write' && hasErrorLabel(error, RETRYABLE_WRITE_LABEL);
};

/**
 * Which error the caller sees when the second attempt failed as well: the first one, where the second says that it
 * wrote nothing or could not even be made (retryable writes specification, "Executing Retryable Write Commands").
 */
export const errorToThrow = (first: unknown, second: unknown): unknown => {
  if (hasErrorLabel(second, NO_WRITES_PERFORMED_LABEL)) return first;
  return isServerReported(second) || isNetworkError(second) ? second : first;
};
