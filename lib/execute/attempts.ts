import { throwIfOver } from '../core/deadline.js';
import { isOperationTimeout } from '../core/errors/predicates.js';
import { trace } from '../core/trace.js';
import { openedCursor } from '../operations/cursor-reply.js';
import type { Lease } from '../pool/lease.js';
import type { Server } from '../topology/server.js';
import type { Transaction } from '../sessions/transaction.js';
import type { Reply } from '../wire/reply.js';
import { backOff } from './retry/back-off.js';
import { exchange } from './exchange.js';
import type { ExecuteContext } from './execute-context.js';
import { ATTEMPT_CHANNEL, attemptTrace } from './operation-channel.js';
import { isOverload } from './retry/overload.js';
import { judge, type Verdict } from './retry/retry.js';
import { retryRulesOf, takesRetryableWrites } from './retry/retry-eligibility.js';
import { labelLostWrite } from './retry/retryable-write-labels.js';
import { leaseOf, PinnedConnection } from './pinned-connection.js';
import type { AttemptTarget, Run } from './run.js';
import { selectorFor } from './server-choice.js';
import { returnSession } from './session-rules.js';
import { timedOutAfter } from './timeout-error.js';
import { prepareRetry } from './transaction/transaction-outcome.js';
import { pinnedConnection, pinTransaction } from './transaction/transaction-pin.js';

const isPending = <T extends object>(value: T | Promise<T>): value is Promise<T> => 'then' in value;

/** Selects a server and asks it; where that fails, asks again as often as the failures allow. */
export const makeAttempts = async (context: ExecuteContext, run: Run): Promise<Reply | undefined> => {
  const selected = select(context, run);
  const server = isPending(selected) ? await selected : selected;
  if (run.retry === 'write' && !takesRetryableWrites(server)) run.retry = 'none';
  try {
    return await attempt(context, run, server);
  } catch (error) {
    return await retry(context, run, server, error);
  }
};

const select = (
  { topology }: ExecuteContext,
  run: Run,
  avoided?: readonly Server[],
): Server | Promise<Server> => {
  const { deadline } = run.options;
  const selected = topology.select(selectorFor(run), deadline, avoided, run);
  // A selection that needed no time begins when its check-out begins to wait.
  run.selection = isPending(selected) ? { selectionEndsAt: topology.selectionEndsAt } : topology;
  return selected;
};

const retry = async (
  context: ExecuteContext,
  run: Run,
  firstServer: Server,
  firstError: unknown,
): Promise<Reply | undefined> => {
  const { deadline } = run.options;
  const avoided: Server[] = [];
  let failed = firstServer;
  let failure = firstError;
  for (;;) {
    if (run.retry === 'write') labelLostWrite(failure);
    const verdict = judge(failure, retryRulesOf(context, run), run.verdict);
    run.verdict = verdict;
    if (deadline.signal?.aborted === true) throw deadline.signal.reason;
    if (!verdict.again) throw verdict.error;
    if (isAvoidedAfter(context, failure)) avoided.push(failed);
    if (run.transaction !== undefined) prepareRetry(run, run.transaction, failure);
    if (verdict.backoffMS > 0 && !(await backOff(context.runtime, verdict.backoffMS, deadline)))
      throw verdict.error;
    failed = await selectAgain(context, run, avoided, verdict);
    try {
      return await attempt(context, run, failed);
    } catch (error) {
      failure = error;
    }
  }
};

/** Another router where there is one; another member only for who wants that (`enableOverloadRetargeting`). */
const isAvoidedAfter = ({ topology, enableOverloadRetargeting }: ExecuteContext, failure: unknown): boolean =>
  topology.description.topologyType === 'Sharded' || (enableOverloadRetargeting && isOverload(failure));

/** The caller wants to know what went wrong with the operation, not that nobody could be asked again. */
const selectAgain = async (
  context: ExecuteContext,
  run: Run,
  avoided: readonly Server[],
  { error }: Verdict,
): Promise<Server> => {
  const { deadline } = run.options;
  let server: Server;
  try {
    throwIfOver(deadline, context.runtime);
    server = await select(context, run, avoided);
  } catch (failure) {
    if (deadline.signal?.aborted === true) throw deadline.signal.reason;
    throw isOperationTimeout(failure) ? timedOutAfter(error, deadline) : error;
  }
  if (run.retry === 'write' && !takesRetryableWrites(server)) throw error;
  return server;
};

/** One attempt on a server: a connection of its pool for as long as the exchange takes. */
const attempt = (context: ExecuteContext, run: Run, server: Server): Promise<Reply | undefined> =>
  ATTEMPT_CHANNEL.hasSubscribers
    ? trace(ATTEMPT_CHANNEL, attemptTrace(run, server), () => tryOnce(context, run, server))
    : tryOnce(context, run, server);

const tryOnce = async (context: ExecuteContext, run: Run, server: Server): Promise<Reply | undefined> => {
  const { pool } = server;
  const { request, selection } = run;
  const { deadline, connection = pinnedConnection(run) } = run.options;
  // Taken with the description that the server was selected by (client-side operations timeout, "Command Execution").
  run.roundTrip = server.description;
  server.operationCount++;
  try {
    if (connection !== undefined) return await exchange(context, run, server, leaseOf(connection));
    const checkedOut =
      request === undefined
        ? pool.checkOut(deadline, selection)
        : request.checkOut(pool, deadline, selection);
    const lease = isPending(checkedOut) ? await checkedOut : checkedOut;
    let kept = run.startsTransaction && pinTransaction(run.transaction as Transaction, server, lease);
    try {
      const reply = await exchange(context, run, server, lease);
      kept ||= keepForCursor(run, server, lease, reply);
      giveSessionBack(context, run, reply);
      return reply;
    } finally {
      if (kept) request?.handOver(pool);
      else if (request === undefined) pool.checkIn(lease);
      else request.release(pool);
    }
  } finally {
    server.operationCount--;
  }
};

/**
 * Before the connection is free again: whoever gets that finds the session, too, so that there are no more sessions
 * than connections in use (sessions specification, "Server session pool").
 */
const giveSessionBack = (context: ExecuteContext, run: Run, reply: Reply | undefined): void => {
  const { session, ownsSession } = run.options;
  if (ownsSession !== true) returnSession(context, run);
  else if (reply === undefined || openedCursor(reply) === undefined) session?.end();
};

/** Whether the connection stays with the cursor that was opened on it. */
const keepForCursor = (run: Run, server: Server, lease: Lease, reply: Reply | undefined): boolean => {
  if (run.options.holdsCursor !== true || server.description.serverType !== 'LoadBalancer') return false;
  if (reply === undefined || openedCursor(reply) === undefined) return false;
  (run.target as AttemptTarget).connection = new PinnedConnection(server.pool, lease, 'cursor');
  return true;
};
