import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { encodeDoc } from '../query/bson-writer.js';
import { compileFilter, type MatchDetails } from '../query/matcher.js';
import { plainPath } from '../query/path.js';
import { compilePipeline } from '../query/pipeline/pipeline.js';
import { compileProjection, type Projection } from '../query/projection.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import { IterableSource, TailSource, type DocumentSource } from '../store/cursor.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { describePlan, findRecords, type RecordQuery } from '../store/find-records.js';
import { docsOf, resolveSource, type ResolvedSource } from '../store/read-documents.js';
import {
  boolField,
  collectionName,
  countField,
  docField,
  gateField,
  hintField,
  letField,
} from './command-fields.js';
import type { Command, CommandRequest } from './command.js';
import type { CommandContext } from './context.js';
import { encodeAll, firstBatch } from './cursor-reply.js';
import { evaluationOf } from './evaluation-of.js';
import type { Evaluation } from '../query/evaluation.js';

/** The find command's fields as the query they stand for. */
export const readQuery = (
  context: CommandContext,
  body: Doc,
  evaluation: Evaluation,
  collection: CollectionAccess,
): RecordQuery => {
  const limit = countField('find', body, 'limit');
  return {
    collection,
    filter: docField('find', body, 'filter') ?? new Map(),
    evaluation,
    sort: docField('find', body, 'sort'),
    hint: hintField('find', body),
    min: docField('find', body, 'min'),
    max: docField('find', body, 'max'),
    skip: countField('find', body, 'skip'),
    limit: limit === 0 ? undefined : limit,
    check: () => context.throwIfInterrupted(),
  };
};

const projectionOf = (context: CommandContext, body: Doc, evaluation: Evaluation): Projection | undefined => {
  const specification = docField('find', body, 'projection');
  if (specification === undefined || specification.size === 0) return undefined;
  return compileProjection(specification, evaluation, {
    find: true,
    expressions: context.version.has('findExpressions'),
  });
};

const projected = (raw: RawDocument, projection: Projection, details: MatchDetails): RawDocument => {
  const doc = projection.apply(raw.doc, details);
  return doc === raw.doc ? raw : new RawDocument(encodeDoc(doc), doc);
};

/** `returnKey`: the fields of the index that answers the query; nothing without an index. */
const returnKey = (raw: RawDocument, paths: readonly string[]): RawDocument => {
  const key: Doc = new Map();
  for (const path of paths) {
    const value = plainPath(raw.doc, path.split('.'));
    if (value !== undefined) key.set(path, value);
  }
  return new RawDocument(encodeDoc(key));
};

/** The paths of the index a query goes by: its plan's, else the one that its sort could use. */
const indexPaths = (query: RecordQuery): readonly string[] => {
  const plan = describePlan(query);
  if (plan.stage !== 'COLLSCAN') return [...plan.key.keys()];
  const sorted = [...(query.sort?.keys() ?? [])];
  const keys = [
    query.collection.idSpec.key,
    ...[...query.collection.indexes.values()].map(({ spec }) => spec.key),
  ];
  const found = keys.find(
    (key) => sorted.length > 0 && sorted.every((path, i) => [...key.keys()][i] === path),
  );
  return found === undefined ? [] : [...found.keys()];
};

const ordinarySource = (context: CommandContext, body: Doc, query: RecordQuery): DocumentSource => {
  const projection = projectionOf(context, body, query.evaluation);
  const records = findRecords(query);
  const limit = query.limit ?? Infinity;
  const keyOnly = boolField('find', body, 'returnKey');
  const keyPaths = keyOnly ? indexPaths(query) : [];
  const showId = boolField('find', body, 'showRecordId');
  if (projection === undefined && !keyOnly && !showId) {
    if (Array.isArray(records))
      return new IterableSource((records as { raw: RawDocument }[]).map(({ raw }) => raw));
    return new IterableSource(rawsOf(records), limit);
  }
  const change = ({
    record,
    raw,
    details,
  }: {
    record: number;
    raw: RawDocument;
    details: MatchDetails;
  }): RawDocument => {
    const document = keyOnly
      ? returnKey(raw, keyPaths)
      : projection === undefined
        ? raw
        : projected(raw, projection, details);
    return showId && !keyOnly
      ? new RawDocument(encodeDoc(new Map([...document.doc, ['$recordId', BigInt(record)]])))
      : document;
  };
  if (Array.isArray(records))
    return new IterableSource((records as Parameters<typeof change>[0][]).map(change));
  return new IterableSource(mapped(records, change), limit);
};

const rawsOf = function* (records: Iterable<{ readonly raw: RawDocument }>): Iterable<RawDocument> {
  for (const { raw } of records) yield raw;
};

const mapped = function* <T>(
  records: Iterable<T>,
  change: (record: T) => RawDocument,
): Iterable<RawDocument> {
  for (const record of records) yield change(record);
};

