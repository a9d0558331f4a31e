import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import { requireDocument } from './document-shape.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import { putSort, type Sort } from './sort.js';

export interface FindCommandOptions extends CommandFields {
  /** Documents per batch, at least 0; the server's default is 101 and then as many as fit in 16 MiB. */
  readonly batchSize?: number | undefined;
  /** At most this many documents; 0 means all. A negative number asks for its absolute value in a single batch. */
  readonly limit?: number | undefined;
  readonly skip?: number | undefined;
  /** `{field: 1}`, a field, or `[field, direction]` pairs. */
  readonly sort?: Sort | undefined;
  /** Which fields to return: `1`/`true`, `0`/`false` or an expression per field. */
  readonly projection?: Document | undefined;
  /** Name or key pattern of the index to use. */
  readonly hint?: string | Document | undefined;
  readonly collation?: Document | undefined;
  /** Variables for aggregation expressions in the filter. Servers 5.0 and later. */
  readonly let?: Document | undefined;
  /** Exclusive upper bound of the index scan; needs `hint`. */
  readonly max?: Document | undefined;
  /** Inclusive lower bound of the index scan; needs `hint`. */
  readonly min?: Document | undefined;
  /** Return only the index keys. */
  readonly returnKey?: boolean | undefined;
  /** Add `$recordId` to each document. */
  readonly showRecordId?: boolean | undefined;
  /** Keep the cursor open at the end of a capped collection. */
  readonly tailable?: boolean | undefined;
  /** With `tailable`: the server waits a moment for new documents before it answers with an empty batch. */
  readonly awaitData?: boolean | undefined;
  /** Switch the server's idle time-out of this cursor off (about 10 minutes). A duration cannot be given. */
  readonly noCursorTimeout?: boolean | undefined;
  /** Routers: return what reachable shards have instead of an error. */
  readonly allowPartialResults?: boolean | undefined;
  /** Let the server use files for a large sort. Servers 4.4 and later. */
  readonly allowDiskUse?: boolean | undefined;
}

const FIELDS = [
  'projection',
  'hint',
  'skip',
  'comment',
  'maxTimeMS',
  'max',
  'min',
  'returnKey',
  'showRecordId',
  'tailable',
  'awaitData',
  'noCursorTimeout',
  'allowPartialResults',
  'allowDiskUse',
  'collation',
  'let',
] as const satisfies readonly (keyof FindCommandOptions)[];

/**
 * `limit` and `batchSize` as the server takes them (find, getMore and killCursors specification, "Combining limit and
 * batchSize for the find command"): a batch as large as the limit would leave a cursor open with nothing in it, so it
 * is asked for one more.
 */
const putLimit = (body: Record<string, unknown>, { limit, batchSize }: FindCommandOptions): void => {
  if (limit !== undefined && limit !== 0) body['limit'] = Math.abs(limit);
  if (limit !== undefined && limit < 0) body['singleBatch'] = true;
  if (batchSize !== undefined)
    body['batchSize'] = batchSize === limit && limit > 0 ? batchSize + 1 : batchSize;
};

const requireInteger = (value: unknown, name: string, minimum: number): void => {
  if (value === undefined) return;
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer`);
  if ((value as number) < minimum) throw new RangeError(`${name} must be at least ${String(minimum)}`);
};

/** Refuses what no server takes, at the moment of the call. */
export const checkFind = (filter: unknown, options: FindCommandOptions): void => {
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  requireInteger(options.batchSize, 'batchSize', 0);
  requireInteger(options.skip, 'skip', 0);
  requireInteger(options.limit, 'limit', -Infinity);
  if (options.noCursorTimeout !== undefined && typeof options.noCursorTimeout !== 'boolean') {
    throw new TypeError('noCursorTimeout must be a boolean: the server takes no duration');
  }
};

/** The body of `find`, also for `explain`. */
export const findBody = (
  namespace: Namespace,
  filter: object,
  options: FindCommandOptions,
): Record<string, unknown> => {
  const body: Record<string, unknown> = { find: namespace.collection, filter };
  putSort(body, options.sort);
  putLimit(body, options);
  putFields(body, options, FIELDS);
  return body;
};

const findOperation = <T>(
  namespace: Namespace,
  filter: object,
  options: FindCommandOptions,
  parse: Operation<T>['parse'],
): Operation<T> => ({
  name: 'find',
  database: namespace.database,
  collection: namespace.collection,
  access: 'read',
  retry: 'read',
  takesReadConcern: true,
  build(target) {
    const body = findBody(namespace, filter, options);
    putRawData(body, options, target);
    return { name: 'find', database: namespace.database, body };
  },
  parse,
});

export const find = (
  namespace: Namespace,
  filter: object,
  options: FindCommandOptions,
): Operation<CursorReply> =>
  findOperation(namespace, filter, options, (reply, target) =>
    parseCursorReply('find', 'firstBatch', reply, target),
  );

/** The first match, or `null`: a single batch, so that no cursor stays behind. */
export const findOne = (
  namespace: Namespace,
  filter: object,
  options: FindCommandOptions,
): Operation<unknown> =>
  findOperation(namespace, filter, { ...options, limit: -1, batchSize: undefined }, (reply, target) => {
    const { batch } = parseCursorReply('find', 'firstBatch', reply, target);
    return batch.remaining === 0 ? null : batch.next();
  });
