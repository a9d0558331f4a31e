import { describe, expect, it } from '@jest/globals';
import {
  CodecOptions,
  Decimal128,
  decodeDocument,
  encodeDocument,
  parseExtendedJson,
  stringifyExtendedJson,
} from '../../lib/bson.js';
import { ElementType } from '../../lib/bson/element-types.js';
import { forEachElement } from '../../lib/bson/raw-reader.js';
import { readOfficialFiles } from './official-files.js';

/** BSON corpus, `source/bson-corpus/bson-corpus.md`: the assertions of a codec with native values in between. */
interface CorpusFile {
  readonly description: string;
  readonly bson_type: string;
  readonly valid?: readonly ValidCase[];
  readonly decodeErrors?: readonly { readonly description: string; readonly bson: string }[];
  readonly parseErrors?: readonly { readonly description: string; readonly string: string }[];
}

interface ValidCase {
  readonly description: string;
  readonly canonical_bson: string;
  readonly canonical_extjson: string;
  readonly relaxed_extjson?: string;
  readonly degenerate_bson?: string;
  readonly degenerate_extjson?: string;
  readonly lossy?: boolean;
}

/** Every number keeps its type, and dates their whole range, so that bytes are written back as they were read. */
const exact = new CodecOptions({ exactNumbers: true, datetimeConversion: 'datetime_auto' });

const decode = (hex: string): unknown => decodeDocument(Buffer.from(hex, 'hex'), exact);
const encode = (document: unknown): string =>
  Buffer.from(encodeDocument(document, { codecOptions: exact })).toString('hex');
const parse = (text: string): unknown => parseExtendedJson(text, { codecOptions: exact });
const canonical = (document: unknown): string =>
  stringifyExtendedJson(document, { relaxed: false, codecOptions: exact });
const relaxed = (document: unknown): string => stringifyExtendedJson(document, { codecOptions: exact });

/** The corpus leaves white space, escapes and the spelling of doubles (`1.0E+3`) to the generator. */
const normalized = (json: string): unknown =>
  JSON.parse(json, (key, value: unknown) =>
    key === '$numberDouble' && Number.isFinite(Number(value)) ? Number(value) : value,
  );

/** 64-bit integers of relaxed extended JSON: `JSON.parse` alone would round both sides. */
const digits = (json: string): readonly string[] => json.match(/-?\d{16,}/g) ?? [];

const expectSameJson = (actual: string, expected: string): void => {
  expect(normalized(actual)).toEqual(normalized(expected));
  expect(digits(actual)).toEqual(digits(expected));
};

/**
 * The deprecated type "undefined" is read as null, in documents and in extended JSON ("Deprecated types": "Implementations
 * MAY ignore or modify them").
 */
const withoutUndefined = (hex: string): string => {
  const bytes = Buffer.from(hex, 'hex');
  forEachElement(bytes, 0, (type, keyStart) => {
    if (type === ElementType.Undefined) bytes[keyStart - 1] = ElementType.Null;
  });
  return bytes.toString('hex');
};

const withoutUndefinedJson = (json: string): string => json.replaceAll(/\{"\$undefined" ?: ?true\}/g, 'null');

const checkValid = (test: ValidCase): void => {
  const canonicalBson = withoutUndefined(test.canonical_bson);
  const canonicalJson = withoutUndefinedJson(test.canonical_extjson);

  const native = decode(test.canonical_bson);
  expect(encode(native)).toBe(canonicalBson);
  expectSameJson(canonical(native), canonicalJson);
  expectSameJson(canonical(parse(test.canonical_extjson)), canonicalJson);
  if (test.lossy !== true) expect(encode(parse(test.canonical_extjson))).toBe(canonicalBson);
  if (test.relaxed_extjson !== undefined) {
    expectSameJson(relaxed(native), test.relaxed_extjson);
    expectSameJson(relaxed(parse(test.relaxed_extjson)), test.relaxed_extjson);
  }
  if (test.degenerate_bson !== undefined) expect(encode(decode(test.degenerate_bson))).toBe(canonicalBson);
  if (test.degenerate_extjson !== undefined) {
    expectSameJson(canonical(parse(test.degenerate_extjson)), canonicalJson);
    if (test.lossy !== true) expect(encode(parse(test.degenerate_extjson))).toBe(canonicalBson);
  }
};

const checkParseError = (text: string, bsonType: string): void => {
  if (bsonType === '0x13') {
    expect(() => Decimal128.fromString(text)).toThrow();
    return;
  }
  expect(JSON.parse(text)).toBeDefined();
  expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'InvalidDocument' }));
};

const files = readOfficialFiles<CorpusFile>('bson-corpus/tests');

describe('BSON corpus', () => {
  if (files === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(files)('$name', ({ content }) => {
    for (const test of content.valid ?? []) {
      it(`valid: ${test.description}`, () => {
        checkValid(test);
      });
    }
    for (const test of content.decodeErrors ?? []) {
      it(`decode error: ${test.description}`, () => {
        expect(() => decode(test.bson)).toThrow(expect.objectContaining({ name: 'InvalidBSON' }));
      });
    }
    for (const test of content.parseErrors ?? []) {
      it(`parse error: ${test.description} ${content.bson_type === '0x13' ? test.string : ''}`, () => {
        checkParseError(test.string, content.bson_type);
      });
    }
  });
});

describe('BSON corpus, prose tests', () => {
  it('1. prohibits null bytes in keys and regular expressions when encoding', () => {
    for (const document of [{ 'a\0b': 1 }, { a: { 'b\0c': 1 } }, { a: new Map([['\0', 1]]) }]) {
      expect(() => encodeDocument(document)).toThrow(/null character/);
    }
    for (const text of [
      '{"$regularExpression":{"pattern":"a\\u0000","options":""}}',
      '{"$regularExpression":{"pattern":"a","options":"\\u0000"}}',
    ]) {
      expect(() => parseExtendedJson(text)).toThrow(/null character/);
    }

    expect(() => encodeDocument({ a: new RegExp('\0') })).toThrow(/null character/);
    const tagged = Object.create(
      { _bsontype: 'BSONRegExp' },
      { pattern: { value: 'a' }, options: { value: 'i\0' } },
    ) as object;
    expect(() => encodeDocument({ a: tagged })).toThrow(/null character/);
  });

  it('2. decodes duplicate keys with the last one winning, and writes that one back', () => {
    const bytes = Buffer.from('1700000010666f6f000100000010666f6f000200000000', 'hex');
    expect(decodeDocument(bytes)).toEqual({ foo: 2 });
    expect(Buffer.from(encodeDocument(decodeDocument(bytes))).toString('hex')).toBe(
      '0e00000010666f6f000200000000',
    );
    expect(() => parseExtendedJson('{"foo":1,"foo":2}')).toThrow(/foo/);
  });
});
