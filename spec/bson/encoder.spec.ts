import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import {
  BSONRegExp,
  Binary,
  CodecOptions,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  ObjectId,
  RawBSONDocument,
  SON,
  Timestamp,
  UUID,
  decodeDocument,
  encodeDocument,
} from '../../lib/bson.js';
import { encodeInto, type EncodeOptions } from '../../lib/bson/encoder.js';
import { forEachElement } from '../../lib/bson/raw-reader.js';
import { BsonWriter } from '../../lib/bson/writer.js';

const hex = (document: unknown, options?: EncodeOptions): string =>
  Buffer.from(encodeDocument(document, options)).toString('hex');

/** Keys with their type bytes, as they stand in the bytes. */
const elements = (bytes: Uint8Array): (readonly [string, number])[] => {
  const found: (readonly [string, number])[] = [];
  forEachElement(bytes, 0, (type, start, end) => {
    found.push([Buffer.from(bytes.subarray(start, end)).toString(), type]);
  });
  return found;
};

const typeOf = (value: unknown): number => elements(encodeDocument({ value }))[0]![1];

const failure = (document: unknown, options?: EncodeOptions): { message: string; path: string } => {
  try {
    encodeDocument(document, options);
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidDocument', code: 'ERR_INVALID_DOCUMENT' });
    return error as { message: string; path: string };
  }
  throw new Error('the document was encoded');
};

describe('numbers', () => {
  it('[DATA-13] stores integers of 32 bits as int32 and everything else as double', () => {
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])
      expect([value, typeOf(value)]).toEqual([value, 0x10]);
    for (const value of [-0, 0.5, 9.99, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e300, NaN, Infinity, -Infinity]) {
      expect([value, typeOf(value)]).toEqual([value, 0x01]);
      expect(decodeDocument(encodeDocument({ value }))).toEqual({ value });
    }
    expect(hex({ a: 9.99 })).toBe('10000000016100' + '7b14ae47e1fa2340' + '00');
  });

  it('stores numbers of chosen type as that type', () => {
    expect(typeOf(new Int32(1))).toBe(0x10);
    expect(typeOf(new Double(1))).toBe(0x01);
    expect(typeOf(Long.fromNumber(1))).toBe(0x12);
    expect(typeOf(1n)).toBe(0x12);
  });

  it('stores every 64-bit integer, and refuses a bigint beyond', () => {
    for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n]) {
      expect(decodeDocument(encodeDocument({ value }), new CodecOptions({ int64: 'bigint' }))).toEqual({
        value,
      });
    }
    expect(failure({ a: { b: 2n ** 63n } })).toMatchObject({ path: 'a.b' });
    expect(failure({ a: [0, -(2n ** 63n) - 1n] }).message).toBe(
      'a.1: -9223372036854775809 does not fit into a 64-bit integer',
    );
  });
});

describe('documents', () => {
  it('[DATA-8] keeps the order of keys', () => {
    expect(hex({ b: 1, a: 1 })).not.toBe(hex({ a: 1, b: 1 }));
    expect(Object.keys(decodeDocument(encodeDocument({ b: 1, a: 1 })) as object)).toEqual(['b', 'a']);
  });

  it('[CODEC-6] writes Map and SON in their own order, at the top and nested', () => {
    const ordered = new SON<unknown>([
      ['2', 1],
      [
        '1',
        new Map([
          ['b', 1],
          ['a', 2],
        ]),
      ],
    ]);
    const bytes = encodeDocument({ f: ordered });
    expect(elements(encodeDocument(ordered)).map(([key]) => key)).toEqual(['2', '1']);
    const decoded = decodeDocument(bytes, new CodecOptions({ documentClass: SON })) as SON<SON<SON>>;
    expect([...decoded.get('f')!.keys()]).toEqual(['2', '1']);
    expect([...decoded.get('f')!.get('1')!.keys()]).toEqual(['b', 'a']);
  });

  it('[DATA-10] stores __proto__, integer-like and empty keys as data', () => {
    const document = JSON.parse(
      '{"b": 1, "1": 2, "": 3, "__proto__": {"a": 1}, "toString": 4, "constructor": 5}',
    ) as object;
    expect(elements(encodeDocument(document)).map(([key]) => key)).toEqual([
      '1',
      'b',
      '',
      '__proto__',
      'toString',
      'constructor',
    ]);
    expect(elements(encodeDocument(new Map([['__proto__', 1]])))).toEqual([['__proto__', 0x10]]);
  });

  it('writes own enumerable string keys only', () => {
    const document = Object.create({ inherited: 1 }, { hidden: { value: 1, enumerable: false } }) as Record<
      string | symbol,
      unknown
    >;
    document['own'] = 1;
    document[Symbol('s')] = 1;
    expect(elements(encodeDocument(document))).toEqual([['own', 0x10]]);
  });

  it('accepts an object of any class at the top, and calls its toBSON', () => {
    class User {
      name = 'a';
    }
    class Wrapped {
      toBSON(): object {
        return { wrapped: true };
      }
    }
    expect(decodeDocument(encodeDocument(new User()))).toEqual({ name: 'a' });
    expect(decodeDocument(encodeDocument(new Wrapped()))).toEqual({ wrapped: true });
  });

  it('refuses what is no document', () => {
    for (const value of [
      null,
      undefined,
      1,
      'a',
      [],
      new Date(),
      /a/,
      new Uint8Array(3),
      new ObjectId(),
      new Set(),
      () => 1,
    ]) {
      expect(failure(value).message).toMatch(/^The document cannot be encoded: a document must be an object/);
    }
  });

  it('[CODEC-25] copies a RawBSONDocument as its bytes, with no added _id', () => {
    const bytes = encodeDocument({ x: 1 });
    const raw = new RawBSONDocument(bytes);
    expect(hex(raw, { id: new ObjectId() })).toBe(Buffer.from(bytes).toString('hex'));
    expect(decodeDocument(encodeDocument({ nested: raw, list: [raw] }))).toEqual({
      nested: { x: 1 },
      list: [{ x: 1 }],
    });
  });
});

