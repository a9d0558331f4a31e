import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { fieldOf, requireDocument } from './document-shape.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface DistinctOptions extends CommandFields {
  readonly collation?: Document | undefined;
  /** Name or key pattern of the index to use. Servers 7.1 and later. */
  readonly hint?: string | Document | undefined;
}

export const distinct = (
  namespace: Namespace,
  key: string,
  filter: object,
  options: DistinctOptions,
): Operation<readonly unknown[]> => {
  if (typeof key !== 'string') throw new TypeError('distinct takes the name of a field');
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  return {
    name: 'distinct',
    database: namespace.database,
    collection: namespace.collection,
    access: 'read',
    retry: 'read',
    takesReadConcern: true,
    build(target) {
      const body: Record<string, unknown> = { distinct: namespace.collection, key, query: filter };
      putFields(body, options, ['collation', 'comment', 'hint', 'maxTimeMS']);
      putRawData(body, options, target);
      return { name: 'distinct', database: namespace.database, body };
    },
    parse: (reply, target) =>
      (fieldOf(reply?.decode(target.codecOptions), 'values') ?? []) as readonly unknown[],
  };
};
