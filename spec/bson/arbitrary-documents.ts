import { expect } from '@jest/globals';
import { inspect, isDeepStrictEqual } from 'node:util';
import {
  Binary,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../../lib/bson.js';
import { fc } from '../support/property.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
  fc.nat(90).map((length) => 'long text '.repeat(12).slice(0, length)),
);

/** Few different keys, so that shapes repeat, with those that are special to JavaScript among them. */
export const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '_id',
    'name',
    'a',
    'b',
    'longer key than a word',
    'ключ',
    '',
    '0',
    '17',
    '__proto__',
    'constructor',
    'toString',
    '$set',
  ),
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((candidate) => !candidate.includes('\0') && candidate !== '_bsontype'),
);

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

/** Values that both codecs read and write as the same thing. */
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  bytes(12).map((id) => new ObjectId(id)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.integer().map((value) => new Int32(value)),
  fc.double().map((value) => new Double(value)),
  fc.uint8Array({ maxLength: 30 }).map((data) => new Binary(Buffer.from(data), 0x80)),
  bytes(16).map((data) => new Decimal128(data)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  text.map((code) => new Code(code)),
  fc.constantFrom(new MinKey(), new MaxKey()),
);

export const document: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{
  value: unknown;
  document: Record<string, unknown>;
}>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 8 }),
    tie('document'),
  ),
  document: fc.array(fc.tuple(key, tie('value')), { maxLength: 10 }).map((fields) => {
    const made: Record<string, unknown> = {};
    for (const [name, value] of fields) {
      if (name !== '__proto__') made[name] = value;
      else Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return made;
  }),
})).document;

/** Deep equality including prototypes and keys that hold `undefined`; much faster than `expect` where it holds. */
export const expectEqual = (actual: unknown, expected: unknown): void => {
  if (isDeepStrictEqual(actual, expected)) return;
  const print = (value: unknown): string => inspect(value, { depth: null });
  expect(print(actual)).toBe(print(expected));
  throw new Error(`not equal: ${print(actual)}`);
};
