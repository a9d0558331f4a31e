import { describe, expect, it } from '@jest/globals';
import { rejectUndefined } from '../../lib/bson/undefined.js';

describe('rejectUndefined', () => {
  it('names the path of an undefined value in documents, arrays and maps', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'filter'],
      [{ a: undefined }, 'filter.a'],
      [{ $or: [{ a: 1 }, { b: { $in: [1, undefined] } }] }, 'filter.$or.1.b.$in.1'],
      [new Map([['a', new Map([['b', undefined]])]]), 'filter.a.b'],
    ];
    for (const [value, path] of cases) {
      expect(() => {
        rejectUndefined(value, 'filter');
      }).toThrow(expect.objectContaining({ name: 'InvalidDocument', path }));
    }
  });

  it('lets everything else pass, and does not look into instances of classes', () => {
    class Lazy {
      field = undefined;
    }
    for (const value of [{}, { a: null, b: [0, '', false] }, new Map(), { d: new Date(), l: new Lazy() }])
      rejectUndefined(value, 'filter');
  });

  it('ends on a value that contains itself, however often', () => {
    const cycle: Record<string, unknown> = {};
    for (const key of 'abcdefgh') cycle[key] = cycle;
    rejectUndefined(cycle, 'filter');
    cycle['z'] = undefined;
    expect(() => {
      rejectUndefined(cycle, 'filter');
    }).toThrow(/filter\.z is undefined/);
  });
});
