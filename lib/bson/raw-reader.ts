import { InvalidBSON } from '../core/errors/bson.js';
import { ElementType, FIXED_SIZES } from './element-types.js';

/*
 * Reads single values out of BSON bytes without decoding the rest. Nothing here makes objects of the documents it
 * walks over; bounds are checked, so that truncated or damaged bytes give an `InvalidBSON`.
 */

export interface ElementPosition {
  readonly type: number;
  readonly valueOffset: number;
}

const int32At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

const fault = (message: string, offset: number): never => {
  throw new InvalidBSON(message, { offset });
};

/** The length of the document at an offset, checked against the bytes there are. */
export const documentSize = (bytes: Uint8Array, at: number): number => {
  const size = bytes.length - at < 5 ? -1 : int32At(bytes, at);
  if (size < 5 || size > bytes.length - at) fault('document length is out of bounds', at);
  if (bytes[at + size - 1] !== 0) fault('the document does not end with a zero byte', at + size - 1);
  return size;
};

const cStringEnd = (bytes: Uint8Array, at: number, limit: number): number => {
  const end = bytes.indexOf(0, at);
  if (end < 0 || end >= limit) fault('a key does not end within its document', at);
  return end;
};

const prefixed = (bytes: Uint8Array, at: number, limit: number, extra: number, least: number): number => {
  const length = limit - at < 4 ? -1 : int32At(bytes, at);
  if (length < least || length + extra > limit - at) fault('a length is out of bounds', at);
  return length + extra;
};

/** How many bytes the value of an element takes, none of them beyond `limit`. */
export const valueSize = (bytes: Uint8Array, type: number, at: number, limit: number): number => {
  const fixed = FIXED_SIZES[type];
  if (fixed !== undefined) {
    if (fixed > limit - at) fault('a value reaches beyond the end of its document', at);
    return fixed;
  }
  switch (type) {
    case ElementType.String:
    case ElementType.Code:
    case ElementType.Symbol:
      return prefixed(bytes, at, limit, 4, 1);
    case ElementType.Document:
    case ElementType.Array:
    case ElementType.CodeWithScope:
      return prefixed(bytes, at, limit, 0, 5);
    case ElementType.Binary:
      return prefixed(bytes, at, limit, 5, 0);
    case ElementType.DBPointer:
      return prefixed(bytes, at, limit, 16, 1);
    case ElementType.RegExp:
      return cStringEnd(bytes, cStringEnd(bytes, at, limit) + 1, limit) + 1 - at;
    default:
      return fault(`unknown BSON type 0x${type.toString(16).padStart(2, '0')}`, at);
  }
};

/**
 * Visits the elements of the document at an offset in their order. A visitor that returns `false` ends the walk.
 * The key is the bytes from `keyStart` up to `keyEnd`, where its zero stands.
 */
export const forEachElement = (
  bytes: Uint8Array,
  offset: number,

  visit: (type: number, keyStart: number, keyEnd: number, valueOffset: number) => boolean | void,
): void => {
  const end = offset + documentSize(bytes, offset) - 1;
  let at = offset + 4;
  while (at < end) {
    const type = bytes[at] as number;
    const keyEnd = cStringEnd(bytes, at + 1, end);
    const size = valueSize(bytes, type, keyEnd + 1, end);
    if (visit(type, at + 1, keyEnd, keyEnd + 1) === false) return;
    at = keyEnd + 1 + size;
  }
  if (at !== end) fault('an element reaches beyond the end of its document', at);
};

const isKey = (bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean => {
  if (end - start !== key.length) return false;
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
};

/** The first top-level element of a key, or `undefined`. */
export const findElement = (
  bytes: Uint8Array,
  docOffset: number,
  key: string,
): ElementPosition | undefined => {
  const wanted = Buffer.from(key, 'utf8');
  let found: ElementPosition | undefined;
  forEachElement(bytes, docOffset, (type, keyStart, keyEnd, valueOffset) => {
    if (!isKey(bytes, keyStart, keyEnd, wanted)) return true;
    found = { type, valueOffset };
    return false;
  });
  return found;
};

/** A number of any of BSON's binary numeric types; `undefined` for other types. A 64-bit integer may be rounded. */
export const readNumber = (bytes: Uint8Array, type: number, at: number): number | undefined => {
  switch (type) {
    case ElementType.Int32:
      return int32At(bytes, at);
    case ElementType.Int64:
      return int32At(bytes, at + 4) * 0x1_0000_0000 + (int32At(bytes, at) >>> 0);
    case ElementType.Double:
      return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at, true);
    default:
      return undefined;
  }
};

export const readInt64AsBigint = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(int32At(bytes, at + 4)) << 32n) | BigInt(int32At(bytes, at) >>> 0);

/** The text of a string element. */
export const readString = (bytes: Uint8Array, at: number): string => {
  const size = prefixed(bytes, at, bytes.length, 4, 1);
  return Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, size - 5).toString('utf8');
};

/** The bytes of an embedded document or array, as a view. */
export const readDocumentBytes = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.subarray(at, at + documentSize(bytes, at));
