import type { Server } from '../topology/server.js';
import type { Reply } from '../wire/reply.js';
import { exchange } from './exchange.js';
import type { ExecuteContext } from './execute-context.js';
import { errorToThrow, labelRetryableWrite, shouldRetry } from './retry.js';
import { takesRetryableWrites } from './retry-eligibility.js';
import type { Run } from './run.js';
import { selectorFor } from './server-choice.js';

const isPending = <T extends object>(value: T | Promise<T>): value is Promise<T> => 'then' in value;

/** Selects a server and asks it; where that fails and another attempt may help, once more. */
export const makeAttempts = async (context: ExecuteContext, run: Run): Promise<Reply | undefined> => {
  const { operation, options } = run;
  const selected = context.topology.select(selectorFor(operation, options), options.deadline);
  const server = isPending(selected) ? await selected : selected;
  try {
    return await attempt(context, run, server);
  } catch (error) {
    label(run, error);
    if (!shouldRetry({ error, retry: run.retry, maxWireVersion: run.maxWireVersion })) throw error;
    return await secondAttempt(context, run, server, error);
  }
};

const secondAttempt = async (
  context: ExecuteContext,
  run: Run,
  failed: Server,
  first: unknown,
): Promise<Reply | undefined> => {
  const { operation, options } = run;
  run.isRetry = true;
  let server: Server;
  try {
    server = await context.topology.select(selectorFor(operation, options), options.deadline, [failed]);
  } catch {
    // The caller wants to know what went wrong with the operation, not that nobody could be asked again.
    throw first;
  }
  if (run.retry === 'write' && !takesRetryableWrites(server)) throw first;
  try {
    return await attempt(context, run, server);
  } catch (second) {
    label(run, second);
    throw errorToThrow(first, second);
  }
};

/** One attempt on a server: a connection of its pool for as long as the exchange takes. */
const attempt = async (context: ExecuteContext, run: Run, server: Server): Promise<Reply | undefined> => {
  if (run.retry === 'write' && !takesRetryableWrites(server)) run.retry = 'none';
  const { pool } = server;
  const { request } = run;
  const { deadline } = run.options;
  server.operationCount++;
  try {
    const checkedOut = request === undefined ? pool.checkOut(deadline) : request.checkOut(pool, deadline);
    const lease = isPending(checkedOut) ? await checkedOut : checkedOut;
    try {
      return await exchange(context, run, server, lease);
    } finally {
      if (request === undefined) pool.checkIn(lease);
      else request.release(pool);
    }
  } finally {
    server.operationCount--;
  }
};

const label = ({ retry, maxWireVersion }: Run, error: unknown): void => {
  if (retry === 'write') labelRetryableWrite({ error, retry, maxWireVersion });
};
