import { BSONRegExp, BSONSymbol, Code, DBRef, Double, Int32, MaxKey, MinKey } from 'bson';
import { InvalidBSON } from '../core/errors/bson.js';
import { DBPointer } from './db-pointer.js';
import type { DecodePlan } from './decode-plan.js';
import { defineField } from './document.js';
import { ElementType, MAX_DEPTH } from './element-types.js';
import { readKey } from './key-cache.js';
import type { Source } from './source.js';
import { readText } from './text-reader.js';
import {
  readBinary,
  readDate,
  readDecimal128,
  readInt64,
  readObjectId,
  readTimestamp,
} from './value-readers.js';

/*
 * Decodes any document in one pass, with every option. Nothing is read outside `limit`, the end of the surrounding
 * document, whatever the lengths inside say. Errors know their offset only; the caller adds path and `_id`.
 */

export const fault = (message: string, offset: number): never => {
  throw new InvalidBSON(message, { offset });
};

/** Checks the frame of a document at `at` and returns the position of its closing zero. */
export const documentEnd = (source: Source, at: number, limit: number): number => {
  if (limit - at < 5) fault('a document has at least 5 bytes', at);
  const size = source.view.getInt32(at, true);
  if (size < 5 || size > limit - at) fault(`document length ${String(size)} is out of bounds`, at);
  const end = at + size - 1;
  if (source.bytes[end] !== 0) fault('the document does not end with a zero byte', end);
  return end;
};

/** Reads a document and sets the position behind it. */
export const readDocument = (
  source: Source,
  plan: DecodePlan,
  at: number,
  limit: number,
  depth: number,
): object => {
  const end = documentEnd(source, at, limit);
  if (depth > MAX_DEPTH) fault(`nested deeper than ${String(MAX_DEPTH)} levels`, at);
  const document = plan.mapClass === undefined ? {} : new plan.mapClass();
  readFields(source, plan, document, at + 4, end, depth);
  return document;
};

/** Reads the elements up to the closing zero at `end` into a document and sets the position behind it. */
export const readFields = (
  source: Source,
  plan: DecodePlan,
  document: object,
  start: number,
  end: number,
  depth: number,
): void => {
  let position = start;
  while (position < end) {
    const type = source.bytes[position] as number;
    const key = readKey(source, plan, position + 1, end);
    const value = readValue(source, plan, type, source.position, end, depth);
    ({ position } = source);
    if (plan.mapClass === undefined) defineField(document, key, value);
    else (document as Map<string, unknown>).set(key, value);
  }
  if (position !== end) fault('an element reaches beyond the end of its document', position);
  source.position = end + 1;
};

/** The position behind the key at a position; it must end before `limit`. */
export const skipKey = (bytes: Uint8Array, start: number, limit: number): number => {
  let at = start;
  while (bytes[at] !== 0) if (++at >= limit) fault('a key does not end within its array', start);
  return at === limit ? fault('a key does not end within its array', start) : at + 1;
};

/** Reads an array; its keys are not looked at (they "may be anything", BSON corpus, array.json). */
export const readArray = (
  source: Source,
  plan: DecodePlan,
  at: number,
  limit: number,
  depth: number,
): unknown[] => {
  const end = documentEnd(source, at, limit);
  if (depth > MAX_DEPTH) fault(`nested deeper than ${String(MAX_DEPTH)} levels`, at);
  const items: unknown[] = [];
  let position = at + 4;
  while (position < end) {
    const type = source.bytes[position] as number;
    items.push(readValue(source, plan, type, skipKey(source.bytes, position + 1, end), end, depth));
    ({ position } = source);
  }
  if (position !== end) fault('an element reaches beyond the end of its array', position);
  source.position = end + 1;
  return items;
};

/** Reads the value of an element and sets the position behind it. */
export const readValue = (
  source: Source,
  plan: DecodePlan,
  type: number,
  at: number,
  limit: number,
  depth: number,
): unknown => {
  const value = readBuiltIn(source, plan, type, at, limit, depth);
  if (!plan.transforms) return value;
  const transform = plan.options.typeRegistry.decoderFor(value);
  return transform === undefined ? value : transform(value);
};

const readBuiltIn = (
  source: Source,
  plan: DecodePlan,
  type: number,
  at: number,
  limit: number,
  depth: number,
): unknown => {
  switch (type) {
    case ElementType.String:
      return readString(source, plan, at, limit);
    case ElementType.Int32: {
      take(source, at, 4, limit);
      const number = source.view.getInt32(at, true);
      return plan.plainNumbers ? number : new Int32(number);
    }
    case ElementType.Document: {
      const document = readDocument(source, plan, at, limit, depth + 1);
      return plan.mapClass === undefined
        ? asDbRef(document as Fields)
        : asOrderedDbRef(document as Map<string, unknown>);
    }
    case ElementType.Array:
      return readArray(source, plan, at, limit, depth + 1);
    case ElementType.ObjectId:
      take(source, at, 12, limit);
      return readObjectId(source, at);
    case ElementType.Boolean: {
      take(source, at, 1, limit);
      const byte = source.bytes[at] as number;
      if (byte > 1) fault(`a boolean is 0 or 1, not ${String(byte)}`, at);
      return byte === 1;
    }
    case ElementType.Null:
    // The deprecated type "undefined": as null it is kept when the document is written back (BSON corpus, undefined.json).
    case ElementType.Undefined:
      take(source, at, 0, limit);
      return null;
    case ElementType.Double: {
      take(source, at, 8, limit);
      const number = source.view.getFloat64(at, true);
      return plan.plainNumbers ? number : new Double(number);
    }
    case ElementType.Date:
      take(source, at, 8, limit);
      return readDate(source, plan, at);
    case ElementType.Int64:
      take(source, at, 8, limit);
      return readInt64(source, plan, at);
    case ElementType.Binary:
      return readBinary(source, plan, at, limit);
    default:
      return readRare(source, plan, type, at, limit, depth);
  }
};

