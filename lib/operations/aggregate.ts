import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import { describe, firstKey } from './document-shape.js';
import type { Operation } from './operation.js';

/** Secondaries from this wire version (5.0) on run `$out` and `$merge`. */
const OUTPUT_ON_SECONDARY_FROM_WIRE_VERSION = 13;

export interface AggregateCommandOptions extends CommandFields {
  /** Let the server use files for large stages. */
  readonly allowDiskUse?: boolean | undefined;
  /** Documents per batch, at least 0; not sent with `$out` and `$merge`. */
  readonly batchSize?: number | undefined;
  /** Skip validation rules of the collection that `$out` or `$merge` writes to. */
  readonly bypassDocumentValidation?: boolean | undefined;
  readonly collation?: Document | undefined;
  /** Name or key pattern of the index to use. */
  readonly hint?: string | Document | undefined;
  /** Variables for the expressions of the pipeline. Servers 5.0 and later. */
  readonly let?: Document | undefined;
}

/** Refuses what is no pipeline, and `undefined` values, which would widen a `$match`. */
export const checkPipeline = (pipeline: unknown): void => {
  if (!Array.isArray(pipeline))
    throw new TypeError(`A pipeline must be an array of stages, not ${describe(pipeline)}`);
  rejectUndefined(pipeline, 'pipeline');
};

/** The pipeline's last stage writes its result to a collection. */
export const writesOutput = (pipeline: readonly object[]): boolean => {
  const last = pipeline.at(-1);
  const name = last === undefined ? undefined : firstKey(last);
  return name === '$out' || name === '$merge';
};

/** What a pipeline runs on: a collection, or the database as a whole. */
export interface AggregateTarget {
  readonly database: string;
  readonly collection?: string | undefined;
}

/** The body of `aggregate`, also for `explain`. */
export const aggregateBody = (
  target: AggregateTarget,
  pipeline: readonly object[],
  options: AggregateCommandOptions,
): Record<string, unknown> => {
  const { batchSize } = options;
  const cursor = batchSize === undefined || writesOutput(pipeline) ? {} : { batchSize };
  const body: Record<string, unknown> = { aggregate: target.collection ?? 1, pipeline, cursor };
  putFields(body, options, [
    'allowDiskUse',
    'bypassDocumentValidation',
    'collation',
    'comment',
    'hint',
    'let',
    'maxTimeMS',
  ]);
  return body;
};

const aggregateOperation = <T>(
  source: AggregateTarget,
  pipeline: readonly object[],
  options: AggregateCommandOptions,
  parse: Operation<T>['parse'],
): Operation<T> => {
  const output = writesOutput(pipeline);
  return {
    name: 'aggregate',
    database: source.database,
    collection: source.collection,
    access: 'read',
    // A pipeline that writes is neither a retryable read nor a retryable write.
    retry: output ? 'none' : 'read',
    overloadRetry: output ? 'write' : 'read',
    takesReadConcern: true,
    takesWriteConcern: output,
    readPreferenceFromWireVersion: output ? OUTPUT_ON_SECONDARY_FROM_WIRE_VERSION : undefined,
    build(target) {
      const body = aggregateBody(source, pipeline, options);
      putRawData(body, options, target);
      return { name: 'aggregate', database: source.database, body };
    },
    parse,
  };
};

export const aggregate = (
  source: AggregateTarget,
  pipeline: readonly object[],
  options: AggregateCommandOptions,
): Operation<CursorReply> =>
  aggregateOperation(source, pipeline, options, (reply, target) =>
    parseCursorReply('aggregate', 'firstBatch', reply, target),
  );

/** The first document of the result alone, decoded; `null` where it is empty. */
export const aggregateOne = (
  source: AggregateTarget,
  pipeline: readonly object[],
  options: AggregateCommandOptions,
): Operation<unknown> =>
  aggregateOperation(source, pipeline, options, (reply, target) => {
    const { batch } = parseCursorReply('aggregate', 'firstBatch', reply, target);
    return batch.remaining === 0 ? null : batch.next();
  });
