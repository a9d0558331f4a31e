import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { CodecOptions, RawBSONDocument, encodeDocument } from '../../lib/bson.js';

describe('RawBSONDocument', () => {
  const bytes = encodeDocument(
    new Map<string, unknown>([
      ['b', 1],
      ['a', { x: [1, 'two'] }],
      ['__proto__', 'data'],
      ['ключ', null],
    ]),
  );
  const raw = new RawBSONDocument(bytes);

  it('[CODEC-25] gives the bytes, the keys in their order, and values when they are asked for', () => {
    expect(raw.raw).toBe(bytes);
    expect(raw.keys()).toEqual(['b', 'a', '__proto__', 'ключ']);
    expect(raw.get('a')).toEqual({ x: [1, 'two'] });
    expect(raw.get('ключ')).toBeNull();
    expect(raw.get('missing')).toBeUndefined();
    expect([raw.has('b'), raw.has('x')]).toEqual([true, false]);
  });

  it('makes a plain object, and prints as one', () => {
    const plain = raw.toObject();
    expect(Object.keys(plain)).toEqual(['b', 'a', '__proto__', 'ключ']);
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(inspect(new RawBSONDocument(encodeDocument({ a: 1 })))).toBe('RawBSONDocument({ a: 1 })');
  });

  it('follows the codec options for its values', () => {
    const options = new CodecOptions({ int64: 'bigint', documentClass: Map });
    const document = new RawBSONDocument(encodeDocument({ a: { n: 5n } }), options);
    expect(document.get('a')).toEqual(new Map([['n', 5n]]));
  });

  it('refuses bytes that are not exactly one document', () => {
    for (const wrong of [new Uint8Array(0), bytes.subarray(0, 10), Buffer.concat([bytes, bytes])]) {
      expect(() => new RawBSONDocument(wrong)).toThrow(expect.objectContaining({ name: 'InvalidBSON' }));
    }
    expect(() => new RawBSONDocument('text' as never)).toThrow(TypeError);
  });

  it('names the field when a value cannot be read, and reads the others', () => {
    const spoiled = Buffer.from(encodeDocument({ _id: 3, good: 1, bad: { text: '?' } }));
    spoiled[spoiled.indexOf('?')] = 0xff;
    const document = new RawBSONDocument(spoiled);
    expect(document.get('good')).toBe(1);
    expect(() => document.get('bad')).toThrow(expect.objectContaining({ path: 'bad.text', documentId: 3 }));
  });
});
