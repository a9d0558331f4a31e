import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Evaluation } from '../query/evaluation.js';
import { compilePipeline, readStage } from '../query/pipeline/pipeline.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import { IterableSource } from '../store/cursor.js';
import { findRecords } from '../store/find-records.js';
import { docsOf, docWithRaw, resolveSource, type ResolvedSource } from '../store/read-documents.js';
import { boolField, collectionName, hintField, letField, requiredArray } from './command-fields.js';
import { hasStableStages } from './stable-stages.js';
import type { Command, CommandRequest, Reply } from './command.js';
import type { CommandContext } from './context.js';
import { openChangeStream } from './change-stream.js';
import { cursorBatchSize, encodeAll, firstBatch } from './cursor-reply.js';
import { evaluationOf } from './evaluation-of.js';
import { explainAggregate } from './explain-plan.js';
import { outputStage } from './output-stages.js';
import { sourceStage } from './source-stages.js';
import { writeContextOf } from './write-statements.js';

const NOTHING: ResolvedSource = { collection: undefined, pipeline: [], isView: false, collation: undefined };

/** A `$match` in front is answered like a find, which may use an index. */
const leadingMatch = (stages: readonly Value[]): Doc | undefined => {
  const [first] = stages;
  const filter = isDoc(first) && first.size === 1 ? first.get('$match') : undefined;
  return isDoc(filter) ? filter : undefined;
};

const documentsOf = function* (
  context: CommandContext,
  { collection }: ResolvedSource,
  filter: Doc | undefined,
  hint: Value | undefined,
  evaluation: Evaluation,
): Iterable<Doc> {
  if (collection === undefined) return;
  if (filter === undefined && hint === undefined) {
    let seen = 0;
    for (const doc of docsOf(collection)) {
      if ((++seen & 0x3ff) === 0) context.throwIfInterrupted();
      yield doc;
    }
    return;
  }
  const check = (): void => context.throwIfInterrupted();
  for (const { raw } of findRecords({ collection, filter: filter ?? new Map(), evaluation, hint, check }))
    yield docWithRaw(raw);
};

interface Plan {
  readonly request: CommandRequest;
  readonly resolved: ResolvedSource;
  readonly stages: readonly Value[];
  readonly evaluation: Evaluation;
  readonly onDatabase: boolean;
}

/** The documents that the stages before an output produce. */
const produce = (
  context: CommandContext,
  { request, resolved, stages, evaluation, onDatabase }: Plan,
): Iterable<Doc> => {
  const [first] = stages;
  const [name, operand] = first === undefined ? [undefined, null] : readStage(first);
  const source = sourceStage(name, onDatabase);
  if (source !== undefined) {
    const rest = compilePipeline(stages.slice(1), evaluation);
    const { database } = request;
    return rest(
      source.documents({ context, database, collection: resolved.collection, operand, onDatabase }),
    );
  }
  const filter = leadingMatch(stages);
  const stage = compilePipeline(filter === undefined ? stages : stages.slice(1), evaluation);
  return stage(documentsOf(context, resolved, filter, hintField('aggregate', request.body), evaluation));
};

const isOutput = (stage: Value | undefined): boolean => {
  const [name] = isDoc(stage) ? stage.keys() : [];
  return name === '$out' || name === '$merge';
};

