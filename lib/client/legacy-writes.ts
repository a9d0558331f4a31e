import type { Document } from '../bson/document.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { fieldOf, firstKey } from '../operations/document-shape.js';
import type { AsyncCollection } from './async-collection.js';
import type { WriteOptions } from './operation-options.js';

/**
 * The four write helpers of drivers before 3.0, for programs that move over step by step. Like their successors they
 * resolve when the server has acknowledged the write, unless `w: 0` or `safe: false` is given.
 */
export type LegacyWriteOptions = WriteOptions;

/** What `update` and `remove` resolve to: the fields of the server's old `getLastError` reply. */
export interface LegacyWriteResult {
  readonly ok: 1;
  /** Documents that matched or were upserted or removed; absent without acknowledgement. */
  readonly n?: number;
  /** Whether `update` found a document. */
  readonly updatedExisting?: boolean;
  readonly nModified?: number;
  /** `_id` of the document that an upsert made. */
  readonly upserted?: unknown;
}

/** Inserts a document, or several in one go. Resolves to its `_id`, or to the list of theirs. Use `insertOne`, `insertMany`. */
export const insert = async (
  collection: AsyncCollection,
  documents: Document | readonly Document[],
  options: LegacyWriteOptions & {
    /** Go on behind a document that fails. */
    readonly continueOnError?: boolean | undefined;
  } = {},
): Promise<unknown> => {
  const { continueOnError = false, ...others } = options;
  if (!Array.isArray(documents)) return (await collection.insertOne(documents, others)).insertedId;
  const { insertedIds } = await collection.insertMany(documents as Document[], {
    ...others,
    ordered: !continueOnError,
  });
  return Object.values(insertedIds);
};

/**
 * Changes the first match, or all of them with `multi`; a document without operators replaces the match. Use
 * `updateOne`, `updateMany`, `replaceOne`.
 */
export const update = async (
  collection: AsyncCollection,
  filter: Document,
  change: Document,
  options: LegacyWriteOptions & {
    readonly upsert?: boolean | undefined;
    readonly multi?: boolean | undefined;
  } = {},
): Promise<LegacyWriteResult> => {
  const { multi = false, ...others } = options;
  const replaces = firstKey(change)?.startsWith('$') !== true;
  if (replaces && multi) throw new ConfigurationError('multi works with update operators only');
  const method = replaces ? 'replaceOne' : multi ? 'updateMany' : 'updateOne';
  const result = await collection[method](filter, change, others);
  if (!result.acknowledged) return { ok: 1 };
  const { matchedCount, modifiedCount, upsertedId } = result;
  const wasUpserted = upsertedId !== null;
  return {
    ok: 1,
    n: wasUpserted ? 1 : matchedCount,
    updatedExisting: matchedCount > 0,
    nModified: modifiedCount,
    ...(wasUpserted && { upserted: upsertedId }),
  };
};

/** Inserts a document without `_id`, replaces the one with the same `_id` otherwise. Resolves to its `_id`. */
export const save = async (
  collection: AsyncCollection,
  document: Document,
  options: LegacyWriteOptions = {},
): Promise<unknown> => {
  const id: unknown = fieldOf(document, '_id');
  if (id === undefined) return (await collection.insertOne(document, options)).insertedId;
  await collection.replaceOne({ _id: id }, document, { ...options, upsert: true });
  return id;
};

/** Removes all matches, or with `multi: false` the first one; `{}` removes everything. Use `deleteOne`, `deleteMany`. */
export const remove = async (
  collection: AsyncCollection,
  filter: Document,
  options: LegacyWriteOptions & { readonly multi?: boolean | undefined } = {},
): Promise<LegacyWriteResult> => {
  const { multi = true, ...others } = options;
  const result = await collection[multi ? 'deleteMany' : 'deleteOne'](filter, others);
  return result.acknowledged ? { ok: 1, n: result.deletedCount } : { ok: 1 };
};
