import { findElement, readInt64AsBigint, readNumber, readString } from '../bson/raw-reader.js';
import { InvalidOperation } from '../core/errors/usage.js';
import type { Reply } from '../wire/reply.js';
import { splitNamespace, type Namespace } from './namespace.js';
import type { KeptConnection, ParseTarget } from './operation.js';

/** Documents of one reply, decoded one by one. A document that cannot be decoded throws, and is passed over. */
export interface CursorBatch {
  readonly remaining: number;
  /** Where in the bytes of the reply the document stands that `next` gave last. */
  readonly start: number;
  next(): unknown;
}

export const EMPTY_BATCH: CursorBatch = Object.freeze({
  remaining: 0,
  start: 0,
  next: () => undefined,
});

/** A batch of a server cursor. */
export interface CursorReply {
  /** 0 once the server has no more. */
  readonly cursorId: bigint;
  /** What `getMore` and `killCursors` name: `database.collection` as the server reports it. */
  readonly namespace: string;
  /** The server that holds the cursor. */
  readonly address: string;
  readonly batch: CursorBatch;
  /** The connection that leads to that server, where it stays with the cursor: whoever ends the cursor releases it. */
  readonly connection: KeptConnection | undefined;
  /** For what only some cursors read; without one for an unacknowledged command. */
  readonly reply: Reply | undefined;
  /** Wire version of the server that answered. */
  readonly maxWireVersion: number;
}

const INT64 = 0x12;

type Element = NonNullable<ReturnType<typeof findElement>>;

const idAt = (cursor: Uint8Array, { type, valueOffset }: Element): bigint =>
  type === INT64
    ? readInt64AsBigint(cursor, valueOffset)
    : BigInt(readNumber(cursor, type, valueOffset) ?? 0);

/** A cursor that a server keeps, by the names that killCursors takes. */
export interface OpenedCursor extends Namespace {
  readonly id: bigint;
}

/** The cursor that the server keeps for the rest of the documents; `undefined` where there are no more. */
export const openedCursor = (reply: Reply): OpenedCursor | undefined => {
  const cursor = reply.getDocumentBytes('cursor');
  const id = cursor && findElement(cursor, 0, 'id');
  const ns = cursor && findElement(cursor, 0, 'ns');
  if (cursor === undefined || id === undefined || ns === undefined) return undefined;
  const cursorId = idAt(cursor, id);
  return cursorId === 0n
    ? undefined
    : { id: cursorId, ...splitNamespace(readString(cursor, ns.valueOffset)) };
};

/**
 * Reads `cursor` of a reply; the documents stay undecoded until they are asked for. Without a reply (an unacknowledged
 * `$out` or `$merge`) there are none.
 */
export const parseCursorReply = (
  command: string,
  field: 'firstBatch' | 'nextBatch',
  reply: Reply | undefined,
  target: ParseTarget,
): CursorReply => {
  const { address, connection } = target;
  const { maxWireVersion } = target.limits;
  if (reply === undefined)
    return { cursorId: 0n, namespace: '', address, connection, batch: EMPTY_BATCH, reply, maxWireVersion };
  const cursor = reply.getDocumentBytes('cursor');
  const batch = reply.cursorBatch(field, target.codecOptions);
  const id = cursor && findElement(cursor, 0, 'id');
  if (cursor === undefined || batch === undefined || id === undefined) {
    throw new InvalidOperation(`The server's reply to ${command} holds no cursor`);
  }
  const ns = findElement(cursor, 0, 'ns');
  return {
    cursorId: idAt(cursor, id),
    namespace: ns === undefined ? '' : readString(cursor, ns.valueOffset),
    address,
    connection,
    batch,
    reply,
    maxWireVersion,
  };
};
