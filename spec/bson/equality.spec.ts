import { describe, expect, it } from '@jest/globals';
import * as bson from 'bson';
import {
  BSONSymbol,
  CodecOptions,
  RawBSONDocument,
  SON,
  decodeDocument,
  encodeDocument,
  parseExtendedJson,
  stringifyExtendedJson,
} from '../../lib/bson.js';
import { document, expectEqual, key } from './arbitrary-documents.js';
import { fc } from '../support/property.js';

/** The codec against the `bson` package: the same bytes out, the same values in. */
const RUNS = { numRuns: 150 };

/** Each document this often, so that it is also read along its shape and by compiled code. */
const REPEATS = 24;

const decodeRepeatedly = (bytes: Uint8Array, options?: CodecOptions): unknown => {
  let decoded: unknown;
  for (let round = 0; round < REPEATS; round++) decoded = decodeDocument(bytes, options);
  return decoded;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('equality with the bson package', () => {
  it('encodes every document to the same bytes', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(hex(encodeDocument(value))).toBe(hex(bson.serialize(value)));
      }),
      RUNS,
    );
  });

  it('decodes every document to the same values in the same order', () => {
    fc.assert(
      fc.property(document, (value) => {
        const bytes = bson.serialize(value);
        const decoded = decodeRepeatedly(bytes) as object;
        const expected = bson.deserialize(bytes, { bsonRegExp: true });
        expectEqual(decoded, expected);
        expect(JSON.stringify(Object.keys(decoded))).toBe(JSON.stringify(Object.keys(expected)));
      }),
      RUNS,
    );
  });

  it.each([
    [{ int64: 'bigint' }, { useBigInt64: true }],
    [{ int64: 'Long' }, { promoteLongs: false }],
    [{ exactNumbers: true }, { promoteValues: false }],
  ] as const)('decodes with %j as the package does with %j', (ours, theirs) => {
    const options = new CodecOptions(ours);
    fc.assert(
      fc.property(document, (value) => {
        const bytes = bson.serialize(value);
        expect(decodeRepeatedly(bytes, options)).toEqual(
          bson.deserialize(bytes, { ...theirs, bsonRegExp: true }),
        );
      }),
      RUNS,
    );
  });

  it('decodes documents of one shape and of many, one after the other', () => {
    const family = fc
      .array(key, { minLength: 1, maxLength: 12 })
      .chain((keys) =>
        fc.array(
          fc.tuple(
            fc.subarray(keys),
            fc.array(
              fc.oneof(
                fc.integer(),
                fc.string({ unit: 'grapheme' }),
                fc.constant(null),
                fc.boolean(),
                fc.constant({ n: 1 }),
                fc.constant([1, 'x']),
              ),
              { minLength: 12, maxLength: 12 },
            ),
          ),
          { minLength: 40, maxLength: 80 },
        ),
      );
    fc.assert(
      fc.property(family, (members) => {
        for (const [keys, values] of members) {
          const bytes = bson.serialize(new Map(keys.map((name, index) => [name, values[index]])));
          expectEqual(decodeDocument(bytes), bson.deserialize(bytes));
        }
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

describe('round trips', () => {
  const everyCombination = fc.record({
    documentClass: fc.constantFrom(Object, Map, SON, RawBSONDocument),
    int64: fc.constantFrom('auto', 'bigint', 'Long'),
    exactNumbers: fc.boolean(),
    tzAware: fc.boolean(),
    datetimeConversion: fc.constantFrom('datetime', 'datetime_ms', 'datetime_auto', 'datetime_clamp'),
    uuidRepresentation: fc.constantFrom(
      'unspecified',
      'standard',
      'pythonLegacy',
      'javaLegacy',
      'csharpLegacy',
    ),
    unicodeDecodeErrorHandler: fc.constantFrom(
      'strict',
      'replace',
      'ignore',
      'backslashreplace',
      'surrogateescape',
    ),
  });

  it('every option combination: what is decoded encodes to a document of the same value', () => {
    fc.assert(
      fc.property(document, everyCombination, (value, fields) => {
        const codecOptions = new CodecOptions(fields as never);
        const bytes = encodeDocument(value);
        const again = encodeDocument(decodeDocument(bytes, codecOptions), { codecOptions });
        expectEqual(decodeDocument(again), decodeDocument(bytes));
        if (fields.documentClass === RawBSONDocument) expect(hex(again)).toBe(hex(bytes));
      }),
      RUNS,
    );
  });

  it('exact numbers and ordered documents: every byte is written back', () => {
    const codecOptions = new CodecOptions({ documentClass: SON, exactNumbers: true });
    fc.assert(
      fc.property(document, (value) => {
        const bytes = encodeDocument(value);
        expect(hex(encodeDocument(decodeDocument(bytes, codecOptions)))).toBe(hex(bytes));
      }),
      RUNS,
    );
  });

  it('canonical extended JSON: every byte is written back', () => {
    const codecOptions = new CodecOptions({ documentClass: SON, exactNumbers: true });
    const withoutDollar = document.filter(
      (value) =>
        !JSON.stringify(value, (_key, field: unknown) =>
          typeof field === 'bigint' ? String(field) : field,
        ).includes('"$'),
    );
    fc.assert(
      fc.property(withoutDollar, (value) => {
        const bytes = encodeDocument({ value, symbol: new BSONSymbol('s') });
        const text = stringifyExtendedJson(decodeDocument(bytes, codecOptions), { relaxed: false });
        const back = encodeDocument(parseExtendedJson(text, { codecOptions }));
        // A NaN of a double or Decimal128 can carry bits that extended JSON has no form for.
        if (!text.includes('NaN')) expect(hex(back)).toBe(hex(bytes));
      }),
      RUNS,
    );
  });

  it('either the document comes back equal, or encoding throws', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
          withSparseArray: true,
        }),
        (value) => {
          let bytes: Uint8Array;
          try {
            bytes = encodeDocument({ value });
          } catch (error) {
            expect(error).toMatchObject({ name: 'InvalidDocument', path: expect.stringMatching(/^value/) });
            return;
          }
          expect(
            hex(
              encodeDocument(
                decodeDocument(bytes, new CodecOptions({ documentClass: SON, exactNumbers: true })),
              ),
            ),
          ).toBe(hex(bytes));
        },
      ),
      { numRuns: 600 },
    );
  });
});
