import { describe, expect, it } from '@jest/globals';
import { encodeDocument } from '../../lib/bson/encoder.js';
import { Timestamp } from '../../lib/bson/values.js';
import {
  advanceClusterTime,
  clusterTimeFrom,
  laterClusterTime,
  laterOperationTime,
} from '../../lib/sessions/cluster-time.js';

const bytes = (t: number, i: number): Uint8Array =>
  encodeDocument({ clusterTime: new Timestamp({ t, i }), signature: { keyId: 0 } });

const time = (t: number, i: number) => {
  const read = clusterTimeFrom(bytes(t, i));
  if (read === undefined) throw new Error('no cluster time');
  return read;
};

describe('cluster time', () => {
  it.each([
    [1, 1, 1, 2],
    [1, 9, 2, 0],
    [2_147_483_647, 0, 4_294_967_295, 0],
  ])('(%p, %p) is before (%p, %p)', (t1, i1, t2, i2) => {
    const [earlier, later] = [time(t1, i1), time(t2, i2)];
    expect(laterClusterTime(earlier, later)).toBe(later);
    expect(laterClusterTime(later, earlier)).toBe(later);
  });

  it('takes whichever is known', () => {
    const known = time(1, 1);
    expect(laterClusterTime(undefined, known)).toBe(known);
    expect(laterClusterTime(known, undefined)).toBe(known);
    expect(advanceClusterTime(known, undefined)).toBe(known);
  });

  it('moves forward only, and copies the bytes of the reply it read', () => {
    const known = time(5, 5);
    expect(advanceClusterTime(known, bytes(5, 5))).toBe(known);
    expect(advanceClusterTime(known, bytes(4, 9))).toBe(known);
    const lent = bytes(6, 0);
    const advanced = advanceClusterTime(known, lent);
    const sent = lent.slice();
    lent.fill(0);
    expect(advanced?.document.raw).toEqual(sent);
  });

  it('ignores a document without a timestamp', () => {
    expect(clusterTimeFrom(encodeDocument({ clusterTime: 5 }))).toBeUndefined();
    expect(advanceClusterTime(undefined, encodeDocument({}))).toBeUndefined();
  });

  it('keeps the later operation time', () => {
    const [a, b] = [new Timestamp({ t: 1, i: 1 }), new Timestamp({ t: 1, i: 2 })];
    expect(laterOperationTime(a, b)).toBe(b);
    expect(laterOperationTime(b, a)).toBe(b);
    expect(laterOperationTime(undefined, a)).toBe(a);
  });
});
