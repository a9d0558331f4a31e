import { describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import {
  ObjectId,
  ObjectIdMap,
  ObjectIdSet,
  decodeDocument,
  encodeDocument,
  objectIdKey,
} from '../../lib/bson.js';

const HEX = '5f43a1c2d3e4f5a6b7c8d9e0';

describe('ids as keys', () => {
  it('are compared by value in an ObjectIdMap', () => {
    const map = new ObjectIdMap([[new ObjectId(HEX), 1]]);
    map.set(new ObjectId(HEX), 2).set(new ObjectId(), 3);
    expect([map.size, map.get(new ObjectId(HEX)), map.has(new ObjectId())]).toEqual([2, 2, false]);
    expect([...map].map(([id]) => id.toHexString())[0]).toBe(HEX);
    expect([map.delete(new ObjectId(HEX)), map.delete(new ObjectId(HEX)), map.size]).toEqual([
      true,
      false,
      1,
    ]);
    map.clear();
    expect(map.size).toBe(0);
  });

  it('are compared by value in an ObjectIdSet', () => {
    const set = new ObjectIdSet([new ObjectId(HEX)]);
    set.add(new ObjectId(HEX));
    expect([set.size, set.has(new ObjectId(HEX)), [...set].map(objectIdKey)]).toEqual([1, true, [HEX]]);
    expect(set.delete(new ObjectId(HEX))).toBe(true);
    set.clear();
    expect(set.size).toBe(0);
  });
});

describe('decoded ids', () => {
  it('are values of their own: deeply equal, and kept without the bytes they were read from', () => {
    const bytes = Buffer.from(encodeDocument({ id: new ObjectId(HEX) }));
    const { id } = decodeDocument(bytes) as { id: ObjectId };
    bytes.fill(0);
    expect(id.toHexString()).toBe(HEX);
    expect(isDeepStrictEqual(id, new ObjectId(HEX))).toBe(true);
    expect(isDeepStrictEqual(id, new ObjectId())).toBe(false);
  });
});
