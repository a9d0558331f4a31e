import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Evaluation } from '../query/evaluation.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from './collection-access.js';
import { findRecords } from './find-records.js';
import type { WriteContext } from './write-context.js';

export interface DeleteStatement {
  readonly filter: Doc;
  /** The first match alone. */
  readonly single: boolean;
  readonly evaluation: Evaluation;
  readonly hint: Value | undefined;
  readonly sort?: Doc | undefined;
}

/** Runs one delete statement; answers the documents that went. */
export const deleteDocuments = (
  collection: CollectionAccess,
  statement: DeleteStatement,
  context: WriteContext,
): readonly RawDocument[] => {
  const { filter, single, evaluation, hint, sort } = statement;
  if (collection.capped !== undefined && !context.store.version.has('cappedDeletes')) {
    throw new CommandError(
      'IllegalOperation',
      `cannot remove from a capped collection: ${collection.namespace}`,
    );
  }
  const query = { collection, filter, evaluation, hint, sort, check: () => context.check() };
  const found = [...findRecords(single ? { ...query, limit: 1 } : query)];
  collection.assertWritable(found);
  for (const { record } of found) collection.remove(record);
  return found.map(({ raw }) => raw);
};
