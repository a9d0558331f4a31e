import { decodeDocument } from '../bson/decoder.js';
import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { requireDocument } from './document-shape.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import { putSort, type Sort } from './sort.js';
import { refuseUnacknowledgedHint } from './unacknowledged-hint.js';

export interface FindAndModifyOptions extends CommandFields {
  readonly collation?: Document | undefined;
  /** Name or key pattern of the index to use. Servers 4.4 and later. */
  readonly hint?: string | Document | undefined;
  /** Variables for aggregation expressions. Servers 5.0 and later. */
  readonly let?: Document | undefined;
  /** Which fields of the document to return. */
  readonly projection?: Document | undefined;
  /** Which of several matching documents is taken. */
  readonly sort?: Sort | undefined;
}

/** Options of the two forms that change a document. */
export interface FindAndUpdateOptions extends FindAndModifyOptions {
  readonly arrayFilters?: readonly Document[] | undefined;
  /** Skip the collection's validation rules. */
  readonly bypassDocumentValidation?: boolean | undefined;
  /** Return the document as it was (`before`, the default) or as it became. */
  readonly returnDocument?: 'before' | 'after' | undefined;
  /** Insert a document where nothing matches. */
  readonly upsert?: boolean | undefined;
}

/** What happens to the document. */
export type Modification = { readonly remove: true } | { readonly update: object };

const isNew = (returnDocument: unknown): boolean | undefined => {
  if (returnDocument === undefined) return undefined;
  if (returnDocument === 'before') return false;
  if (returnDocument === 'after') return true;
  throw new TypeError("returnDocument must be 'before' or 'after'");
};

export const findAndModify = (
  namespace: Namespace,
  filter: object,
  modification: Modification,
  options: FindAndUpdateOptions,
): Operation<unknown> => {
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  if (options.arrayFilters !== undefined) rejectUndefined(options.arrayFilters, 'arrayFilters');
  const returnNew = isNew(options.returnDocument);
  return {
    name: 'findAndModify',
    database: namespace.database,
    collection: namespace.collection,
    access: 'write',
    retry: 'write',
    takesWriteConcern: true,
    check(target) {
      if (options.hint !== undefined) refuseUnacknowledgedHint('findAndModify', target);
    },
    build(target) {
      const body: Record<string, unknown> = {
        findAndModify: namespace.collection,
        query: filter,
        ...modification,
      };
      if (returnNew !== undefined) body['new'] = returnNew;
      putSort(body, options.sort);
      if (options.projection !== undefined) body['fields'] = options.projection;
      putFields(body, options, [
        'arrayFilters',
        'bypassDocumentValidation',
        'collation',
        'comment',
        'hint',
        'let',
        'maxTimeMS',
        'upsert',
      ]);
      putRawData(body, options, target);
      return { name: 'findAndModify', database: namespace.database, body };
    },
    parse(reply, target) {
      const value = reply?.getDocumentBytes('value');
      return value === undefined ? null : decodeDocument(value, target.codecOptions);
    },
  };
};
