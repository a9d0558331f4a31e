import type { Timestamp } from 'bson';

/** A moment of a replica set's history: the place of a log entry in time, and the term of the primary that wrote it. */
export interface OpTime {
  readonly ts: Timestamp;
  /** Term. */
  readonly t: bigint;
}

/** Negative, zero or positive, as `a` is before, the same as, or after `b`: terms decide first. */
export const compareOpTimes = (a: OpTime, b: OpTime): number => {
  if (a.t !== b.t) return a.t < b.t ? -1 : 1;
  return a.ts.compare(b.ts);
};

export const earlierOf = (a: OpTime, b: OpTime): OpTime => (compareOpTimes(a, b) <= 0 ? a : b);
