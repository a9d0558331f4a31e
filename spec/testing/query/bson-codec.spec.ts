import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
} from 'bson';
import { decodeDoc, validateBson } from '../../../lib/testing/query/bson-reader.js';
import { encodeDoc } from '../../../lib/testing/query/bson-writer.js';
import { fc } from '../../support/property.js';

const roundTrip = (bytes: Uint8Array): string => Buffer.from(encodeDoc(decodeDoc(bytes))).toString('hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const scalar = fc.oneof(
  fc.integer().map((number) => new Int32(number | 0)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((integer) => Long.fromBigInt(integer)),
  fc.double({ noNaN: true }).map((number) => new Double(number)),
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.uint8Array().map((bytes) => new Binary(bytes, 0)),
  fc.integer({ min: 0 }).map((t) => new Timestamp({ t, i: 1 })),
  fc.constantFrom(
    new MinKey(),
    new MaxKey(),
    Decimal128.fromString('-1.50E+3'),
    new BSONRegExp('a.b', 'i'),
    new BSONSymbol('s'),
    new Code('f()'),
    new Code('f()', { x: 1 }),
    new Binary(Buffer.from([1, 2]), 2),
  ),
);
const key = fc.string().filter((text) => !text.includes('\0'));
const document = fc.letrec<{ value: unknown; doc: Map<string, unknown> }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('doc')),
  doc: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
})).doc;

describe('the codec of the store', () => {
  it('gives back the bytes that the bson package wrote', () => {
    fc.assert(
      fc.property(document, (map) => {
        const bytes = serialize(map);
        validateBson(bytes);
        expect(roundTrip(bytes)).toBe(hex(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['undefined', '0800000006610000'],
    ['a DBPointer', '1a0000000c610002000000620056e1fc72e0c917e9c471416100'],
    ['a date that JavaScript does not have', '10000000096100ffffffffffffff7f00'],
    ['a quiet NaN with a payload in decimal128', '180000001364000000000000000000000000000000fc7f00'],
    [
      'keys that look like integers, out of order',
      hex(
        serialize(
          new Map([
            ['2', 1],
            ['1', 1],
            ['__proto__', 1],
          ]),
        ),
      ),
    ],
  ])('keeps %s', (_name, bytes) => {
    expect(roundTrip(Buffer.from(bytes, 'hex'))).toBe(bytes);
  });

  it.each([
    ['a length beyond the bytes', '0d0000001061000100000000'.replace('0d', '0e')],
    ['no closing NUL', '0c0000001061000100000001'],
    ['an unknown type', '0c0000002061000100000000'],
    ['a string longer than its document', '0e00000002610064000000620000'],
    ['a negative length of an embedded document', '0d000000036100ffffffff0000'],
    ['a name without end', '0800000010616161'],
    ['a boolean of 2', '090000000861000200'],
  ])('refuses %s', (_name, bytes) => {
    expect(() => validateBson(Buffer.from(bytes, 'hex'))).toThrow('Invalid BSON');
  });

  it('never reads past the end, whatever byte is damaged', () => {
    const bytes = serialize({
      a: [1, { b: 'text' }],
      c: new Binary(Buffer.alloc(5)),
      d: new Date(0),
      e: /x/i,
    });
    for (let at = 0; at < bytes.length; at += 1) {
      for (const damage of [0, 1, 0x7f, 0x80, 0xff]) {
        const copy = Buffer.from(bytes);
        copy[at] = damage;
        try {
          validateBson(copy);
          decodeDoc(copy);
        } catch (error) {
          expect((error as { code?: number }).code).toBe(22);
        }
      }
    }
  });
});
