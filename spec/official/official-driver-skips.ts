import type { SkipRule } from './skips.js';

const each = (suite: string, reason: string, tests: readonly (string | RegExp)[]): SkipRule[] =>
  tests.map((test) => ({ suite, test, reason }));

/**
 * The cases the `mongodb` package's own test suite leaves out (its repository mongodb/node-mongodb-native, folder
 * test/integration, the runner of each suite), with the ticket or reason given there.
 */
export const officialDriverSkips: readonly SkipRule[] = [
  ...each('crud', 'NODE-3541: a hint with an unacknowledged write is not refused by server version', [
    /^Unacknowledged (updateOne|updateMany|replaceOne|deleteOne|deleteMany) with hint (document|string) on 4\.[24]\+ server$/,
    /^Unacknowledged findOneAnd(Update|Replace|Delete) with hint (document|string) on 4\.4\+ server$/,
  ]),
  ...each('crud', 'NODE-6468: a null _id is replaced by a generated one', [
    /^inserting _id with type null via /,
  ]),
  ...each('crud', 'NODE-6384: partialResult is set although nothing succeeded', [
    'partialResult is unset when all operations fail during an unordered bulk write',
    /^partialResult is unset when first operation fails during an ordered bulk write/,
  ]),
  ...each('crud', 'NODE-6484: bypassDocumentValidation: false is not sent', [
    /passes bypassDocumentValidation: false$/,
  ]),
  ...each('collection-management', 'the package has no helper for collMod', [/^modifyCollection /]),
  ...each('read-write-concern', 'the package has no mapReduce', [/mapreduce/i]),
  ...each('retryable-reads', 'the package has no such method', [
    /listIndexNames|listCollectionNames|listDatabaseNames|mapReduce|listCollectionObjects|listDatabaseObjects/i,
  ]),
  {
    suite: 'retryable-reads',
    file: /gridfs-download(-serverErrors)?$/,
    reason: 'the package asks for { _id: { $eq: id } } where the file expects { _id: id }',
  },
  ...each('retryable-reads', 'NODE-6832: flaky', [
    'collection.listIndexes succeeds after retryable handshake network error',
  ]),
  ...each('retryable-writes', 'insertedIds tell of writes that failed as well', [
    'First insertOne is never committed',
  ]),
  ...each('retryable-writes', 'NODE-5720', [
    'RetryableWriteError label is not added based on writeConcernError in pre-4.4 mongos response',
  ]),
  ...each('sessions', 'NODE-3951: the dirty session is not discarded', [
    /^Dirty explicit session is discarded/,
  ]),
  ...each('server-selection', 'operationId is not supported', [/log messages have operationIds$/]),
  ...each('sessions', 'the package has no option snapshotTime', [/with snapshot and snapshot ?time$/i]),
  ...each('transactions', 'NODE-5924, NODE-5925: options of transactions', [
    'readPreference inherited from defaultTransactionOptions',
    'readConcern local in defaultTransactionOptions',
    'defaultTransactionOptions override client options',
    'transaction options inherited from defaultTransactionOptions',
    'transaction options inherited from client',
    'causal consistency disabled',
  ]),
  ...each('transactions-convenient-api', 'NODE-5855: flaky', [
    'callback succeeds after multiple connection errors',
    /^callback is not retried after non-transient error/,
    'withTransaction succeeds if callback aborts',
    'unpin after transient error within a transaction',
    'withTransaction succeeds if callback commits',
    /^withTransaction still succeeds if callback (aborts|commits) and runs extra op$/,
    /^withTransaction commits after callback returns/,
    'withTransaction and no transaction options set',
    'withTransaction inherits transaction options from defaultTransactionOptions',
    /^withTransaction explicit transaction options/,
  ]),
  ...each('unified-test-format', 'NODE-2034: a client error leaves the transaction as it was', [
    'Client side error in command starting transaction',
  ]),
  ...each('unified-test-format', 'NODE-3951: the dirty session is not discarded', [
    'Dirty explicit session is discarded',
  ]),
  ...each('unified-test-format', 'NODE-5962: flaky on sharded clusters', [
    'withTransaction and no transaction options set',
    'withTransaction inherits transaction options from client',
    'withTransaction inherits transaction options from defaultTransactionOptions',
    'withTransaction explicit transaction options',
    'remain pinned after non-transient Interrupted error on insertOne',
    'unpin after transient error within a transaction',
  ]),
  ...each('load-balancers', 'NODE-3970: a getMore precedes the killCursors', [
    'change streams pin to a connection',
  ]),
  ...each('load-balancers', 'NODE-3891: fails where authentication is on', [
    'errors during authentication are processed',
  ]),
  ...each('load-balancers', 'DRIVERS-1847: undecided', [
    'pinned connections are not returned after an network error during getMore',
    'pinned connections are not returned to the pool after a non-network error on getMore',
    'stale errors are ignored',
  ]),
  ...each('server-discovery-and-monitoring', 'NODE-5723', ['Topology lifecycle']),
  ...each('gridfs', 'skipped without a ticket', ['download when final chunk is missing']),
  ...each('command-logging-and-monitoring', 'the reply of an unacknowledged bulk write is not made up', [
    /A successful unordered bulk write with an unacknowledged write concern/,
  ]),
  ...each('command-logging-and-monitoring', 'operationId is not supported', [
    'Successful bulk write command log messages include operationIds',
    'Failed bulk write command log message includes operationId',
  ]),
  ...each('connection-monitoring-and-pooling', 'waitQueueSize and waitQueueMultiple are not supported', [
    /^waitQueue(Multiple|Size) should be included in connection pool created message when specified$/,
  ]),
  ...each('client-backpressure', 'NODE-6517: dropIndexes swallows errors', [
    'collection.dropIndexes retries at most maxAttempts=5 times',
    'collection.dropIndexes (write) does not retry if retryWrites=false',
  ]),
  ...[
    ['bulkWrite', 'NODE-6274'],
    ['change-streams', 'NODE-6035'],
    ['convenient-transactions', 'NODE-5687'],
    ['gridfs-advanced', 'NODE-6275'],
    ['gridfs-delete', 'NODE-6275'],
    ['gridfs-download', 'NODE-6275'],
    ['gridfs-find', 'NODE-6275'],
    ['gridfs-upload', 'NODE-6275'],
    ['sessions-inherit-timeoutMS', 'NODE-5687'],
    ['sessions-override-operation-timeoutMS', 'NODE-5687'],
    ['sessions-override-timeoutMS', 'NODE-5687'],
    ['tailable-awaitData', 'NODE-6035'],
    ['tailable-non-awaitData', 'NODE-6035'],
  ].map(([file = '', reason = '']) => ({ suite: 'client-side-operations-timeout', file, reason })),
  ...each('client-side-operations-timeout', 'NODE-6274: the timeout is inside the bulk write error', [
    /timeoutMS applies to whole operation, not individual attempts - (bulkWrite|insertMany) on /,
  ]),
];
