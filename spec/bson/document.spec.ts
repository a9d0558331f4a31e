import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ObjectId, SON } from '../../lib/bson.js';

describe('SON', () => {
  it('[CODEC-5] keeps and shows its order', () => {
    const son = new SON<unknown>([
      ['b', 1],
      ['2', 1],
      ['1', new SON([['x', 1]])],
    ]);
    expect(inspect(son)).toBe("SON([ [ 'b', 1 ], [ '2', 1 ], [ '1', SON([ [ 'x', 1 ] ]) ] ])");
    expect([...son.keys()]).toEqual(['b', '2', '1']);
  });

  it('makes plain objects of itself and of what is nested in it', () => {
    const son = new SON<unknown>([
      ['a', [new SON([['b', 1]])]],
      ['__proto__', 1],
    ]);
    const plain = son.toObject();
    expect(plain['a']).toEqual([{ b: 1 }]);
    expect(Object.keys(plain)).toEqual(['a', '__proto__']);
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
  });
});

describe('ObjectId', () => {
  it('[DATA-19] is made of text only when asked to, and not of malformed text', () => {
    const text = '5f43a1c2d3e4f5a6b7c8d9e0';
    expect(new ObjectId(text).toHexString()).toBe(text);
    expect([ObjectId.isValid(text), ObjectId.isValid('zz')]).toEqual([true, false]);
    expect(() => new ObjectId('zz')).toThrow();
  });
});
