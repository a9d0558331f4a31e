import { endingOf } from '../../operations/end-transaction.js';
import type { Operation } from '../../operations/operation.js';
import type { Server } from '../../topology/server.js';
import type { ExecuteContext } from '../execute-context.js';
import type { ExecuteOptions } from '../execute-options.js';
import type { RetryRules } from './retry.js';
import type { Run } from '../run.js';

/** Which retry specification applies to an execution, as far as that is known before a server is. */
export const retryModeOf = (
  { retryReads, retryWrites }: ExecuteContext,
  operation: Operation<unknown>,
  { pin }: ExecuteOptions,
  unacknowledged: boolean,
  inTransaction: boolean,
): Operation<unknown>['retry'] => {
  const { retry } = operation;
  // Transactions specification, "Interaction with Retryable Writes": nothing but the end, and that always.
  if (inTransaction) return endingOf(operation) === undefined ? 'none' : retry;
  if (pin !== undefined || unacknowledged) return 'none';
  if (retry === 'read') return retryReads ? 'read' : 'none';
  return retry === 'write' && retryWrites ? 'write' : 'none';
};

/** Retryable writes specification, "Determining Support": sessions, and not a standalone. */
export const takesRetryableWrites = ({ description }: Server): boolean => {
  const { serverType } = description;
  if (serverType === 'LoadBalancer') return true;
  return serverType !== 'Standalone' && description.logicalSessionTimeoutMinutes !== null;
};

/** Client backpressure specification, "Overload retry policy": every command, as far as the options allow. */
const mayRepeatAfterOverload = (
  { retryReads, retryWrites }: ExecuteContext,
  operation: Operation<unknown>,
): boolean => {
  const { access, overloadRetry = access } = operation;
  if (endingOf(operation) !== undefined) return true;
  if (overloadRetry === 'read') return retryReads;
  return retryWrites && (overloadRetry === 'write' || retryReads);
};

/** What an execution may do about a failure. Asked only once there is one. */
export const retryRulesOf = (context: ExecuteContext, run: Run): RetryRules => ({
  kind: run.retry,
  afterOverload: !run.unacknowledged && mayRepeatAfterOverload(context, run.operation),
  maxAdaptiveRetries: context.maxAdaptiveRetries,
  untilDeadline: run.options.deadline.timeoutMS !== undefined,
});
