import type { Document } from '../bson/document.js';
import { ErrorCode } from '../core/errors/codes.js';
import { OperationFailure } from '../core/errors/server.js';
import type { FailureContext } from './server-error.js';

/** Prescribed wording (retryable writes specification, "Supported Server Versions"). */
const ADVICE =
  'This MongoDB deployment does not support retryable writes. Please add retryWrites=false to your connection string.';

/** The storage engine of a server cannot do retryable writes, although nothing in its hello said so. */
export const refusesTransactionNumbers = ({ code, errmsg }: Document): boolean =>
  code === ErrorCode.IllegalOperation &&
  typeof errmsg === 'string' &&
  errmsg.startsWith('Transaction numbers');

/** An error that says what to do, instead of the server's own. */
export const retryableWritesUnsupported = (reply: Document, context: FailureContext): OperationFailure =>
  new OperationFailure(ADVICE, {
    code: ErrorCode.IllegalOperation,
    codeName: reply['codeName'] as string | undefined,
    details: reply,
    ...context,
  });
