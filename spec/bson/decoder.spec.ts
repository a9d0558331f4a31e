import { describe, expect, it } from '@jest/globals';
import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  CodecOptions,
  DBPointer,
  DBRef,
  Long,
  ObjectId,
  RawBSONDocument,
  SON,
  decodeDocument,
  encodeDocument,
} from '../../lib/bson.js';
import { BatchDecoder } from '../../lib/bson/decoder.js';

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly path: string | undefined;
  readonly offset: number | undefined;
  readonly documentId: unknown;
  readonly cause: unknown;
}

const failure = (read: () => unknown): Failure => {
  try {
    read();
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidBSON', code: 'ERR_INVALID_BSON' });
    return error as Failure;
  }
  throw new Error('the bytes were decoded');
};

/** `{a: <value>}` of a type byte and hexadecimal value bytes. */
const single = (type: string, value: string): Buffer => {
  const bytes = Buffer.from(`00000000${type}6100${value}00`, 'hex');
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
};

const spoiled = (document: object, find: string, replace: number): Buffer => {
  const bytes = Buffer.from(encodeDocument(document));
  bytes[bytes.indexOf(find)] = replace;
  return bytes;
};

describe('documents', () => {
  it('[DATA-10] makes own properties of keys that are names of built-in members', () => {
    const ordered = new Map<string, unknown>([
      ['toString', 1],
      ['constructor', 2],
      ['__proto__', new Map([['a', 1]])],
    ]);
    const bytes = encodeDocument({ list: [ordered, ordered], ...{ top: ordered } });
    for (let round = 0; round < 40; round++) {
      const { list, top } = decodeDocument(bytes) as { list: object[]; top: object };
      for (const document of [...list, top]) {
        expect(Object.keys(document)).toEqual(['toString', 'constructor', '__proto__']);
        expect(Object.getOwnPropertyDescriptor(document, '__proto__')?.value).toEqual({ a: 1 });
        expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
      }
    }
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('[CODEC-1] makes documents of the class that was asked for, embedded ones included', () => {
    const bytes = encodeDocument({ a: { b: [{ c: 1 }] } });
    const map = decodeDocument(bytes, new CodecOptions({ documentClass: Map }));
    expect(map).toEqual(new Map([['a', new Map([['b', [new Map([['c', 1]])]]])]]));
    const son = decodeDocument(bytes, new CodecOptions({ documentClass: SON })) as SON<SON>;
    expect(son.get('a')).toBeInstanceOf(SON);
    expect(son.toObject()).toEqual({ a: { b: [{ c: 1 }] } });
  });

  it('[CODEC-5] keeps the stored order of keys in ordered documents, integer-like keys included', () => {
    const bytes = encodeDocument(
      new Map([
        ['2', 1],
        ['1', 1],
        ['b', 1],
        ['a', 1],
      ]),
    );
    const son = decodeDocument(bytes, new CodecOptions({ documentClass: SON })) as SON;
    expect([...son.keys()]).toEqual(['2', '1', 'b', 'a']);
  });

  it('[CODEC-25] hands out documents as their bytes', () => {
    const bytes = Buffer.from(encodeDocument({ a: 1 }));
    const raw = decodeDocument(
      bytes,
      new CodecOptions({ documentClass: RawBSONDocument }),
    ) as RawBSONDocument;
    expect(raw).toBeInstanceOf(RawBSONDocument);
    expect(Buffer.from(raw.raw).equals(bytes)).toBe(true);
    bytes.fill(0);
    expect(raw.get('a')).toBe(1);
  });

  it('reads exactly one document without an offset, and the one at an offset', () => {
    const bytes = Buffer.concat([encodeDocument({ a: 1 }), encodeDocument({ b: 2 })]);
    expect(decodeDocument(bytes, undefined, 12)).toEqual({ b: 2 });
    expect(decodeDocument(bytes, undefined, 0)).toEqual({ a: 1 });
    expect(failure(() => decodeDocument(bytes)).message).toMatch(/bytes behind the end/);
    for (const offset of [5, 24, 100]) failure(() => decodeDocument(bytes, undefined, offset));
  });

  it('reads any Uint8Array, and nothing else', () => {
    const bytes = encodeDocument({ a: 'text', b: new ObjectId() });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeDocument(shifted.subarray(3))).toEqual(decodeDocument(bytes));
    for (const input of ['text', [5, 0, 0, 0, 0], new ArrayBuffer(5), null]) {
      expect(() => decodeDocument(input as never)).toThrow(TypeError);
    }
  });
});

describe('values', () => {
  it('keeps deprecated and regular expression values in classes of their own', () => {
    const id = new ObjectId('56e1fc72e0c917e9c4714161');
    expect(decodeDocument(single('0e', '020000006200'))).toEqual({ a: new BSONSymbol('b') });
    expect(decodeDocument(single('0c', '020000006200' + id.toHexString()))).toEqual({
      a: new DBPointer('b', id),
    });
    expect(decodeDocument(single('06', ''))).toEqual({ a: null });
    expect(decodeDocument(single('0b', '2800' + '787a6900'))).toMatchObject({
      a: { pattern: '(', options: 'ixz' },
    });
    expect((decodeDocument(single('0b', '6100' + '6900')) as { a: BSONRegExp }).a).toBeInstanceOf(BSONRegExp);
  });

  it('makes a DBRef of an embedded document that follows the convention in its order, and of no other', () => {
    const ref = { $ref: 'c', $id: 1 };
    expect(decodeDocument(encodeDocument({ r: ref }))).toEqual({ r: new DBRef('c', 1 as never) });
    expect(decodeDocument(encodeDocument({ r: [{ ...ref, $db: 'd', x: 1 }] }))).toEqual({
      r: [new DBRef('c', 1 as never, 'd', { x: 1 })],
    });
    const others = [
      { $id: 1, $ref: 'c' },
      { ...ref, $other: 1 },
      { $ref: 1, $id: 1 },
      { $ref: 'c' },
      { ...ref, x: 1, $db: 'd' },
      { $ref: 'c', $id: null },
    ];
    for (const r of others) {
      for (let round = 0; round < 20; round++) expect(decodeDocument(encodeDocument({ r }))).toEqual({ r });
    }
    expect(decodeDocument(encodeDocument(ref))).toEqual(ref);
    const map = decodeDocument(encodeDocument({ r: ref }), new CodecOptions({ documentClass: Map })) as Map<
      string,
      unknown
    >;
    expect(map.get('r')).toEqual(new DBRef('c', 1 as never));
  });

  it('copies binary values out of the bytes they were read from', () => {
    const bytes = Buffer.from(encodeDocument({ b: new Binary(Buffer.alloc(5000, 1)) }));
    const { b } = decodeDocument(bytes) as { b: Binary };
    bytes.fill(2);
    expect(b.buffer.every((byte) => byte === 1)).toBe(true);
  });

  it.each([
    ['auto', 2n ** 53n, 2 ** 53],
    ['auto', 2n ** 53n + 1n, Long.fromBigInt(2n ** 53n + 1n)],
    ['auto', 2n ** 53n - 1n, 2 ** 53 - 1],
    ['auto', -(2n ** 53n), -(2 ** 53)],
    ['auto', -(2n ** 53n) - 1n, Long.fromBigInt(-(2n ** 53n) - 1n)],
    ['auto', 2n ** 63n - 1n, Long.MAX_VALUE],
    ['auto', -(2n ** 63n), Long.MIN_VALUE],
    ['auto', -1n, -1],
    ['number-or-throw', 2n ** 53n, 2 ** 53],
    ['Long', 1n, Long.fromNumber(1)],
    ['bigint', 1n, 1n],
    ['bigint', -(2n ** 63n), -(2n ** 63n)],
  ] as const)('int64 %s: %s', (int64, stored, expected) => {
    const bytes = encodeDocument({ a: stored, list: [stored] });
    for (let round = 0; round < 20; round++) {
      expect(decodeDocument(bytes, new CodecOptions({ int64 }))).toEqual({ a: expected, list: [expected] });
    }
  });

  it('int64 number-or-throw refuses what is no exact number', () => {
    const codecOptions = new CodecOptions({ int64: 'number-or-throw' });
    for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n]) {
      const error = failure(() => decodeDocument(encodeDocument({ n: { big: value } }), codecOptions));
      expect(error).toMatchObject({ path: 'n.big', cause: expect.any(RangeError) });
      expect(error.message).toContain(String(value));
    }
  });

  it('keeps numeric types with exactNumbers, so that bytes are written back as they were', () => {
    const bytes = encodeDocument(JSON.parse('{"a": 1, "b": 0.5, "c": [1, 2.5]}'));
    const mixed = Buffer.concat([bytes.subarray(0, bytes.length - 1)]);
    expect(mixed.length).toBe(bytes.length - 1);
    const exact = new CodecOptions({ exactNumbers: true });
    const canonical = Buffer.from(
      '25000000' +
        '106100' +
        '01000000' +
        '016200' +
        '000000000000f03f' +
        '126300' +
        '0100000000000000' +
        '00',
      'hex',
    );
    canonical.writeInt32LE(canonical.length, 0);
    expect(Buffer.from(encodeDocument(decodeDocument(canonical, exact))).equals(canonical)).toBe(true);
    expect(Buffer.from(encodeDocument(decodeDocument(bytes, exact))).equals(bytes)).toBe(true);
  });
});

