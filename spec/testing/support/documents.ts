import { deserialize, EJSON, serialize, type Document } from 'bson';
import { decodeDoc } from '../../../lib/testing/query/bson-reader.js';
import { encodeDoc } from '../../../lib/testing/query/bson-writer.js';
import type { Doc, Maybe, Value } from '../../../lib/testing/query/value.js';

/** A document of the store, written with the values of the `bson` package. */
export const doc = (document: Document): Doc => decodeDoc(serialize(document));

/** A single value of the store. */
export const value = (plain: unknown): Value => doc({ v: plain }).get('v') ?? null;

/** A value of the store as canonical extended JSON, so that numeric types can be told apart; `missing` for none. */
export const canonical = (stored: Maybe): unknown => {
  if (stored === undefined) return 'missing';
  const bytes = encodeDoc(new Map([['v', stored]]));
  const decoded = deserialize(bytes, { promoteValues: false, bsonRegExp: true });
  return (JSON.parse(EJSON.stringify(decoded, { relaxed: false })) as { v: unknown }).v;
};

/** A value of the store as a reader would write it down: types of numbers are lost. */
export const relaxed = (stored: Maybe): unknown => {
  if (stored === undefined) return 'missing';
  const decoded = deserialize(encodeDoc(new Map([['v', stored]])));
  return (JSON.parse(EJSON.stringify(decoded, { relaxed: true })) as { v: unknown }).v;
};

/** `code: message` of what a function throws. */
export const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return `${String(code)}: ${message}`;
  }
  return 'no error';
};