describe('_id', () => {
  it('[DATA-6] is written first where it is given, in place of the document’s own', () => {
    const bytes = encodeDocument(Object.freeze({ x: 1, _id: 2 }), { id: 'given' });
    expect(elements(bytes)).toEqual([
      ['_id', 0x02],
      ['x', 0x10],
    ]);
    expect(
      elements(
        encodeDocument(
          new Map([
            ['x', 1],
            ['_id', 2],
          ]),
          { id: 3 },
        ),
      ),
    ).toEqual([
      ['_id', 0x10],
      ['x', 0x10],
    ]);
  });

  it('is moved to the front with idFirst', () => {
    expect(elements(encodeDocument({ x: 1, _id: 'a' }, { idFirst: true }))).toEqual([
      ['_id', 0x02],
      ['x', 0x10],
    ]);
    expect(elements(encodeDocument({ x: 1 }, { idFirst: true }))).toEqual([['x', 0x10]]);
  });
});

describe('values of classes', () => {
  it('[DATA-11] stores Decimal128 exactly, NaN and infinities included', () => {
    for (const text of ['9.99', 'NaN', 'Infinity', '-Infinity', '-0', '1E+6111']) {
      const { d } = decodeDocument(encodeDocument({ d: Decimal128.fromString(text) })) as { d: Decimal128 };
      expect(d.toString()).toBe(text);
    }
  });

  it('[DATA-12] refuses decimals of other libraries instead of storing their fields', () => {
    class BigDecimalLike {
      digits = [9, 9, 9];
      exponent = -2;
    }
    expect(failure({ p: new BigDecimalLike() }).message).toMatch(
      /^p: an instance of BigDecimalLike has no BSON form/,
    );
    expect(failure({ list: [{ p: new BigDecimalLike() }] }).path).toBe('list.0.p');
  });

  it('[DATA-14] refuses a date without time', () => {
    class PlainDate {
      readonly #day = 1;
      toString(): string {
        return `2024-01-0${String(this.#day)}`;
      }
    }
    expect(failure({ d: new PlainDate() }).path).toBe('d');
  });

  it('[DATA-16] refuses an invalid Date', () => {
    expect(failure({ user: { bornAt: new Date(NaN) } }).message).toBe('user.bornAt: Invalid Date');
  });

  it('refuses functions, symbols and classes without a BSON form', () => {
    class Thing {
      field = 1;
    }
    const values = [
      () => 1,
      Symbol('s'),
      new Thing(),
      new URL('http://a'),
      new Set([1]),
      new Error('e'),
      new Float32Array(2),
      new ArrayBuffer(2),
      new Number(5),
      new WeakMap(),
      Promise.resolve(),
    ];
    for (const value of values) expect(failure({ a: [value] }).path).toBe('a.0');
  });

  it('accepts objects, maps, dates and regular expressions of another realm', () => {
    const foreign = runInNewContext(
      '({ o: { a: 1 }, n: Object.create(null), m: new Map([["k", 1]]), d: new Date(5), r: /a/i, l: [1], u: new Uint8Array([7]) })',
    ) as object;
    expect(decodeDocument(encodeDocument(foreign))).toEqual({
      o: { a: 1 },
      n: {},
      m: { k: 1 },
      d: new Date(5),
      r: new BSONRegExp('a', 'i'),
      l: [1],
      u: new Binary(Buffer.from([7])),
    });
  });

  it('treats an own field _bsontype as data', () => {
    const document = JSON.parse('{"a": {"_bsontype": "ObjectId", "id": "zz"}}') as object;
    expect(decodeDocument(encodeDocument(document))).toEqual(document);
    expect(decodeDocument(encodeDocument({ _bsontype: 'Long', low: 1 }))).toEqual({
      _bsontype: 'Long',
      low: 1,
    });
  });

  it('calls toBSON of nested values once, in documents and arrays', () => {
    let calls = 0;
    class Money {
      toBSON(): unknown {
        calls++;
        return { cents: 5, toBSON: undefined };
      }
    }
    class Nothing {
      toBSON(): unknown {
        return undefined;
      }
    }
    expect(
      decodeDocument(
        encodeDocument({ m: new Money(), l: [new Money()], n: new Nothing(), ln: [new Nothing()] }),
      ),
    ).toEqual({
      m: { cents: 5 },
      l: [{ cents: 5 }],
      ln: [null],
    });
    expect(calls).toBe(2);
    class Endless {
      toBSON(): Endless {
        return new Endless();
      }
    }
    expect(failure({ e: new Endless() }).path).toBe('e');
  });

  it('encodes from within toBSON without disturbing the document around', () => {
    class Inner {
      toBSON(): unknown {
        return new Binary(encodeDocument({ inner: 'x'.repeat(100) }));
      }
    }
    const { b, c } = decodeDocument(encodeDocument({ a: 1, b: new Inner(), c: 'after' })) as {
      b: Binary;
      c: string;
    };
    expect(decodeDocument(b.value())).toEqual({ inner: 'x'.repeat(100) });
    expect(c).toBe('after');
  });

  it('keeps the regular expression flags that BSON has, and refuses those that would change a match', () => {
    expect(decodeDocument(encodeDocument({ r: /a/gimsu }))).toEqual({ r: new BSONRegExp('a', 'imsu') });
    expect(failure({ r: /a/y }).path).toBe('r');
  });

  it('sorts the options of a BSONRegExp', () => {
    const value = new BSONRegExp('a');
    value.options = 'xi';
    expect(hex({ a: value })).toBe('0d0000000b6100' + '6100' + '697800' + '00');
  });

  it('writes DBRef fields in the order of its specification', () => {
    const bytes = encodeDocument({ r: new DBRef('c', 1 as never, 'd', { x: 1 }) });
    expect(elements(bytes.subarray(7))).toEqual([
      ['$ref', 0x02],
      ['$id', 0x10],
      ['$db', 0x02],
      ['x', 0x10],
    ]);
  });

  it('refuses values whose insides are wrong', () => {
    const broken = (tag: string, fields: object): object =>
      Object.assign(Object.create({ _bsontype: tag }) as object, fields);
    expect(failure({ v: broken('ObjectId', { id: 'short' }) }).path).toBe('v');
    expect(failure({ v: broken('Decimal128', { bytes: [1] }) }).path).toBe('v');
    expect(failure({ v: broken('Int32', { value: 0.5 }) }).path).toBe('v');
    expect(failure({ v: broken('Binary', {}) }).path).toBe('v');
    expect(failure({ v: broken('Code', { code: 5 }) }).path).toBe('v');
    expect(failure({ v: broken('Nonsense', {}) }).message).toBe('v: unknown BSON class "Nonsense"');
  });

  it('writes a timestamp with both halves unsigned', () => {
    const t = new Timestamp({ t: 0xffff_ffff, i: 0xffff_fffe });
    expect(decodeDocument(encodeDocument({ t }))).toEqual({ t });
  });

  it('[CODEC-16] refuses a UUID without a representation, and takes a Binary of subtype 4', () => {
    const uuid = new UUID('00112233-4455-6677-8899-aabbccddeeff');
    expect(failure({ u: uuid }).message).toMatch(/uuidRepresentation/);
    expect(decodeDocument(encodeDocument({ u: uuid.toBinary() }))).toEqual({ u: uuid.toBinary() });
  });
});

