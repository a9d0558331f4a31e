import { describe, expect, it } from '@jest/globals';
import { closeNames, didYouMean, editDistance } from '../../lib/options/suggest.js';

describe('close names', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['abc', 'acb', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('from %j to %j are %d edits', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance);
    expect(editDistance(other, one)).toBe(distance);
  });

  it('come closest first, without regard to letter case and separators', () => {
    const names = ['minPoolSize', 'maxPoolSize', 'replicaSet'];
    expect(closeNames('max_pool_size', names)).toEqual(['maxPoolSize', 'minPoolSize']);
    expect(closeNames('REPLICASET', names)).toEqual(['replicaSet']);
    expect(closeNames('replica', names)).toEqual(['replicaSet']);
    expect(closeNames('nothingLikeIt', names)).toEqual([]);
    expect(closeNames('x', names)).toEqual([]);
  });

  it('make a remark that is empty where there are none', () => {
    expect(didYouMean('tsl', ['tls'])).toBe(' (did you mean "tls"?)');
    expect(didYouMean('zzz', ['tls'])).toBe('');
  });
});