describe('dates', () => {
  const far = single('09', '0000000000000040');

  it('[CODEC-11] refuses a date that Date cannot hold, and never makes an invalid one', () => {
    for (let round = 0; round < 20; round++) {
      const error = failure(() => decodeDocument(far));
      expect(error).toMatchObject({ path: 'a', offset: 7, cause: expect.any(RangeError) });
      expect(error.message).toMatch(/datetimeConversion/);
    }
    const limits = {
      min: new Date(-8.64e15),
      max: new Date(8.64e15),
      zero: new Date(0),
      before: new Date(-1),
    };
    expect(decodeDocument(encodeDocument(limits))).toEqual(limits);
  });

  it('[DATA-18] decodes the same document where the field is left out', () => {
    expect(decodeDocument(encodeDocument({ b: 1 }))).toEqual({ b: 1 });
    failure(() => decodeDocument(Buffer.concat([far])));
  });
});

describe('texts', () => {
  it('[CODEC-20] refuses invalid UTF-8 in strings and keys, with the offset', () => {
    const cases = [
      [spoiled({ a: 'x?x' }, '?', 0xff), 'a', 12],
      [spoiled({ a: `${'x'.repeat(40)}?` }, '?', 0xc3), 'a', 51],
      [spoiled({ 'k?y': 1 }, '?', 0xff), 'k\ufffdy', 6],
      [spoiled({ a: { b: ['ok', '€?'] } }, '?', 0x80), 'a.b.1', undefined],
    ] as const;
    for (const [bytes, path, offset] of cases) {
      for (let round = 0; round < 20; round++) {
        const error = failure(() => decodeDocument(bytes));
        expect(error.path).toBe(path);
        if (offset !== undefined) expect(error.offset).toBe(offset);
      }
    }
  });

  it('takes a stored U+FFFD, a byte order mark and null characters as they are', () => {
    const document = { a: '\ufffd', b: '\ufeffx', c: 'a\0b', d: `\ufeff${'long '.repeat(20)}\ufffd` };
    expect(decodeDocument(encodeDocument(document))).toEqual(document);
  });

  it.each([
    ['replace', 'a\ufffdb'],
    ['ignore', 'ab'],
    ['backslashreplace', 'a\\xffb'],
    ['surrogateescape', 'a\udcffb'],
  ] as const)(
    '[CODEC-21] [CODEC-22] treats bad bytes as unicodeDecodeErrorHandler %s says',
    (handler, expected) => {
      const codecOptions = new CodecOptions({ unicodeDecodeErrorHandler: handler });
      expect(decodeDocument(spoiled({ s: 'a?b' }, '?', 0xff), codecOptions)).toEqual({ s: expected });
      const euro = spoiled({ s: '€?€' }, '?', 0xe2);
      expect((decodeDocument(euro, codecOptions) as { s: string }).s).toHaveLength(
        handler === 'backslashreplace' ? 6 : handler === 'ignore' ? 2 : 3,
      );
    },
  );
});

