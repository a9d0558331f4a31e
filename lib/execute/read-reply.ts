import type { Document } from '../bson/document.js';
import type { Timestamp } from '../bson/values.js';
import { isStateChangeError } from '../core/errors/predicates.js';
import type { WriteConcernError } from '../core/errors/server.js';
import type { Operation } from '../operations/operation.js';
import { commandError, stateChangeIn, type FailureContext } from '../operations/server-error.js';
import { refusesTransactionNumbers, retryableWritesUnsupported } from '../operations/transaction-numbers.js';
import { writeConcernErrorOf } from '../operations/write-error.js';
import type { Lease } from '../pool/lease.js';
import { advanceClusterTime } from '../sessions/cluster-time.js';
import type { Reply } from '../wire/reply.js';
import type { ExecuteContext } from './execute-context.js';
import { reportFailure } from './report-failure.js';
import { judge } from './retry/retry.js';
import { retryRulesOf } from './retry/retry-eligibility.js';
import { labelCommandError, labelWriteConcernError } from './retry/retryable-write-labels.js';
import type { AttemptTarget, Run } from './run.js';
import { keepRecoveryToken, labelCommitConcern } from './transaction/transaction-outcome.js';

/** What every reply tells besides its result: times, errors, a change of the server's state. Throws the errors. */
export const readReply = (context: ExecuteContext, run: Run, reply: Reply, lease: Lease): void => {
  const { session } = run.options;
  context.clusterTime = advanceClusterTime(context.clusterTime, reply.getDocumentBytes('$clusterTime'));
  if (session !== undefined) {
    session.advanceClusterTime(context.clusterTime);
    session.advanceOperationTime(reply.get('operationTime') as Timestamp | undefined);
    if (session.snapshot) session.snapshotTime ??= snapshotTimeIn(reply);
  }
  if (run.transaction !== undefined && reply.ok) keepRecoveryToken(run.transaction, reply);
  if (!reply.ok) throwCommandError(context, run, reply, lease);
  if (reply.has('writeConcernError')) judgeWriteConcernError(context, run, reply, lease);
};

const throwCommandError = (context: ExecuteContext, run: Run, reply: Reply, lease: Lease): never => {
  const document = reply.decode();
  const where = failureContextOf(run.operation, lease);
  if (run.retry === 'write' && refusesTransactionNumbers(document))
    throw retryableWritesUnsupported(document, where);
  const error = commandError(document, where);
  if (isStateChangeError(error)) reportFailure(context.topology, lease, error);
  if (run.retry === 'write') labelCommandError(error, lease.connection.description.maxWireVersion);
  throw error;
};

/** The command was done, though not on as many members as was asked for: an error, or a reason to try again. */
const judgeWriteConcernError = (context: ExecuteContext, run: Run, reply: Reply, lease: Lease): void => {
  const where = failureContextOf(run.operation, lease);
  const error = writeConcernErrorOf(reply, where) as WriteConcernError;
  const stateChange = stateChangeIn(error.details as Document, reply.get('topologyVersion'), where);
  if (stateChange !== undefined) reportFailure(context.topology, lease, stateChange);
  if (run.retry === 'write') labelWriteConcernError(error, lease.connection.description);
  if (run.transaction !== undefined) labelCommitConcern(run.operation, error);
  if (run.operation.readsWriteConcernError !== true) throw error;
  if (judge(error, retryRulesOf(context, run), run.verdict).again) throw error;
  (run.target as AttemptTarget).writeConcernError = error;
};

const failureContextOf = (
  { name, database, collection }: Operation<unknown>,
  lease: Lease,
): FailureContext => ({
  command: name,
  namespace: collection === undefined ? database : `${database}.${collection}`,
  address: lease.connection.address,
});

/** Sessions specification, snapshot reads: `atClusterTime` stands in the cursor or at the top of the reply. */
const snapshotTimeIn = (reply: Reply): Timestamp | undefined => {
  const cursor = reply.get('cursor') as Document | undefined;
  return (cursor?.['atClusterTime'] ?? reply.get('atClusterTime')) as Timestamp | undefined;
};
