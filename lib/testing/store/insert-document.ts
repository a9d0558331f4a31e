import type { ObjectId, Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { decodeValue, validateBson, walkDocument } from '../query/bson-reader.js';
import { typeName } from '../query/bson-type.js';
import { isDoc, type Value } from '../query/value.js';

/** The most bytes a document may have: maxBsonObjectSize of hello. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

export interface InsertRules {
  /** Since 5.0: top-level names may start with `$`. */
  readonly dollarFields: boolean;
  /** The `_id` of a document without one. */
  newId(): ObjectId;
  /** What a zero timestamp at the top level becomes. */
  timestamp(): Timestamp;
}

export interface PreparedInsert {
  readonly raw: RawDocument;
  readonly id: Value;
}

/** Refuses values that cannot be an `_id`. */
export const checkId = (id: Value): void => {
  const type = typeName(id);
  if (type === 'array' || type === 'regex' || type === 'undefined') {
    throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${type}`);
  }
  if (!isDoc(id)) return;
  for (const name of id.keys()) {
    if (name.startsWith('$')) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`,
      );
    }
  }
};

interface Facts {
  id:
    | { readonly type: number; readonly start: number; readonly valueAt: number; readonly end: number }
    | undefined;
  readonly zeroTimestamps: number[];
}

const ID_NAME = 0x006469_5f; // "_id\0" as little-endian bytes
const OBJECT_ID = 0x07;
const TIMESTAMP = 0x11;
const DOLLAR = 0x24;

const factsOf = (bytes: Buffer, dollarFields: boolean): Facts => {
  const facts: Facts = { id: undefined, zeroTimestamps: [] };
  walkDocument(bytes, 0, bytes.length, (type, nameAt, nameEnd, valueAt, end) => {
    if (facts.id === undefined && nameEnd - nameAt === 3 && bytes.readInt32LE(nameAt) === ID_NAME) {
      facts.id = { type, start: nameAt - 1, valueAt, end };
    } else if (type === TIMESTAMP && bytes.readBigUInt64LE(valueAt) === 0n)
      facts.zeroTimestamps.push(valueAt);
    if (!dollarFields && bytes[nameAt] === DOLLAR) {
      throw new CommandError(
        'BadValue',
        `Document can't have $ prefixed field names: ${bytes.toString('utf8', nameAt, nameEnd)}`,
      );
    }
  });
  return facts;
};

const withNewId = (bytes: Buffer, id: ObjectId): Buffer => {
  const result = Buffer.allocUnsafe(bytes.length + 17);
  result.writeInt32LE(result.length, 0);
  result[4] = OBJECT_ID;
  result.writeInt32LE(ID_NAME, 5);
  result.set(id.id, 9);
  bytes.copy(result, 21, 4);
  return result;
};

const withIdFirst = (bytes: Buffer, start: number, end: number): Buffer =>
  Buffer.concat([
    bytes.subarray(0, 4),
    bytes.subarray(start, end),
    bytes.subarray(4, start),
    bytes.subarray(end),
  ]);

/**
 * Makes a document ready to be stored: structure and size checked, `_id` there and first, in bytes of its own. Nothing
 * else of it changes.
 */
export const prepareInsert = (source: Uint8Array, rules: InsertRules): PreparedInsert => {
  if (source.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      'BSONObjectTooLarge',
      `object to insert too large. size in bytes: ${source.length}, max size: ${MAX_DOCUMENT_BYTES}`,
    );
  }
  validateBson(source);
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const { id: span, zeroTimestamps } = factsOf(bytes, rules.dollarFields);
  let stored: Buffer;
  let id: Value;
  if (span === undefined) {
    const made = rules.newId();
    id = made;
    stored = withNewId(bytes, made);
  } else {
    id = decodeValue(bytes, span.type, span.valueAt, span.end);
    checkId(id);
    stored = span.start === 4 ? Buffer.from(bytes) : withIdFirst(bytes, span.start, span.end);
  }
  if (zeroTimestamps.length > 0) fillTimestamps(stored, rules);
  return { raw: new RawDocument(stored), id };
};

/** An empty timestamp at the top level becomes the current one (manual: "BSON Types", Timestamps). */
const fillTimestamps = (bytes: Buffer, rules: InsertRules): void => {
  for (const at of factsOf(bytes, true).zeroTimestamps) {
    const { low, high } = rules.timestamp();
    bytes.writeInt32LE(low, at);
    bytes.writeInt32LE(high, at + 4);
  }
};
