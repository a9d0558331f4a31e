import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  decodeDocument,
  decodeVector,
  encodeDocument,
  encodeVector,
  parseExtendedJson,
  type VectorType,
} from '../../lib/bson.js';
import { readOfficialFiles } from './official-files.js';

/** BSON binary vectors, `source/bson-binary-vector/tests/README.md`. */
interface VectorFile {
  readonly description: string;
  readonly test_key: string;
  readonly tests: readonly {
    readonly description: string;
    readonly valid: boolean;
    readonly vector?: readonly (number | object)[];
    readonly dtype_hex: string;
    readonly padding?: number;
    readonly canonical_bson?: string;
  }[];
}

type VectorCase = VectorFile['tests'][number];

/** Infinities are written as extended JSON. */
const toNumber = (value: number | object): number =>
  typeof value === 'number' ? value : (parseExtendedJson(JSON.stringify(value)) as number);

const make = (test: VectorCase): Binary =>
  encodeVector({
    dtype: Number(test.dtype_hex) as VectorType,
    values: (test.vector ?? []).map(toNumber),
    padding: test.padding ?? 0,
  });

const read = (key: string, hex: string): Binary =>
  (decodeDocument(Buffer.from(hex, 'hex')) as Record<string, Binary>)[key]!;

const files = readOfficialFiles<VectorFile>('bson-binary-vector/tests');

describe('BSON binary vectors', () => {
  if (files === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(files)('$name', ({ content: { test_key: key, tests } }) => {
    for (const test of tests) {
      it(`${test.valid ? 'valid' : 'invalid'}: ${test.description}`, () => {
        if (!test.valid) {
          if (test.vector !== undefined)
            expect(() => encodeDocument({ [key]: make(test) })).toThrow(RangeError);
          if (test.canonical_bson !== undefined) {
            const bson = test.canonical_bson;
            expect(() => decodeVector(read(key, bson))).toThrow(RangeError);
          }
          expect(test.vector ?? test.canonical_bson).toBeDefined();
          return;
        }
        const bytes = encodeDocument({ [key]: make(test) });
        expect(Buffer.from(bytes).toString('hex').toUpperCase()).toBe(test.canonical_bson);
        const vector = decodeVector(read(key, test.canonical_bson ?? ''));
        expect(vector).toEqual(decodeVector(make(test)));
        expect(vector.padding).toBe(test.padding ?? 0);
        expect(vector.dtype).toBe(Number(test.dtype_hex));
        expect(vector.values).toHaveLength(test.vector?.length ?? -1);
      });
    }
  });
});

describe('BSON binary vectors, prose tests', () => {
  it('1. refuses to encode padding bits that are not zero', () => {
    expect(() => encodeVector({ dtype: 0x10, values: [0xff], padding: 7 })).toThrow(/padding bits/);
    expect(() => encodeDocument({ v: new Binary(Uint8Array.of(0x10, 7, 0xff), 9) })).toThrow(
      /v: the padding bits/,
    );
  });

  it('2. refuses to read padding bits that are not zero', () => {
    expect(() => decodeVector(new Binary(Uint8Array.of(0x10, 7, 0xff), 9))).toThrow(/padding bits/);
  });

  it('3. compares by bytes', () => {
    const vector = encodeVector({ dtype: 0x10, values: [0x80], padding: 7 });
    expect(vector.value()).toEqual(new Binary(Uint8Array.of(0x10, 7, 0x80), 9).value());
  });
});