const checkOptions = (context: CommandContext, body: Doc): void => {
  const comment = body.get('comment');
  if (comment !== undefined && typeof comment !== 'string' && !context.version.has('documentComment')) {
    throw new CommandError('TypeMismatch', 'comment must be a string');
  }
  if (!body.has('cursor') && !body.has('explain')) {
    throw new CommandError(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  }
};

const writeOutput = (context: CommandContext, plan: Plan, namespace: string): Reply => {
  const { request, stages, evaluation } = plan;
  const [name, operand] = readStage(stages.at(-1) ?? null);
  const write = writeContextOf(context, 'aggregate', request.body);
  const output = outputStage(context, name, operand, request.database, evaluation, write);
  const docs = produce(context, { ...plan, stages: stages.slice(0, -1) });
  output?.(docs);
  return { cursor: { firstBatch: [], id: 0n, ns: namespace } };
};

/** Opens a change stream; its cursor waits for what comes. */
const watch = (
  context: CommandContext,
  { request, resolved, stages, evaluation }: Plan,
  namespace: string,
): Reply => {
  const { body, database } = request;
  const target = body.get('aggregate');
  const [, operand] = readStage(stages[0] ?? null);
  const source = openChangeStream(context, {
    database,
    name: typeof target === 'string' ? target : undefined,
    operand,
    stages: stages.slice(resolved.pipeline.length + 1),
    evaluation,
  });
  return firstBatch(context, {
    namespace,
    command: 'aggregate',
    source,
    batchSize: cursorBatchSize('aggregate', body),
    tailable: true,
    awaitData: true,
  });
};

const NOT_IN_TRANSACTION: ReadonlySet<string> = new Set([
  '$collStats',
  '$currentOp',
  '$indexStats',
  '$listLocalSessions',
  '$listSessions',
  '$merge',
  '$out',
  '$planCacheStats',
]);

const checkTransactionStages = (stages: readonly Value[]): void => {
  for (const stage of stages) {
    const [name] = readStage(stage);
    if (!NOT_IN_TRANSACTION.has(name)) continue;
    throw new CommandError(
      'OperationNotSupportedInTransaction',
      `Operation not permitted in transaction :: caused by :: Aggregation stage: '${name}' is not allowed in a transaction`,
    );
  }
};

const run = (context: CommandContext, request: CommandRequest): Reply => {
  const { body, database } = request;
  checkOptions(context, body);
  const onDatabase = body.get('aggregate') !== undefined && typeof body.get('aggregate') !== 'string';
  const name = onDatabase ? '$cmd.aggregate' : collectionName('aggregate', body);
  const namespace = `${database}.${name}`;
  const resolved = onDatabase ? NOTHING : resolveSource(context.visible, database, name);
  const pipeline = requiredArray('aggregate', body, 'pipeline');
  const stages = [...resolved.pipeline, ...pipeline];
  // Pipelines run no scripts in $match.
  const { where: _scripts, ...evaluation } = evaluationOf(context, {
    command: 'aggregate',
    database,
    fields: body,
    variables: letField(context, 'aggregate', body),
    fallback: resolved.collation,
  });
  const plan: Plan = { request, resolved, stages, evaluation, onDatabase };
  const [first] = stages;
  if (isDoc(first) && first.has('$changeStream') && !body.has('explain'))
    return watch(context, plan, namespace);
  if (context.inTransaction) checkTransactionStages(stages);
  if (boolField('aggregate', body, 'explain'))
    return explainAggregate(context, namespace, stages, resolved.collection);
  if (isOutput(stages.at(-1))) return writeOutput(context, plan, namespace);
  const docs: Iterable<RawDocument> = encodeAll(produce(context, plan));
  return firstBatch(context, {
    namespace,
    command: 'aggregate',
    source: new IterableSource(docs),
    batchSize: cursorBatchSize('aggregate', body),
    collection: resolved.collection,
  });
};

export const aggregate: Command = {
  name: 'aggregate',
  kind: 'read',
  takesWriteConcern: (body) => {
    const pipeline = body.get('pipeline');
    return isArray(pipeline) && isOutput(pipeline.at(-1));
  },
  inTransaction: true,
  stable: hasStableStages,
  fields: [
    'pipeline',
    'cursor',
    'explain',
    'allowDiskUse',
    'bypassDocumentValidation',
    'collation',
    'hint',
    'let',
    'comment',
    'runtimeConstants',
    'fromMongos',
    'needsMerge',
    'exchange',
    'querySettings',
    'includeQueryStatsMetrics',
  ],
  run,
};