const readRare = (
  source: Source,
  plan: DecodePlan,
  type: number,
  at: number,
  limit: number,
  depth: number,
): unknown => {
  switch (type) {
    case ElementType.Timestamp:
      take(source, at, 8, limit);
      return readTimestamp(source, at);
    case ElementType.Decimal128:
      take(source, at, 16, limit);
      return readDecimal128(source, at);
    case ElementType.RegExp: {
      const pattern = readKey(source, plan, at, limit);
      return regExpOf(pattern, readKey(source, plan, source.position, limit));
    }
    case ElementType.Symbol:
      return new BSONSymbol(readString(source, plan, at, limit));
    case ElementType.Code:
      return new Code(readString(source, plan, at, limit));
    case ElementType.CodeWithScope:
      return readCodeWithScope(source, plan, at, limit, depth);
    case ElementType.DBPointer: {
      const namespace = readString(source, plan, at, limit);
      const idAt = source.position;
      take(source, idAt, 12, limit);
      return new DBPointer(namespace, readObjectId(source, idAt));
    }
    case ElementType.MinKey:
      take(source, at, 0, limit);
      return new MinKey();
    case ElementType.MaxKey:
      take(source, at, 0, limit);
      return new MaxKey();
    default:
      return fault(`unknown BSON type 0x${type.toString(16).padStart(2, '0')}`, at);
  }
};

/** Options are set behind the constructor's back, which refuses those that it does not know: a stored value is what it is. */
const regExpOf = (pattern: string, options: string): BSONRegExp => {
  const value = new BSONRegExp(pattern);
  value.options = [...options].sort().join('');
  return value;
};

const take = (source: Source, at: number, size: number, limit: number): void => {
  if (at + size > limit) fault('a value reaches beyond the end of its document', at);
  source.position = at + size;
};

/** Reads a string value and sets the position behind it. */
export const readString = (source: Source, plan: DecodePlan, at: number, limit: number): string => {
  const length = limit - at < 5 ? 0 : source.view.getInt32(at, true);
  const end = at + 4 + length - 1;
  if (length < 1 || end >= limit) fault(`string length ${String(length)} is out of bounds`, at);
  if (source.bytes[end] !== 0) fault('the string does not end with a zero byte', end);
  source.position = end + 1;
  return readText(source, plan, at + 4, end);
};

const readCodeWithScope = (
  source: Source,
  plan: DecodePlan,
  at: number,
  limit: number,
  depth: number,
): Code => {
  const size = limit - at < 14 ? 0 : source.view.getInt32(at, true);
  const end = at + size;
  if (size < 14 || end > limit) fault('the length of code with scope is out of bounds', at);
  const code = readString(source, plan, at + 4, end);
  const scope = readDocument(source, plan, source.position, end, depth + 1);
  if (source.position !== end) fault('code with scope does not end where its length says', source.position);
  return new Code(code, scope as never);
};

export type Fields = Record<string, unknown>;

const isReference = (keys: readonly string[], ref: unknown, database: unknown): boolean =>
  keys[0] === '$ref' &&
  keys[1] === '$id' &&
  typeof ref === 'string' &&
  keys.every((key, index) => index < 2 || !key.startsWith('$') || (key === '$db' && index === 2)) &&
  (keys[2] !== '$db' || typeof database === 'string');

/**
 * An embedded document that follows the DBRef convention, in its order. Others stay documents: a `DBRef` would write
 * them back in another order.
 */
export const asDbRef = (document: Fields): object => {
  if (!('$ref' in document)) return document;
  const { $ref: ref, $id: id, $db: database, ...rest } = document;
  if (id === null || !isReference(Object.keys(document), ref, database)) return document;
  return new DBRef(ref as string, id as never, database as string | undefined, rest);
};

const asOrderedDbRef = (document: Map<string, unknown>): unknown => {
  const ref = document.get('$ref');
  if (ref === undefined || typeof document.keys !== 'function') return document;
  const keys = [...document.keys()];
  const database = document.get('$db');
  const id = document.get('$id');
  if (id === null || !isReference(keys, ref, database)) return document;
  const rest: Fields = {};
  for (const key of keys) if (!key.startsWith('$')) defineField(rest, key, document.get(key));
  return new DBRef(ref as string, id as never, database as string | undefined, rest);
};
