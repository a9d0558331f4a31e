import { putFields } from './command-fields.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import type { Operation } from './operation.js';

/** Servers from this wire version (4.4) on take a `comment` with getMore. */
const COMMENT_FROM_WIRE_VERSION = 9;

export interface GetMoreOptions {
  readonly batchSize?: number | undefined;
  /** How long the server waits for new documents, sent as `maxTimeMS`; tailable awaitData cursors only. */
  readonly maxAwaitTimeMS?: number | undefined;
  readonly comment?: unknown;
  /** The server waits for new documents before it answers. */
  readonly isAwaiting?: boolean | undefined;
}

/** How long servers wait for new documents where they are not told. */
const DEFAULT_AWAIT_MS = 1_000;

export const getMore = (
  cursorId: bigint,
  { database, collection }: { readonly database: string; readonly collection: string },
  options: GetMoreOptions,
): Operation<CursorReply> => ({
  name: 'getMore',
  database,
  collection,
  access: 'read',
  retry: 'none',
  awaitsMS: options.isAwaiting === true ? (options.maxAwaitTimeMS ?? DEFAULT_AWAIT_MS) : undefined,
  build(target) {
    const body: Record<string, unknown> = { getMore: cursorId, collection };
    // 0 was for an empty first batch only: a getMore without documents would never end.
    if (options.batchSize !== undefined && options.batchSize !== 0) body['batchSize'] = options.batchSize;
    if (options.maxAwaitTimeMS !== undefined) body['maxTimeMS'] = options.maxAwaitTimeMS;
    if (target.limits.maxWireVersion >= COMMENT_FROM_WIRE_VERSION) putFields(body, options, ['comment']);
    return { name: 'getMore', database, body };
  },
  parse: (reply, target) => parseCursorReply('getMore', 'nextBatch', reply, target),
});