describe('undefined', () => {
  it('is left out of documents and is null in arrays', () => {
    expect(decodeDocument(encodeDocument({ a: undefined, b: [undefined, 1], c: { d: undefined } }))).toEqual({
      b: [null, 1],
      c: {},
    });

    expect(decodeDocument(encodeDocument({ holes: [, 1] }))).toEqual({ holes: [null, 1] });
  });

  it('follows undefinedValues', () => {
    const codecOptions = new CodecOptions({ undefinedValues: 'null' });
    expect(decodeDocument(encodeDocument({ a: undefined }, { codecOptions }))).toEqual({ a: null });
    expect(
      failure({ a: { b: undefined } }, { codecOptions: new CodecOptions({ undefinedValues: 'throw' }) }).path,
    ).toBe('a.b');
  });

  it('is an error in a filter, at any depth', () => {
    expect(failure({ a: { $in: [1, undefined] } }, { undefinedIn: 'filter' }).path).toBe('a.$in.1');
    expect(failure({ a: undefined }, { undefinedIn: 'filter', path: 'filter' }).path).toBe('filter.a');
  });
});

describe('texts', () => {
  const lone = '\ud800';

  it.each([
    '',
    'a',
    'ß',
    '€',
    '😀',
    'x'.repeat(19),
    'x'.repeat(20),
    'é'.repeat(30),
    `${'x'.repeat(100_000)}é`,
    'a\0b',
    '\ufffd',
  ])('writes text %#', (text) => {
    expect(
      decodeDocument(encodeDocument({ text, [`k${text.replace('\0', '')}`]: text, list: [text] })),
    ).toEqual({
      text,
      [`k${text.replace('\0', '')}`]: text,
      list: [text],
    });
  });

  it('refuses lone surrogates in values, keys and patterns', () => {
    expect(failure({ a: { b: lone } }).message).toBe(
      'a.b: the string contains a lone surrogate, which has no UTF-8 form',
    );
    expect(failure({ a: ['long enough for native code '.repeat(9) + lone] }).path).toBe('a.0');
    expect(failure({ [lone]: 1 }).message).toMatch(/the key contains a lone surrogate/);
    expect(failure({ r: new RegExp(lone) }).path).toBe('r');
  });

  it('refuses null characters in keys, whether the key was seen before or not', () => {
    for (let round = 0; round < 10; round++) expect(failure({ 'a\0b': 1 }).message).toMatch(/null character/);
  });

  it('writes keys the same whether they are new or known, of any length', () => {
    const keys = [
      '',
      'a',
      'ab',
      'abc',
      'abcd',
      'abcdefg',
      'schlüssel',
      '鍵',
      'k'.repeat(63),
      'k'.repeat(64),
      'k'.repeat(200),
    ];
    const document = Object.fromEntries(keys.map((key, index) => [key, index]));
    const first = hex(document);
    for (let round = 0; round < 20; round++) {
      expect(hex(document)).toBe(first);
      expect(hex({ other: 1, ...document, [`new${String(round)}`]: 1 })).not.toBe(first);
    }
    expect(decodeDocument(Buffer.from(first, 'hex'))).toEqual(document);
  });
});