describe('errors', () => {
  it('name path, offset within the document, and the _id', () => {
    const bytes = spoiled({ _id: 'user-7', address: { lines: ['ok', '?bad'] } }, '?', 0xfe);
    const at = Buffer.concat([encodeDocument({ first: 1 }), bytes]);
    const offset = at.length - bytes.length;
    const error = failure(() => decodeDocument(at, undefined, offset));
    expect(error).toMatchObject({
      path: 'address.lines.1',
      offset: bytes.indexOf(0xfe),
      documentId: 'user-7',
    });
    expect(error.message).toBe(
      `invalid UTF-8 (field "address.lines.1", byte ${String(bytes.indexOf(0xfe))}, document _id 'user-7')`,
    );
  });

  it('name lengths that are out of bounds', () => {
    const wrong = (document: object, at: (bytes: Buffer) => number, value: number): Failure => {
      const bytes = Buffer.from(encodeDocument(document));
      bytes.writeInt32LE(value, at(bytes));
      return failure(() => decodeDocument(bytes));
    };
    expect(wrong({ a: { b: 'text' } }, (bytes) => bytes.indexOf('text') - 4, 500)).toMatchObject({
      path: 'a.b',
    });
    expect(wrong({ a: { b: 'text' } }, (bytes) => bytes.indexOf('text') - 4, -5)).toMatchObject({
      path: 'a.b',
    });
    expect(wrong({ a: { b: 1 } }, () => 7, 4)).toMatchObject({ path: 'a' });
    expect(wrong({ x: 1, a: [1] }, () => 14, 2 ** 30)).toMatchObject({ path: 'a' });
    expect(wrong({ a: new Binary(Buffer.from('abc')) }, () => 7, -1)).toMatchObject({ path: 'a' });
    expect(wrong({ a: 1 }, () => 0, 13).path).toBeUndefined();
  });

  it('bound the depth', () => {
    let bytes = Buffer.from(encodeDocument({}));
    for (let level = 0; level < 5000; level++) {
      const around = Buffer.alloc(bytes.length + 8);
      around.writeInt32LE(around.length, 0);
      around.set([3, 0x61, 0], 4);
      around.set(bytes, 7);
      bytes = around;
    }
    expect(failure(() => decodeDocument(bytes)).message).toMatch(/nested deeper than 250 levels/);
    expect(failure(() => decodeDocument(bytes, new CodecOptions({ documentClass: Map }))).message).toMatch(
      /nested deeper/,
    );
  });
});