const tailSource = (context: CommandContext, body: Doc, query: RecordQuery): DocumentSource => {
  const projection = projectionOf(context, body, query.evaluation);
  const predicate = compileFilter(query.filter, query.evaluation);
  return new TailSource(query.collection, (raw) => {
    const details: MatchDetails = { index: undefined };
    if (!predicate(raw.doc, details)) return undefined;
    return projection === undefined ? raw : projected(raw, projection, details);
  });
};

/** A find on a view is its pipeline with the query's stages behind. */
export const viewPipeline = (source: ResolvedSource, body: Doc): Value[] => {
  const stages: Value[] = [...source.pipeline];
  const add = (name: string, value: Value | undefined): void => {
    if (value !== undefined && !(isDoc(value) && value.size === 0)) stages.push(new Map([[name, value]]));
  };
  add('$match', docField('find', body, 'filter'));
  add('$sort', docField('find', body, 'sort'));
  const skip = countField('find', body, 'skip');
  if (skip !== undefined && skip > 0) add('$skip', skip);
  const limit = countField('find', body, 'limit');
  if (limit !== undefined && limit > 0) add('$limit', limit);
  add('$project', docField('find', body, 'projection'));
  return stages;
};

const checkOptions = (context: CommandContext, body: Doc): void => {
  gateField(context, 'findDiskUse', 'find', body, 'allowDiskUse');
  const comment = body.get('comment');
  if (comment !== undefined && typeof comment !== 'string' && !context.version.has('documentComment')) {
    throw new CommandError(
      'TypeMismatch',
      `Failed to parse: comment: 'comment' field must be of BSON type string.`,
    );
  }
  if (boolField('find', body, 'awaitData') && !boolField('find', body, 'tailable')) {
    throw new CommandError('FailedToParse', "Cannot set 'awaitData' without also setting 'tailable'");
  }
  if (boolField('find', body, 'tailable')) {
    if (boolField('find', body, 'singleBatch'))
      throw new CommandError('FailedToParse', "cannot use tailable option with the 'singleBatch' option");
    const sort = docField('find', body, 'sort');
    if (sort !== undefined && sort.size > 0 && sort.get('$natural') !== 1) {
      throw new CommandError(
        'BadValue',
        'error processing query: tailable cursor with a sort other than {$natural: 1}',
      );
    }
  }
};

const run = (context: CommandContext, { body, database }: CommandRequest) => {
  const name = collectionName('find', body);
  checkOptions(context, body);
  const resolved = resolveSource(context.visible, database, name);
  const evaluation = evaluationOf(context, {
    command: 'find',
    database,
    fields: body,
    variables: letField(context, 'find', body),
    fallback: resolved.collation,
  });
  const namespace = `${database}.${name}`;
  const tailable = boolField('find', body, 'tailable');
  const { collection } = resolved;
  const options = {
    namespace,
    command: 'find',
    batchSize: countField('find', body, 'batchSize'),
    single: boolField('find', body, 'singleBatch'),
    noTimeout: boolField('find', body, 'noCursorTimeout'),
    awaitData: boolField('find', body, 'awaitData'),
    tailable,
    collection,
  };
  if (resolved.isView) {
    const stage = compilePipeline(viewPipeline(resolved, body), evaluation);
    return firstBatch(context, {
      ...options,
      tailable: false,
      source: new IterableSource(encodeAll(stage(docsOf(collection)))),
    });
  }
  if (collection === undefined) {
    checkQuery(context, body, evaluation);
    return firstBatch(context, { ...options, tailable: false, source: new IterableSource([]) });
  }
  const query = readQuery(context, body, evaluation, collection);
  if (tailable && collection.capped === undefined) {
    throw new CommandError(
      'BadValue',
      `error processing query: ns=${namespace} :: caused by :: tailable cursor requested on non capped collection`,
    );
  }
  const source = tailable ? tailSource(context, body, query) : ordinarySource(context, body, query);
  return firstBatch(context, { ...options, source });
};

/** Errors of a query come also where there is no collection. */
const checkQuery = (context: CommandContext, body: Doc, evaluation: Evaluation): void => {
  compileFilter(docField('find', body, 'filter') ?? new Map(), evaluation);
  projectionOf(context, body, evaluation);
  countField('find', body, 'skip');
  countField('find', body, 'limit');
};

export const find: Command = {
  name: 'find',
  kind: 'read',
  inTransaction: true,
  stable: true,
  fields: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'comment',
    'max',
    'min',
    'returnKey',
    'showRecordId',
    'tailable',
    'oplogReplay',
    'noCursorTimeout',
    'awaitData',
    'allowPartialResults',
    'allowDiskUse',
    'collation',
    'let',
    'runtimeConstants',
    'querySettings',
    'resumeAfter',
    'requestResumeToken',
    'includeQueryStatsMetrics',
    'term',
  ],
  run,
};
