import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { equal } from '../query/bson-order.js';
import { encodeDoc } from '../query/bson-writer.js';
import type { Evaluation } from '../query/evaluation.js';
import { docText } from '../query/text.js';
import type { Update } from '../query/update/update.js';
import { documentFromFilter, idFromFilter } from '../query/update/upsert.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from './collection-access.js';
import { findRecords, type FoundRecord } from './find-records.js';
import { checkId, MAX_DOCUMENT_BYTES } from './insert-document.js';
import { insertDocument, type WriteContext } from './write-context.js';

export interface UpdateStatement {
  readonly filter: Doc;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly evaluation: Evaluation;
  readonly hint: Value | undefined;
  readonly sort: Doc | undefined;
}

export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  readonly upserted: { readonly id: Value } | undefined;
  /** The last document that was matched, and what it became; the inserted one of an upsert. */
  readonly before: RawDocument | undefined;
  readonly after: RawDocument | undefined;
}

const immutableId = (update: Update, id: Value): CommandError =>
  new CommandError(
    'ImmutableField',
    update.kind === 'operators'
      ? "Performing an update on the path '_id' would modify the immutable field '_id'"
      : `After applying the update, the (immutable) field '_id' was found to have been altered to ${docText([['_id', id]]).slice(2, -2)}`,
  );

/** The updated document with its old `_id` in front; a changed `_id` is refused. */
const keepId = (after: Doc, id: Value | undefined, update: Update): Doc => {
  const found = after.get('_id');
  if (id === undefined) return after;
  if (found === undefined) {
    if (update.kind === 'operators') throw immutableId(update, null);
    return new Map([['_id', id], ...after]);
  }
  if (!equal(found, id)) throw immutableId(update, found);
  const [first] = after.keys();
  return first === '_id' ? after : new Map([['_id', found], ...after]);
};

const encodeUpdated = (doc: Doc): Buffer => {
  const bytes = encodeDoc(doc);
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(17419, `Resulting document after update is larger than ${MAX_DOCUMENT_BYTES}`);
  }
  return bytes;
};

/** Updates one record; undefined where nothing changed. */
const updateRecord = (
  collection: CollectionAccess,
  { record, raw, details }: FoundRecord,
  update: Update,
  context: WriteContext,
): RawDocument | undefined => {
  const before = raw.doc;
  const id = before.get('_id');
  const changed = update.apply(before, details, false);
  if (changed === before) return undefined;
  const doc = keepId(changed, id, update);
  const bytes = encodeUpdated(doc);
  if (bytes.equals(raw.bytes)) return undefined;
  if (!context.bypassValidation) collection.validator?.check(doc, before);
  const after = new RawDocument(bytes, doc);
  collection.update(record, after, id ?? null, {
    replacement: update.kind === 'replacement',
    paths: update.paths,
  });
  return after;
};

/** The document that an upsert inserts. */
const documentToInsert = (statement: UpdateStatement, context: WriteContext): Doc => {
  const { update, filter } = statement;
  if (update.kind === 'replacement') {
    const id = idFromFilter(filter);
    const base: Doc = id === undefined ? new Map() : new Map([['_id', id]]);
    return keepId(update.apply(base, undefined, true), id, update);
  }
  const base = documentFromFilter(filter);
  const id = base.get('_id');
  const doc = keepId(update.apply(base, undefined, true), id, update);
  return doc.has('_id') ? doc : new Map([['_id', context.store.objectIds.next()], ...doc]);
};

const upsert = (
  collection: CollectionAccess,
  statement: UpdateStatement,
  context: WriteContext,
): UpdateOutcome => {
  const doc = documentToInsert(statement, context);
  const given = doc.get('_id');
  if (given !== undefined) checkId(given);
  const { id, raw } = insertDocument(collection, encodeUpdated(doc), context);
  return { matched: 0, modified: 0, upserted: { id }, before: undefined, after: raw };
};

/** Runs one update statement. */
export const updateDocuments = (
  collection: CollectionAccess,
  statement: UpdateStatement,
  context: WriteContext,
): UpdateOutcome => {
  const { filter, update, multi, evaluation, hint, sort } = statement;
  if (multi && update.kind === 'replacement') {
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  // All matches are found first: a document that an update moves is not met again.
  const query = { collection, filter, evaluation, hint, sort, check: () => context.check() };
  const found = [...findRecords(multi ? query : { ...query, limit: 1 })];
  collection.assertWritable(found);
  if (found.length === 0 && statement.upsert) return upsert(collection, statement, context);
  let modified = 0;
  let before: RawDocument | undefined;
  let after: RawDocument | undefined;
  for (const match of found) {
    before = match.raw;
    const changed = updateRecord(collection, match, update, context);
    after = changed ?? match.raw;
    if (changed !== undefined) modified += 1;
  }
  return { matched: found.length, modified, upserted: undefined, before, after };
};
