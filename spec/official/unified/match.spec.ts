import { describe, expect, it } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import { EntityMap } from './entity-map.js';
import type { Driver } from './driver.js';
import { match, sameDocument } from './match.js';

const lsid = { id: new Binary(Buffer.alloc(16, 7), 4) };
const entities = new EntityMap({ sessionFacts: () => ({ lsid }) } as unknown as Driver);
const id = new ObjectId();
entities.add('id', 'value', id);
entities.add('session', 'session', {});

const matches = (expected: unknown, actual: unknown, root = true): boolean => {
  try {
    match(expected, actual, entities, root);
    return true;
  } catch {
    return false;
  }
};

describe('matching a value', () => {
  it.each([
    ['extra fields at the root', { x: 1 }, { x: 1, y: 1 }, true],
    ['a missing field', { x: 1, y: 1 }, { x: 1 }, false],
    ['extra fields in a nested document', { x: { y: 1 } }, { x: { y: 1, z: 1 } }, false],
    ['keys in another order', { x: { a: 1, b: 2 } }, { x: { b: 2, a: 1 } }, true],
    ['arrays of different length', [1, 2, 3], [1, 2, 3, 4], false],
    ['documents of an array as nested ones', [{ x: 1 }], [{ x: 1, y: 1 }], false],
    [
      'numbers of other types',
      { a: 1, b: 1, c: 2 },
      { a: Long.fromNumber(1), b: new Double(1), c: 2n },
      true,
    ],
    ['numbers that differ', 1, 1.5, false],
    ['64-bit numbers beyond doubles', Long.MAX_VALUE, 9223372036854775807n, true],
    ['64-bit numbers one apart', Long.MAX_VALUE, 9223372036854775806n, false],
    ['a number and a decimal', 1, Decimal128.fromString('1'), false],
    ['a string and a number', '1', 1, false],
    ['null and a missing key', { x: null }, {}, false],
    ['undefined as a missing key', { x: { $$exists: false } }, { x: undefined }, true],
    ['ids', id, new ObjectId(id.toHexString()), true],
    ['other ids', id, new ObjectId(), false],
  ])('%s', (_name, expected, actual, result) => {
    expect(matches(expected, actual)).toBe(result);
  });
});

describe('an operator', () => {
  it.each([
    ['$$exists true of null', { x: { $$exists: true } }, { x: null }, true],
    ['$$exists true of nothing', { x: { $$exists: true } }, {}, false],
    ['$$exists false', { x: { $$exists: false } }, { x: 1 }, false],
    ['$$type int', { x: { $$type: 'int' } }, { x: new Int32(1) }, true],
    ['$$type int of a long', { x: { $$type: 'int' } }, { x: Long.fromNumber(1) }, false],
    ['$$type of a list', { x: { $$type: ['int', 'long'] } }, { x: 5n }, true],
    ['$$type number of a decimal', { x: { $$type: 'number' } }, { x: Decimal128.fromString('1') }, true],
    ['$$type of nothing', { x: { $$type: 'int' } }, {}, false],
    ['$$type array', { x: { $$type: 'array' } }, { x: ['a'] }, true],
    ['$$matchesEntity', { x: { $$matchesEntity: 'id' } }, { x: id }, true],
    ['$$matchesEntity of another', { x: { $$matchesEntity: 'id' } }, { x: new ObjectId() }, false],
    ['$$matchesEntity unknown', { x: { $$matchesEntity: 'nobody' } }, { x: id }, false],
    ['$$matchesHexBytes', { $$matchesHexBytes: '12AB' }, Buffer.from('12ab', 'hex'), true],
    ['$$matchesHexBytes other', { $$matchesHexBytes: '12ab' }, Buffer.from('12ac', 'hex'), false],
    ['$$matchesHexBytes malformed', { $$matchesHexBytes: '12a' }, Buffer.from('12', 'hex'), false],
    ['$$unsetOrMatches unset', { x: { $$unsetOrMatches: 1 } }, {}, true],
    ['$$unsetOrMatches set', { x: { $$unsetOrMatches: 1 } }, { x: 2 }, false],
    ['$$unsetOrMatches of a whole result', { $$unsetOrMatches: { x: 1 } }, undefined, true],
    ['$$sessionLsid', { lsid: { $$sessionLsid: 'session' } }, { lsid }, true],
    [
      '$$sessionLsid other',
      { lsid: { $$sessionLsid: 'session' } },
      { lsid: { id: new Binary(Buffer.alloc(16), 4) } },
      false,
    ],
    ['$$lte', { x: { $$lte: 5 } }, { x: Long.fromNumber(5) }, true],
    ['$$lte above', { x: { $$lte: 1 } }, { x: 1.1 }, false],
    ['$$matchAsDocument', { x: { $$matchAsDocument: { a: 1 } } }, { x: '{"a": {"$numberLong": "1"}}' }, true],
    [
      '$$matchAsDocument with extra fields',
      { x: { $$matchAsDocument: { a: 1 } } },
      { x: '{"a": 1, "b": 2}' },
      false,
    ],
    ['$$matchAsRoot', { x: { $$matchAsRoot: { a: 1 } } }, { x: { a: 1, b: 2 } }, true],
    ['both', { x: { $$matchAsDocument: { $$matchAsRoot: { a: 1 } } } }, { x: '{"a": 1, "b": 2}' }, true],
    ['an unknown one', { x: { $$nearly: 1 } }, { x: 1 }, false],
  ])('%s', (_name, expected, actual, result) => {
    expect(matches(expected, actual)).toBe(result);
  });
});

describe('an outcome', () => {
  it('allows another order of keys and nothing else', () => {
    expect(sameDocument({ _id: 1, x: { a: 1, b: 2 } }, { x: { b: 2, a: 1 }, _id: Long.fromNumber(1) })).toBe(
      true,
    );
    expect(sameDocument({ _id: 1 }, { _id: 1, x: 1 })).toBe(false);
    expect(sameDocument({ _id: 1 }, { _id: '1' })).toBe(false);
  });
});
