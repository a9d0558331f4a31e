const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
/** ECMAScript limits time values to 100,000,000 days on either side of the epoch. */
const DATE_LIMIT_MS = 8_640_000_000_000_000n;

/** The earliest and the latest instant that a `Date` can hold; BSON dates reach further on both sides. */
export const DATETIME_MIN: Date = new Date(-Number(DATE_LIMIT_MS));
export const DATETIME_MAX: Date = new Date(Number(DATE_LIMIT_MS));

/** A BSON date as the milliseconds it is stored as: the whole 64-bit range, written back unchanged. */
export class DatetimeMS {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly value: bigint;

  constructor(value: bigint | number | Date) {
    const time = typeof value === 'bigint' ? value : BigInt(value instanceof Date ? value.getTime() : value);
    if (time < MIN_INT64 || time > MAX_INT64) {
      throw new RangeError(`A BSON date holds a 64-bit integer; ${String(time)} does not fit`);
    }
    this.value = time;
    Object.freeze(this);
  }

  get _bsontype(): 'DatetimeMS' {
    return 'DatetimeMS';
  }

  /** The same instant as a `Date`; throws a `RangeError` where a `Date` does not reach. */
  toDate(): Date {
    if (this.value < -DATE_LIMIT_MS || this.value > DATE_LIMIT_MS) {
      throw new RangeError(`${String(this.value)} ms are outside the range of Date`);
    }
    return new Date(Number(this.value));
  }

  /** Negative, zero or positive, as for `Array.prototype.sort`. */
  compareTo(other: DatetimeMS | Date): number {
    const theirs = 'value' in other ? other.value : BigInt(other.getTime());
    return this.value < theirs ? -1 : this.value > theirs ? 1 : 0;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): string {
    return String(this.value);
  }
}
