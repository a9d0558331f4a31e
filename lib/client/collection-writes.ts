import { surface } from '../core/errors/surface.js';
import { asOperationTimeout } from '../execute/timeout-error.js';
import { attachProgress, bulkError, startProgress, type BulkProgress } from '../operations/bulk-progress.js';
import {
  compileModel,
  insertStatement,
  planRuns,
  runOperation,
  type BulkCommandOptions,
  type Statement,
} from '../operations/bulk-write.js';
import type { ExecuteOptions } from '../execute/execute-options.js';
import { describe } from '../operations/document-shape.js';
import type { Namespace } from '../operations/namespace.js';
import type { WriteOutcome } from '../operations/write-outcome.js';
import { BulkWriteResult } from '../operations/write-results.js';
import type { Turn } from '../sessions/transaction.js';
import type { HandleCore } from './collection-core.js';
import { executeOptionsFor, type CallOptions } from './operation-options.js';
import { insertStream } from './insert-stream.js';
import { sendRuns, type SendWrite } from './send-runs.js';

/** A handle on one collection. */
export interface CollectionCore extends HandleCore {
  readonly namespace: Namespace;
}

export type BatchOptions = CallOptions & BulkCommandOptions;

/** One write that stands alone: its failure is thrown as what it is. */
export const writeOne = async (
  core: CollectionCore,
  statement: Statement,
  options: CallOptions & BulkCommandOptions,
): Promise<WriteOutcome> => {
  const [single] = planRuns([statement], true);
  const operation = runOperation(core.namespace, single as NonNullable<typeof single>, 0, options);
  const executeOptions = executeOptionsFor(core.context, core.settings, options);
  try {
    const outcome = await core.context.use().executor.execute(operation, executeOptions);
    const failure = outcome.writeErrors[0] ?? outcome.writeConcernError;
    if (failure === undefined) return outcome;
    throw asOperationTimeout(failure, executeOptions.deadline);
  } catch (error) {
    throw surface(error);
  }
};

/** A batch holds its place in a transaction from its first command to its last. */
const turnFor = async (
  { context }: CollectionCore,
  command: string,
  options: ExecuteOptions,
): Promise<Turn | undefined> =>
  options.session?.transaction === undefined
    ? undefined
    : await context.use().executor.takeTurn(command, options.session, options);

/** Runs a batch under one deadline and turns what happened into a result or an error that holds it. */
const runBatch = async (
  core: CollectionCore,
  command: string,
  options: BatchOptions,
  send: (send: SendWrite, progress: BulkProgress) => Promise<unknown>,
  inOneTurn = true,
): Promise<BulkProgress> => {
  const progress = startProgress();
  const { context, settings } = core;
  const operationId = context.nextOperationId();
  const executeOptions = { ...executeOptionsFor(context, settings, options), operationId };
  const { executor } = context.use();
  const result = (): BulkWriteResult => new BulkWriteResult(progress.acknowledged, progress.counts);
  const turn = inOneTurn ? await turnFor(core, command, executeOptions) : undefined;
  const shared = turn === undefined ? executeOptions : { ...executeOptions, turn };
  try {
    await send((operation) => executor.execute(operation, shared), progress);
  } catch (error) {
    attachProgress(error, progress, result());
    throw surface(error);
  } finally {
    turn?.end();
  }
  const failure = bulkError(progress, core.namespace, command, result());
  if (failure !== undefined) throw asOperationTimeout(failure, executeOptions.deadline);
  return progress;
};

const requireSome = (count: number, method: string, what: string): void => {
  if (count === 0) throw new TypeError(`${method} needs at least one ${what}`);
};

const isAsyncIterable = (value: object): value is AsyncIterable<object> => Symbol.asyncIterator in value;

export const insertMany = async (
  core: CollectionCore,
  documents: Iterable<object> | AsyncIterable<object>,
  options: BatchOptions,
): Promise<BulkProgress> => {
  const { addIdToDocuments: addIds } = core.context;
  if (typeof documents !== 'object' || (documents as object | null) === null) {
    throw new TypeError(`insertMany takes an iterable of documents, not ${describe(documents)}`);
  }
  if (isAsyncIterable(documents)) {
    // The source may read in the same transaction.
    const inOneTurn = false;
    const progress = await runBatch(
      core,
      'insert',
      options,
      (send, counted) => insertStream(send, core.namespace, documents, options, addIds, counted),
      inOneTurn,
    );
    requireSome(progress.sent, 'insertMany', 'document');
    return progress;
  }
  if (!(Symbol.iterator in documents)) {
    throw new TypeError('insertMany takes an iterable of documents; for a single document use insertOne');
  }
  const statements = Array.from(documents, (document) => insertStatement(document, addIds));
  requireSome(statements.length, 'insertMany', 'document');
  return await runBatch(core, 'insert', options, (send, progress) =>
    sendRuns(send, core.namespace, planRuns(statements, true), options, progress),
  );
};

export const bulkWrite = async (
  core: CollectionCore,
  requests: Iterable<object>,
  options: BatchOptions,
): Promise<BulkProgress> => {
  if (typeof requests !== 'object' || !(Symbol.iterator in requests)) {
    throw new TypeError(`bulkWrite takes an iterable of requests, not ${describe(requests)}`);
  }
  const { addIdToDocuments } = core.context;
  const statements = Array.from(requests, (request, index) => compileModel(request, index, addIdToDocuments));
  requireSome(statements.length, 'bulkWrite', 'request');
  return await runBatch(core, 'bulkWrite', options, (send, progress) =>
    sendRuns(send, core.namespace, planRuns(statements, options.ordered ?? true), options, progress),
  );
};
