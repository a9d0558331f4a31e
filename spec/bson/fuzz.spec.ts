import { describe, it } from '@jest/globals';
import * as bson from 'bson';
import {
  CodecOptions,
  RawBSONDocument,
  SON,
  decodeDocument,
  parseExtendedJson,
  stringifyExtendedJson,
} from '../../lib/bson.js';
import { BatchDecoder } from '../../lib/bson/decoder.js';
import { document, expectEqual } from './arbitrary-documents.js';
import { fc } from '../support/property.js';

// Errors are what most damaged bytes give: their stacks would take longer than the decoding.
Error.stackTraceLimit = 0;

/** Damaged bytes give a value or an `InvalidBSON`: never another error, a hang, or a read outside the document. */
const readable = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    // Without an assertion of jest, which takes longer than what it asserts.
    if ((error as Error).name !== 'InvalidBSON') throw error;
    return undefined;
  }
};

const mutation = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));

/** What is done to the bytes of one document: some bytes overwritten, perhaps the end cut off. */
const damage = fc.tuple(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(), { freq: 8 }));

const damagedBytes = (
  good: Uint8Array,
  [mutations, cut]: readonly [readonly (readonly [number, number])[], number | null],
): Buffer => {
  const bytes = Buffer.from(good);
  for (const [at, byte] of mutations) bytes[at % bytes.length] = byte;
  return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
};

const DAMAGES = 100;
const damages = fc.array(damage, { minLength: DAMAGES, maxLength: DAMAGES });

const OPTIONS = [
  undefined,
  new CodecOptions({ documentClass: SON, exactNumbers: true, datetimeConversion: 'datetime_auto' }),
  new CodecOptions({ documentClass: RawBSONDocument }),
  new CodecOptions({
    int64: 'number-or-throw',
    unicodeDecodeErrorHandler: 'surrogateescape',
    uuidRepresentation: 'standard',
  }),
];

describe('damaged bytes', () => {
  it('are decoded or refused by every reader, 10,000 cases', () => {
    fc.assert(
      fc.property(document, damages, (value, cases) => {
        const good = bson.serialize(value);
        for (const bytes of cases.map((one) => damagedBytes(good, one))) {
          for (const options of OPTIONS) readable(() => decodeDocument(bytes, options));
          const raw = readable(() => new RawBSONDocument(bytes));
          readable(() => raw?.toObject());
          readable(() => {
            const batch = new BatchDecoder(bytes, 0);
            for (let count = batch.remaining; count > 0; count--) readable(() => batch.next());
          });
        }
      }),
      { numRuns: 10_000 / DAMAGES },
    );
  }, 60_000);

  it('give the same value or error whether the shape was seen before or not', () => {
    const read = (bytes: Uint8Array, options?: CodecOptions): unknown => {
      try {
        return decodeDocument(bytes, options);
      } catch (error) {
        return { failed: (error as Error).message };
      }
    };
    fc.assert(
      fc.property(document, damages, (value, cases) => {
        const good = bson.serialize(value);
        for (let round = 0; round < 20; round++) decodeDocument(good);
        for (const bytes of cases.map((one) => damagedBytes(good, one))) {
          const withoutShapes = read(bytes, new CodecOptions({ documentClass: SON }));
          expectEqual(read(bytes), withoutShapes instanceof SON ? withoutShapes.toObject() : withoutShapes);
        }
        expectEqual(decodeDocument(good), bson.deserialize(good));
      }),
      { numRuns: 4_000 / DAMAGES, endOnFailure: true },
    );
  }, 60_000);
});

describe('damaged extended JSON', () => {
  it('is parsed or refused', () => {
    const edit = fc.tuple(fc.nat(), fc.string({ maxLength: 2 }));
    const edits = fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { minLength: 10, maxLength: 10 });
    const edited = (json: string, [at, insert]: readonly [number, string]): string => {
      const position = at % (json.length + 1);
      return json.slice(0, position) + insert + json.slice(position + 1);
    };
    fc.assert(
      fc.property(document, edits, (value, cases) => {
        const good = stringifyExtendedJson(value, { relaxed: false });
        for (const json of cases.map((one) => one.reduce(edited, good))) {
          try {
            parseExtendedJson(json);
          } catch (error) {
            if ((error as Error).name !== 'InvalidDocument') throw error;
          }
        }
      }),
      { numRuns: 80 },
    );
  });
});
