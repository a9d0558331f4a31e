import { describe, expect, it } from '@jest/globals';
import * as bson4 from 'bson4';
import * as bson5 from 'bson5';
import * as bson6 from 'bson6';
import { BSON as bson7 } from 'mongodb';
import { CodecOptions, decodeDocument, encodeDocument } from '../../lib/bson.js';

/** The part of the package that all majors have. */
interface Copy {
  readonly [name: string]: any;
}

const copies: readonly (readonly [string, Copy])[] = [
  ['bson 4', bson4],
  ['bson 5', bson5],
  ['bson 6', bson6],
  ['the copy inside the official driver', bson7],
];

const valuesOf = (copy: Copy): Record<string, unknown> => ({
  id: new copy['ObjectId']('0123456789abcdef01234567'),
  long: copy['Long'].fromString('-9223372036854775808'),
  unsigned: copy['Long'].fromString('9007199254740993'),
  int: new copy['Int32'](-5),
  double: new copy['Double'](3),
  decimal: copy['Decimal128'].fromString('-1.50E+10'),
  timestamp: new copy['Timestamp']({ t: 4294967295, i: 4294967294 }),
  binary: new copy['Binary'](Buffer.from('some bytes'), 128),
  old: new copy['Binary'](Buffer.from('old bytes'), 2),
  symbol: new copy['BSONSymbol']('sym'),
  code: new copy['Code']('function () {}'),
  scoped: new copy['Code']('x', { y: new copy['Int32'](1) }),
  regexp: new copy['BSONRegExp']('a+', 'xi'),
  ref: new copy['DBRef']('c', new copy['ObjectId']('0123456789abcdef01234567'), 'db', { extra: 1 }),
  min: new copy['MinKey'](),
  max: new copy['MaxKey'](),
  list: [new copy['ObjectId']('0123456789abcdef01234567'), { nested: copy['Long'].fromNumber(7) }],
});

describe('values of other copies and majors of the bson package', () => {
  it.each(copies)('%s: are stored as the package itself stores them', (_name, copy) => {
    const values = valuesOf(copy);
    expect(Buffer.from(encodeDocument(values)).toString('hex')).toBe(
      Buffer.from(copy['serialize'](values)).toString('hex'),
    );
  });

  it.each(copies)('%s: UUIDs are stored by the representation', (_name, copy) => {
    const uuid = new copy['UUID']('00112233-4455-4677-8899-aabbccddeeff');
    expect(() => encodeDocument({ uuid })).toThrow(/uuidRepresentation/);
    const bytes = encodeDocument(
      { uuid },
      { codecOptions: new CodecOptions({ uuidRepresentation: 'standard' }) },
    );
    expect(Buffer.from(bytes).toString('hex')).toContain('0400112233445546778899aabbccddeeff');
  });

  it.each(copies)('%s: may stand in a Map and beside values of this copy', (_name, copy) => {
    const id = new copy['ObjectId']('0123456789abcdef01234567');
    const document = decodeDocument(encodeDocument(new Map([['a', id]]))) as { a: { toHexString(): string } };
    expect(document.a.toHexString()).toBe('0123456789abcdef01234567');
    expect(decodeDocument(encodeDocument({ ours: document.a, theirs: id }))).toEqual({
      ours: document.a,
      theirs: document.a,
    });
  });
});
