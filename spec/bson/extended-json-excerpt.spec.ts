import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { excerptExtendedJson } from '../../lib/bson/extended-json-excerpt.js';
import { stringifyExtendedJson } from '../../lib/bson/extended-json.js';
import { Int32, Long, ObjectId } from '../../lib/bson/values.js';
import { encodeDocument } from '../../lib/bson/encoder.js';
import { RawBSONDocument } from '../../lib/bson/raw-document.js';

/** No half of a surrogate pair stands alone. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

const all = (document: unknown): string => excerptExtendedJson(document, 1e9);

describe('an excerpt of extended JSON', () => {
  it('is the whole relaxed text where that is short', () => {
    const document = {
      find: 'c',
      filter: { a: { $gt: 1.5 }, b: [1, null, true, undefined], c: -0 },
      id: new ObjectId('65a000000000000000000000'),
      at: new Date(0),
      long: Long.fromNumber(7),
      int: new Int32(3),
      big: 12n,
      raw: new RawBSONDocument(encodeDocument({ x: 1 })),
      map: new Map([['k', 'v"']]),
      nothing: undefined,
    };
    expect(all(document)).toBe(stringifyExtendedJson(document));
  });

  it('agrees with the encoder on any document', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme' }).filter((key) => !key.includes('\0')),
          fc.oneof(
            fc.string({ unit: 'grapheme' }),
            fc.integer(),
            fc.boolean(),
            fc.constant(null),
            fc.double({ noNaN: true }),
            fc.array(fc.integer()),
            fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()),
          ),
        ),
        (document) => {
          expect(all(document)).toBe(stringifyExtendedJson(document));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is cut at the length, with three dots that do not count', () => {
    expect(excerptExtendedJson({ x: 'yyyyyyyyyy' }, 8)).toBe('{"x":"yy...');
    expect(excerptExtendedJson({ x: 'y' }, 9)).toBe('{"x":"y"}');
    expect(excerptExtendedJson({ x: 'y' }, 0)).toBe('...');
  });

  it('is never cut within a code point', () => {
    const text = excerptExtendedJson({ x: '😀😀' }, 7);
    expect(text).toBe('{"x":"...');
    expect(excerptExtendedJson({ x: '😀😀' }, 8)).toBe('{"x":"😀...');
    for (let length = 0; length < 30; length++)
      expect(isWellFormed(excerptExtendedJson({ e: '日本😀é😀' }, length))).toBe(true);
  });

  it('takes no longer for a large document than for its beginning', () => {
    let read = 0;
    const documents = Array.from({ length: 10_000 }, () =>
      Object.defineProperty({}, 'x', { enumerable: true, get: () => ++read }),
    );
    expect(excerptExtendedJson({ insert: 'c', documents }, 100)).toHaveLength(103);
    expect(read).toBeLessThan(30);
  });

  it('names the class of a value that only a codec knows', () => {
    class Money {
      readonly #cents = 5;
      get cents(): number {
        return this.#cents;
      }
    }
    expect(all({ price: new Money() })).toBe('{"price":"<Money>"}');
  });
});
