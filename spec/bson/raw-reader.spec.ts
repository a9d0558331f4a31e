import { describe, expect, it } from '@jest/globals';
import { Code, Long, MaxKey, ObjectId, Timestamp, encodeDocument } from '../../lib/bson.js';
import {
  findElement,
  forEachElement,
  readDocumentBytes,
  readInt64AsBigint,
  readNumber,
  readString,
} from '../../lib/bson/raw-reader.js';

const keysOf = (bytes: Uint8Array, offset = 0): string[] => {
  const keys: string[] = [];
  forEachElement(bytes, offset, (_type, start, end) => {
    keys.push(Buffer.from(bytes.subarray(start, end)).toString());
  });
  return keys;
};

describe('raw reader', () => {
  const document = {
    ok: 1,
    n: Long.MIN_VALUE,
    half: 0.5,
    s: 'täxt',
    d: { inner: 1 },
    l: [1],
    o: new ObjectId(),
    t: new Timestamp({ t: 1, i: 2 }),
    r: /a/i,
    c: new Code('x', { y: 1 }),
    m: new MaxKey(),
    b: Buffer.from('abc'),
  };
  const bytes = encodeDocument(document);

  it('walks the elements of a document at any offset', () => {
    expect(keysOf(bytes)).toEqual(Object.keys(document));
    const at = findElement(bytes, 0, 'd')!.valueOffset;
    expect(keysOf(bytes, at)).toEqual(['inner']);
  });

  it('ends the walk when the visitor says so', () => {
    let visits = 0;
    forEachElement(bytes, 0, () => ++visits < 3);
    expect(visits).toBe(3);
  });

  it('reads numbers of every type, texts and embedded bytes', () => {
    const read = (key: string): number | undefined => {
      const { type, valueOffset } = findElement(bytes, 0, key)!;
      return readNumber(bytes, type, valueOffset);
    };
    expect([read('ok'), read('n'), read('half'), read('s')]).toEqual([1, -(2 ** 63), 0.5, undefined]);
    expect(readInt64AsBigint(bytes, findElement(bytes, 0, 'n')!.valueOffset)).toBe(-(2n ** 63n));
    expect(readString(bytes, findElement(bytes, 0, 's')!.valueOffset)).toBe('täxt');
    expect(Buffer.from(readDocumentBytes(bytes, findElement(bytes, 0, 'd')!.valueOffset))).toEqual(
      encodeDocument({ inner: 1 }),
    );
    expect(findElement(bytes, 0, 'o k')).toBeUndefined();
    expect(findElement(bytes, 0, 'o')?.type).toBe(7);
  });

  it('checks every length against the bytes there are', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => keysOf(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'InvalidBSON' }),
      );
    }
  });
});
