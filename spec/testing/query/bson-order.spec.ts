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
  Timestamp,
} from 'bson';
import { compare, equal, keyOf } from '../../../lib/testing/query/bson-order.js';
import { parseCollation } from '../../../lib/testing/query/collation.js';
import { doc, value } from '../support/documents.js';

const decimal = (text: string): Decimal128 => Decimal128.fromString(text);
const long = (text: string): Long => Long.fromString(text);

/** Manual, "Comparison/Sort Order": from least to greatest, each line one value that is less than the next. */
const ASCENDING: readonly (readonly [string, unknown])[] = [
  ['MinKey', new MinKey()],
  ['null', null],
  ['NaN', new Double(NaN)],
  ['-Infinity', new Double(-Infinity)],
  ['int64 min', long('-9223372036854775808')],
  ['-1', new Int32(-1)],
  ['0', new Double(0)],
  ['smallest double', new Double(5e-324)],
  ['decimal 0.1', decimal('0.1')],
  ['double 0.1, a little more than the decimal', new Double(0.1)],
  ['1', new Int32(1)],
  ['1.5', new Double(1.5)],
  ['decimal 2', decimal('2')],
  ['2^53', new Double(2 ** 53)],
  ['2^53 + 1 as int64', long('9007199254740993')],
  ['int64 max', long('9223372036854775807')],
  ['2^63', new Double(2 ** 63)],
  ['decimal 1E+100', decimal('1E+100')],
  ['Infinity', new Double(Infinity)],
  ['empty string', ''],
  ['A', 'A'],
  ['a', 'a'],
  ['aa', 'aa'],
  ['b', 'b'],
  ['U+FFFD', '\ufffd'],
  ['U+1F600, greater by code point though not by UTF-16 unit', '\u{1f600}'],
  ['empty document', {}],
  ['{a: 1}', { a: 1 }],
  ['{a: 1, b: 1}', { a: 1, b: 1 }],
  ['{b: 0}', { b: 0 }],
  ['{a: "x"}: the type of a field counts before its name', { a: 'x' }],
  ['empty array', []],
  ['[1]', [1]],
  ['[1, 2]', [1, 2]],
  ['[2]', [2]],
  ['["a"]', ['a']],
  ['binary of 1 byte', new Binary(Buffer.from([255]), 0)],
  ['binary of 2 bytes', new Binary(Buffer.from([0, 0]), 0)],
  ['binary of 2 bytes, higher subtype', new Binary(Buffer.from([0, 0]), 128)],
  ['binary of 2 bytes, higher bytes', new Binary(Buffer.from([0, 1]), 128)],
  ['ObjectId', new ObjectId('000000000000000000000001')],
  ['later ObjectId', new ObjectId('ff0000000000000000000000')],
  ['false', false],
  ['true', true],
  ['date before 1970', new Date(-1)],
  ['date', new Date(1)],
  ['timestamp', new Timestamp({ t: 1, i: 1 })],
  ['timestamp beyond the signed range', new Timestamp({ t: 0xffffffff, i: 0 })],
  ['regular expression', new BSONRegExp('a', '')],
  ['regular expression with options', new BSONRegExp('a', 'i')],
  ['code', new Code('x')],
  ['code with scope', new Code('x', { a: 1 })],
  ['MaxKey', new MaxKey()],
];

describe('the order of BSON values', () => {
  it('is the one of the manual, for every pair of the table', () => {
    const wrong: string[] = [];
    for (const [i, [left, a]] of ASCENDING.entries()) {
      for (const [j, [right, b]] of ASCENDING.entries()) {
        const order = Math.sign(compare(value(a), value(b)));
        if (order !== Math.sign(i - j)) wrong.push(`${left} and ${right}: ${String(order)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has keys that are equal exactly where values are', () => {
    const values = ASCENDING.map(([, plain]) => value(plain));
    const wrong = values.flatMap((a) =>
      values.filter((b) => (keyOf(a) === keyOf(b)) !== equal(a, b)).map((b) => `${keyOf(a)} ${keyOf(b)}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    [
      'int32 1, int64 1, double 1.0 and decimal 1.00',
      [new Int32(1), long('1'), new Double(1), decimal('1.00')],
    ],
    ['zeros of either sign', [new Int32(0), new Double(-0), decimal('-0'), decimal('0E+10')]],
    [
      'int64 and double beyond 2^53',
      [long('9007199254740994'), new Double(9007199254740994), decimal('9007199254740994')],
    ],
    ['a half', [new Double(0.5), decimal('0.5'), decimal('0.50')]],
    ['NaN', [new Double(NaN), decimal('NaN')]],
    ['infinities', [new Double(Infinity), decimal('Infinity')]],
    ['strings and symbols', ['a', new BSONSymbol('a')]],
  ])('takes %s for equal', (_name, values) => {
    for (const a of values) {
      for (const b of values) {
        expect(equal(value(a), value(b))).toBe(true);
        expect(keyOf(value(a))).toBe(keyOf(value(b)));
      }
    }
  });

  it('tells documents apart by the order of their keys', () => {
    expect(equal(doc({ a: 1, b: 2 }), doc({ b: 2, a: 1 }))).toBe(false);
    expect(equal(doc({ a: 1, b: 2 }), doc({ a: new Double(1), b: long('2') }))).toBe(true);
  });

  it('puts a missing value beside the deprecated undefined, below null', () => {
    expect(compare(undefined, null)).toBeLessThan(0);
    expect(compare(undefined, new Map())).toBeLessThan(0);
    expect(compare(undefined, value(new MinKey()))).toBeGreaterThan(0);
  });
});

describe('collations', () => {
  const collation = (fields: Record<string, unknown>) => parseCollation(doc({ locale: 'en', ...fields }));

  it.each([
    [{ strength: 1 }, 'e', 'É', 0],
    [{ strength: 2 }, 'e', 'E', 0],
    [{ strength: 2 }, 'e', 'é', -1],
    [{}, 'a', 'A', -1],
    [{ caseFirst: 'upper' }, 'a', 'A', 1],
    [{ numericOrdering: true }, '10', '9', 1],
    [{}, '10', '9', -1],
    [{ strength: 1, caseLevel: true }, 'e', 'E', -1],
    [{ strength: 1, caseLevel: true }, 'e', 'é', 0],
    [{ alternate: 'shifted', strength: 1 }, 'a-b', 'ab', 0],
  ])('%j compares %s with %s', (fields, a, b, expected) => {
    expect(Math.sign(compare(a, b, collation(fields)))).toBe(expected);
    expect(keyOf(a, collation(fields)) === keyOf(b, collation(fields))).toBe(expected === 0);
  });

  it('reach strings inside documents and arrays, and leave other values alone', () => {
    const insensitive = collation({ strength: 2 });
    expect(equal(doc({ a: ['X'] }), doc({ a: ['x'] }), insensitive)).toBe(true);
    expect(equal(doc({ A: 1 }), doc({ a: 1 }), insensitive)).toBe(false);
  });

  it('are refused where they are malformed', () => {
    expect(() => parseCollation(doc({ strength: 2 }))).toThrow('locale');
    expect(() => parseCollation(doc({ locale: 'en', strength: 6 }))).toThrow('strength');
    expect(() => parseCollation(doc({ locale: 'en', color: 1 }))).toThrow('color');
    expect(parseCollation(doc({ locale: 'simple' }))).toBeUndefined();
  });
});
