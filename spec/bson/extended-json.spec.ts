import { describe, expect, it } from '@jest/globals';
import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  CodecOptions,
  DBPointer,
  DBRef,
  DatetimeMS,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  RawBSONDocument,
  SON,
  Timestamp,
  UUID,
  encodeDocument,
  parseExtendedJson,
  stringifyExtendedJson,
} from '../../lib/bson.js';
import { fc } from '../support/property.js';

const failure = (text: string): { message: string; path: string | undefined } => {
  try {
    parseExtendedJson(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidDocument' });
    return error as { message: string; path: string | undefined };
  }
  throw new Error(`${text} was parsed`);
};

const id = new ObjectId('0123456789abcdef01234567');

describe('stringifyExtendedJson', () => {
  it('writes every type canonically and relaxed', () => {
    const both = (value: unknown): readonly [string, string] => [
      stringifyExtendedJson(value, { relaxed: false }),
      stringifyExtendedJson(value),
    ];
    expect(both(5)).toEqual(['{"$numberInt":"5"}', '5']);
    expect(both(5n)).toEqual(['{"$numberLong":"5"}', '5']);
    expect(both(0.5)).toEqual(['{"$numberDouble":"0.5"}', '0.5']);
    expect(both(-0)).toEqual(['{"$numberDouble":"-0.0"}', '-0.0']);
    expect(both(NaN)).toEqual(['{"$numberDouble":"NaN"}', '{"$numberDouble":"NaN"}']);
    expect(both(-Infinity)[1]).toBe('{"$numberDouble":"-Infinity"}');
    expect(both(new Double(3))).toEqual(['{"$numberDouble":"3.0"}', '3.0']);
    expect(both(1e21)[1]).toBe('1e+21');
    expect(both(new Date(0))).toEqual(['{"$date":{"$numberLong":"0"}}', '{"$date":"1970-01-01T00:00:00Z"}']);
    expect(both(new Date(1))[1]).toBe('{"$date":"1970-01-01T00:00:00.001Z"}');
    expect(both(new Date(-1))[1]).toBe('{"$date":{"$numberLong":"-1"}}');
    expect(both(new DatetimeMS(2n ** 62n))[1]).toBe('{"$date":{"$numberLong":"4611686018427387904"}}');
    expect(both(id)[0]).toBe('{"$oid":"0123456789abcdef01234567"}');
    expect(both(new Binary(Buffer.from('abc'), 0))[0]).toBe('{"$binary":{"base64":"YWJj","subType":"00"}}');
    expect(both(new Binary(Buffer.from('abc'), 2))[0]).toBe('{"$binary":{"base64":"YWJj","subType":"02"}}');
    expect(both(new Timestamp({ t: 4294967295, i: 1 }))[0]).toBe('{"$timestamp":{"t":4294967295,"i":1}}');
    expect(both(/a"b/i)[0]).toBe('{"$regularExpression":{"pattern":"a\\"b","options":"i"}}');
    expect(both(new Code('x', { y: 1 }))[1]).toBe('{"$code":"x","$scope":{"y":1}}');
    expect(both(new DBRef('c', id, 'd'))[1]).toBe(
      '{"$ref":"c","$id":{"$oid":"0123456789abcdef01234567"},"$db":"d"}',
    );
    expect(both(new DBPointer('c', id))[1]).toBe(
      '{"$dbPointer":{"$ref":"c","$id":{"$oid":"0123456789abcdef01234567"}}}',
    );
    expect(both([new MinKey(), new MaxKey(), null, true, 'x', new BSONSymbol('s'), new Code('c')])[1]).toBe(
      '[{"$minKey":1},{"$maxKey":1},null,true,"x",{"$symbol":"s"},{"$code":"c"}]',
    );
    expect(both(Decimal128.fromString('1.50'))[1]).toBe('{"$numberDecimal":"1.50"}');
    expect(
      both(
        new SON([
          ['2', 1],
          ['1', 1],
        ]),
      )[1],
    ).toBe('{"2":1,"1":1}');
    expect(both(new RawBSONDocument(encodeDocument({ a: 1 })))[1]).toBe('{"a":1}');
  });

  it('refuses what the encoder refuses, with the same path', () => {
    expect(() => stringifyExtendedJson({ a: { b: new Date(NaN) } })).toThrow(/^a\.b: Invalid Date/);
    expect(() => stringifyExtendedJson({ a: () => 1 })).toThrow(/^a: a function cannot be stored/);
    expect(() => stringifyExtendedJson(undefined)).toThrow(/undefined/);
    expect(stringifyExtendedJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });
});

describe('parseExtendedJson', () => {
  it('reads wrappers in either order of keys, at any depth, and at the top', () => {
    expect(parseExtendedJson('{"$oid":"0123456789ABCDEF01234567"}')).toEqual(id);
    expect(parseExtendedJson('{"a":[{"$scope":{"x":{"$numberLong":"1"}},"$code":"c"}]}')).toEqual({
      a: [new Code('c', { x: 1 })],
    });
    expect(parseExtendedJson('{"$id":1,"$ref":"c","x":2}')).toEqual(
      new DBRef('c', 1 as never, undefined, { x: 2 }),
    );
    expect(parseExtendedJson('{"a":{"$undefined":true}}')).toEqual({ a: null });
    expect(parseExtendedJson('{"$timestamp":{"i":2,"t":1}}')).toEqual(new Timestamp({ t: 1, i: 2 }));
    expect(parseExtendedJson('{"$regularExpression":{"options":"xi","pattern":"a"}}')).toEqual(
      new BSONRegExp('a', 'ix'),
    );
  });

  it('leaves keys with a dollar sign that are no wrapper, and incomplete DBRefs, as they are', () => {
    for (const text of [
      '{"a":{"$gt":1}}',
      '{"$regex":"a","$options":"i"}',
      '{"a":{"$type":2}}',
      '{"a":{"$ref":"c"}}',
      '{"a":{"$ref":1,"$id":2}}',
      '{"a":{"$ref":"c","$id":1,"$x":2}}',
    ]) {
      expect(parseExtendedJson(text)).toEqual(JSON.parse(text));
    }
  });

  it('[CODEC-16] reads $uuid as a Binary, or as a UUID with a representation', () => {
    const text = '{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}';
    const uuid = new UUID('00112233-4455-6677-8899-aabbccddeeff');
    expect(parseExtendedJson(text)).toEqual(uuid.toBinary());
    expect(
      parseExtendedJson(text, { codecOptions: new CodecOptions({ uuidRepresentation: 'standard' }) }),
    ).toEqual(uuid);
  });

  it('reads numbers as the smallest type that holds them', () => {
    const exact = { codecOptions: new CodecOptions({ exactNumbers: true }) };
    expect(
      parseExtendedJson('[1, 2147483648, 9223372036854775807, 9223372036854775808, 1.0, -0]', exact),
    ).toEqual([
      new Int32(1),
      Long.fromNumber(2147483648),
      Long.MAX_VALUE,
      new Double(9223372036854775808),
      new Double(1),
      new Double(-0),
    ]);
    expect(
      parseExtendedJson('[5, 5000000000, 9007199254740993]', {
        codecOptions: new CodecOptions({ int64: 'bigint' }),
      }),
    ).toEqual([5, 5000000000n, 9007199254740993n]);
  });

  it('reads dates of RFC 3339 with any offset, and refuses those that do not exist', () => {
    expect(parseExtendedJson('{"$date":"2024-02-29T12:00:00.5+02:00"}')).toEqual(
      new Date('2024-02-29T10:00:00.500Z'),
    );
    for (const text of [
      '2023-02-29T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-01',
      '2024-01-01T25:00:00Z',
      'yesterday',
    ]) {
      expect(failure(`{"d":{"$date":"${text}"}}`).path).toBe('d.$date');
    }
  });

  it('makes documents of the class of the codec options', () => {
    const codecOptions = new CodecOptions({ documentClass: SON });
    const son = parseExtendedJson('{"2":{"$oid":"0123456789abcdef01234567"},"1":{"x":1}}', {
      codecOptions,
    }) as SON;
    expect([...son.keys()]).toEqual(['2', '1']);
    expect(son.get('1')).toBeInstanceOf(SON);
  });

  it('keeps __proto__ as data', () => {
    const document = parseExtendedJson('{"__proto__":{"a":1}}') as object;
    expect(Object.keys(document)).toEqual(['__proto__']);
    expect((document as { a?: number }).a).toBeUndefined();
  });

  it('names the path of a wrapper that is wrong', () => {
    expect(failure('{"a":[{"b":{"$numberInt":"2147483648"}}]}')).toMatchObject({ path: 'a.0.b.$numberInt' });
    for (const wrapper of [
      '{"$numberLong":"9223372036854775808"}',
      '{"$numberDouble":"1x"}',
      '{"$numberDecimal":"1.2.3"}',
      '{"$binary":{"base64":"YWJ","subType":"00"}}',
      '{"$binary":{"base64":"YWJj","subType":"xyz"}}',
      '{"$uuid":"123"}',
      '{"$scope":{}}',
      '{"$code":"x","$scope":[]}',
      '{"$timestamp":{"t":1.5,"i":1}}',
      '{"$timestamp":{"t":4294967296,"i":1}}',
      '{"$minKey":1.0}',
      '{"$undefined":false}',
      '{"$symbol":1}',
      '{"$oid":"xyz"}',
      '{"$dbPointer":{"$ref":"a","$id":"0123456789abcdef01234567"}}',
      '{"$oid":"0123456789abcdef01234567","$symbol":"x"}',
    ]) {
      expect(failure(`{"w":${wrapper}}`).path).toMatch(/^w\.\$/);
    }
    expect(failure('{"d":{"$date":{"$numberLong":"9223372036854775807"}}}').message).toMatch(
      /datetimeConversion/,
    );
  });

  it('refuses everything that is not JSON, and names where', () => {
    expect(failure('{"a":1,}').message).toBe('Extended JSON: expected a string at position 7, found "}"');
    for (const text of [
      '',
      ' ',
      '{',
      '[1',
      '[1,]',
      "{'a':1}",
      '{a:1}',
      '01',
      '1.',
      '.5',
      '+1',
      'NaN',
      'tru',
      'truex',
      '"\n"',
      '"\\x"',
      '"\\u12"',
      '1 2',
      '{"a":1}}',
      '//',
      '[1 2]',
      '{"a" 1}',
      '\ufeff1',
      '{"a":1,"a":2}',
    ]) {
      expect(failure(text).message).toMatch(/^Extended JSON: expected /);
    }
    expect(failure('['.repeat(100_000)).message).toMatch(/levels/);
    expect(failure('{"a":'.repeat(100_000)).message).toMatch(/levels/);
    expect(parseExtendedJson(`${'['.repeat(200)}${']'.repeat(200)}`)).toBeDefined();
  });

  it('keeps an integer that a double does not hold for certain', () => {
    expect(parseExtendedJson('9007199254740994')).toEqual(Long.fromString('9007199254740994'));
    expect(parseExtendedJson('9223372036854775807')).toEqual(Long.MAX_VALUE);
    expect(parseExtendedJson('9223372036854775808')).toBe(2 ** 63);
  });

  it('reads all other JSON as JSON.parse does, where no key has a dollar sign', () => {
    const keys = fc.string({ unit: 'grapheme' }).filter((key) => !key.startsWith('$') && !key.includes('\0'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme' }),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter(
            (number) =>
              !Number.isInteger(number) || Number.isSafeInteger(number) || Math.abs(number) >= 2 ** 64,
          ),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(keys, tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, '\t'), (tree, space) => {
        const text = JSON.stringify(tree, undefined, space);
        expect(parseExtendedJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