describe('nesting', () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });

  it('is bounded', () => {
    expect(encodeDocument(nested(250))).toBeInstanceOf(Uint8Array);
    expect(failure(nested(251)).message).toMatch(/nested deeper than 250 levels$/);
  });

  it('finds cycles in documents, arrays and maps', () => {
    const document: Record<string, unknown> = { x: {} };
    (document['x'] as Record<string, unknown>)['y'] = document;
    expect(failure(document).message).toMatch(/: the value contains itself$/);
    const list: unknown[] = [];
    list.push(list);
    expect(failure({ list }).message).toMatch(/^list\.0.*: the value contains itself$/);
    const map = new Map<string, unknown>();
    map.set('m', map);
    expect(failure(map).message).toMatch(/: the value contains itself$/);
  });

  it('allows the same object in two places', () => {
    const shared = { a: 1 };
    expect(decodeDocument(encodeDocument({ x: shared, y: [shared, shared] }))).toEqual({
      x: shared,
      y: [shared, shared],
    });
  });
});

describe('encodeInto', () => {
  it('appends, and leaves the writer where it stood when a document fails', () => {
    const writer = new BsonWriter(8);
    encodeInto(writer, { a: 1 });
    const { position } = writer;
    expect(() => {
      encodeInto(writer, { long: 'x'.repeat(5000), bad: new Date(NaN) });
    }).toThrow(/bad: Invalid Date/);
    expect(writer.position).toBe(position);
    encodeInto(writer, { b: 2 });
    const bytes = writer.take();
    expect(decodeDocument(bytes, undefined, 0)).toEqual({ a: 1 });
    expect(decodeDocument(bytes, undefined, position)).toEqual({ b: 2 });
  });

  it('grows for documents larger than the writer', () => {
    const document = {
      list: Array.from({ length: 3000 }, (_, index) => ({ index, text: 'y'.repeat(index % 50) })),
    };
    expect(decodeDocument(encodeDocument(document))).toEqual(document);
  });

  it('names array elements past nine, ninety-nine and so on by their index', () => {
    const bytes = encodeDocument({ a: Array.from({ length: 1005 }, () => null) });
    expect(elements(bytes.subarray(7)).map(([key]) => key)).toEqual(
      Array.from({ length: 1005 }, (_, index) => String(index)),
    );
  });
});
