import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { aggregateOne } from './aggregate.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { fieldOf, requireDocument } from './document-shape.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface CountOptions extends CommandFields {
  readonly collation?: Document | undefined;
  /** Name or key pattern of the index to use. */
  readonly hint?: string | Document | undefined;
  /** Count at most this many. */
  readonly limit?: number | undefined;
  /** Leave this many out. */
  readonly skip?: number | undefined;
}

/** The `count` command: exact with a filter, from the collection's metadata without one. */
export const count = (
  namespace: Namespace,
  filter: object | undefined,
  options: CountOptions,
): Operation<number> => {
  if (filter !== undefined) {
    requireDocument(filter, 'A filter');
    rejectUndefined(filter, 'filter');
  }
  return {
    name: 'count',
    database: namespace.database,
    collection: namespace.collection,
    access: 'read',
    retry: 'read',
    takesReadConcern: true,
    build(target) {
      const body: Record<string, unknown> = { count: namespace.collection };
      if (filter !== undefined) body['query'] = filter;
      putFields(body, options, ['collation', 'comment', 'hint', 'limit', 'maxTimeMS', 'skip']);
      putRawData(body, options, target);
      return { name: 'count', database: namespace.database, body };
    },
    parse: (reply) => reply?.getNumber('n') ?? 0,
  };
};

/** Counts by an aggregation (CRUD specification, "Count API Details"). */
export const countDocuments = (
  namespace: Namespace,
  filter: object,
  options: CountOptions,
): Operation<number> => {
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  const { limit, skip, ...rest } = options;
  const pipeline: object[] = [{ $match: filter }];
  if (skip !== undefined) pipeline.push({ $skip: skip });
  if (limit !== undefined) pipeline.push({ $limit: limit });
  pipeline.push({ $group: { _id: 1, n: { $sum: 1 } } });
  const operation = aggregateOne(namespace, pipeline, rest);
  return {
    ...operation,
    parse: (reply, target) => Number(fieldOf(operation.parse(reply, target), 'n') ?? 0),
  };
};