describe('BatchDecoder', () => {
  const batchOf = (documents: readonly object[]): Uint8Array => encodeDocument({ batch: documents });
  const BATCH_OFFSET = 11;

  it('decodes one document after the other', () => {
    const documents = Array.from({ length: 25 }, (_, index) => ({
      _id: index,
      text: `document ${String(index)}`,
    }));
    const batch = new BatchDecoder(batchOf(documents), BATCH_OFFSET);
    expect(batch.remaining).toBe(25);
    expect(batch.next()).toEqual(documents[0]);
    expect(batch.nextRaw()?.toObject()).toEqual(documents[1]);
    expect(batch.remaining).toBe(23);
    const rest: unknown[] = [];
    while (batch.remaining > 0) rest.push(batch.next());
    expect(rest).toEqual(documents.slice(2));
    expect(batch.next()).toBeUndefined();
    expect(batch.nextRaw()).toBeUndefined();
  });

  it('goes on with the next document after one that cannot be decoded', () => {
    const bytes = Buffer.from(
      batchOf([{ _id: 0 }, { _id: 1 }, { _id: 2, name: 'p?son' }, { _id: 3 }, { _id: 4 }]),
    );
    bytes[bytes.indexOf('?')] = 0xff;
    const batch = new BatchDecoder(bytes, BATCH_OFFSET);
    const readable: unknown[] = [];
    const errors: Failure[] = [];
    while (batch.remaining > 0) {
      try {
        readable.push(batch.next());
      } catch (error) {
        errors.push(error as Failure);
      }
    }
    expect(readable).toEqual([{ _id: 0 }, { _id: 1 }, { _id: 3 }, { _id: 4 }]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: 'name', documentId: 2 });
  });

  it('[CODEC-26] follows the codec options', () => {
    const batch = new BatchDecoder(
      batchOf([{ a: 1n }]),
      BATCH_OFFSET,
      new CodecOptions({ documentClass: Map, int64: 'bigint' }),
    );
    expect(batch.next()).toEqual(new Map([['a', 1n]]));
  });

  it('refuses an array that holds something else than documents', () => {
    failure(() => new BatchDecoder(encodeDocument({ batch: [{ a: 1 }, 5] }), BATCH_OFFSET));
    failure(() => new BatchDecoder(Buffer.from([9, 9, 9, 9, 9]), 0));
  });
});
