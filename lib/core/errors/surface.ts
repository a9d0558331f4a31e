import { isAsyncMongoError } from './predicates.js';

/**
 * Gives an error the stack of the public method it leaves the driver by. Where it was made (a socket's callback, a
 * timer, ten frames deep in the executor) says nothing to the caller, whose own line would not be among the ten frames
 * that Node prints. Costs nothing where nothing fails.
 */
export const surface = (error: unknown): unknown => {
  if (isAsyncMongoError(error)) Error.captureStackTrace(error, surface);
  return error;
};
