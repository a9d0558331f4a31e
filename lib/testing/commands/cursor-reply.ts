import { RawDocument } from '../net/raw-document.js';
import { encodeDoc } from '../query/bson-writer.js';
import type { Doc } from '../query/value.js';
import { IterableSource, MAX_BATCH_BYTES, type Cursor, type DocumentSource } from '../store/cursor.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { rawOf } from '../store/read-documents.js';
import { CommandError } from '../command-error.js';
import { typeName } from '../query/bson-type.js';
import { isDoc } from '../query/value.js';
import type { Reply } from './command.js';
import { countField } from './command-fields.js';
import type { CommandContext } from './context.js';

/** Documents in a first batch when the client names no size. */
export const DEFAULT_BATCH = 101;

export interface CursorRequest {
  readonly namespace: string;
  readonly source: DocumentSource;
  /** Documents in the first batch. */
  readonly batchSize: number | undefined;
  readonly command: string;
  /** The first batch is all. */
  readonly single?: boolean;
  readonly tailable?: boolean;
  readonly awaitData?: boolean;
  readonly noTimeout?: boolean;
  /** The cursor dies with it. */
  readonly collection?: CollectionAccess | undefined;
}

/** Opens a cursor and answers its first batch; the cursor is kept only while there may be more. */
export const firstBatch = (context: CommandContext, request: CursorRequest): Reply => {
  const { namespace, tailable = false, collection } = request;
  const cursor: Cursor = context.cursors.make({
    namespace,
    source: request.source,
    tailable,
    awaitData: request.awaitData ?? false,
    noTimeout: request.noTimeout ?? false,
    collection,
    session: context.session?.key,
    transaction: context.transaction,
    atClusterTime: context.transaction === undefined ? context.view?.snapshot.time : undefined,
    command: request.command,
  });
  const batch = cursor.take({ documents: request.batchSize ?? DEFAULT_BATCH, bytes: MAX_BATCH_BYTES });
  const short = batch.length < (request.batchSize ?? DEFAULT_BATCH);
  // A tailable cursor on an empty collection is dead from the start (server: shouldSaveCursor in find_common).
  // A change stream is no such cursor: it waits for what comes, whether there is a collection or not.
  const follows = tailable && collection !== undefined;
  const open = follows ? collection.records.size > 0 : !cursor.exhausted;
  const kept = open && request.single !== true && (tailable || !short || !cursor.exhausted);
  if (kept) context.cursors.keep(cursor);
  const { id, atClusterTime, postBatchResumeToken } = cursor;
  return {
    cursor: { firstBatch: batch, postBatchResumeToken, id: kept ? id : 0n, ns: namespace, atClusterTime },
  };
};

/** A document as bytes: the stored ones where nothing changed it. */
export const toRaw = (doc: Doc): RawDocument => rawOf(doc) ?? new RawDocument(encodeDoc(doc), doc);

export const encodeAll = function* (docs: Iterable<Doc>): Iterable<RawDocument> {
  for (const doc of docs) yield toRaw(doc);
};

/** `cursor: {batchSize}` of list commands and aggregate. */
export const cursorBatchSize = (command: string, body: Doc): number | undefined => {
  const options = body.get('cursor');
  if (options === undefined || options === null) return undefined;
  if (!isDoc(options)) {
    throw new CommandError(
      'TypeMismatch',
      `BSON field '${command}.cursor' is the wrong type '${typeName(options)}', expected type 'object'`,
    );
  }
  return countField(`${command}.cursor`, options, 'batchSize');
};

/** The cursor of a command that lists something: the whole list is there at once. */
export const listReply = (
  context: CommandContext,
  command: string,
  namespace: string,
  body: Doc,
  docs: readonly Doc[],
): Reply =>
  firstBatch(context, {
    namespace,
    command,
    source: new IterableSource(docs.map(toRaw)),
    batchSize: cursorBatchSize(command, body) ?? Infinity,
  });
