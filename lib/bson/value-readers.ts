import { Decimal128, Long, ObjectId, Timestamp, type Binary } from 'bson';
import { InvalidBSON } from '../core/errors/bson.js';
import { binaryValue, dateValue, int64Value } from './convert-values.js';
import type { DatetimeMS } from './datetime-ms.js';
import type { DecodePlan } from './decode-plan.js';
import type { Source } from './source.js';
import type { ZonedDateTime } from './zoned-date-time.js';

const TWO_TO_32 = 0x1_0000_0000;
const DATE_LIMIT_MS = 8.64e15;

type PositionedObjectId = new (bytes: Uint8Array, offset: number) => ObjectId;

/** The `bson` package reads an id at an offset without a copy, though its types do not say so: tried out once. */
const readsAtOffset = ((): boolean => {
  try {
    const probe = Buffer.alloc(16, 7).fill(0, 0, 2).fill(0, 14);
    return new (ObjectId as unknown as PositionedObjectId)(probe, 2).toHexString() === '07'.repeat(12);
  } catch {
    return false;
  }
})();

export const readObjectId: (source: Source, at: number) => ObjectId = readsAtOffset
  ? (source, at) => new (ObjectId as unknown as PositionedObjectId)(source.bytes, at)
  : (source, at) => new ObjectId(source.bytes.subarray(at, at + 12));

/** Runs a conversion; a value that the options cannot represent is an error at this offset. */
const converted = <T>(at: number, convert: () => T): T => {
  try {
    return convert();
  } catch (cause) {
    throw cause instanceof RangeError ? new InvalidBSON(cause.message, { offset: at, cause }) : cause;
  }
};

export const readInt64 = (source: Source, plan: DecodePlan, at: number): number | bigint | Long => {
  if (plan.plainLongs) {
    const low = source.view.getInt32(at, true);
    const high = source.view.getInt32(at + 4, true);
    // Between -2^53 and 2^53, the lower bound left out: the general conversion knows the edges.
    if (high >= -0x20_0000 && high < 0x20_0000) return high * TWO_TO_32 + (low >>> 0);
  }
  const value = source.view.getBigInt64(at, true);
  return converted(at, () => int64Value(value, plan.options));
};

export const readDate = (source: Source, plan: DecodePlan, at: number): Date | DatetimeMS | ZonedDateTime => {
  if (plan.plainDates) {
    const time = source.view.getInt32(at + 4, true) * TWO_TO_32 + source.view.getUint32(at, true);
    if (time <= DATE_LIMIT_MS && time >= -DATE_LIMIT_MS) return new Date(time);
  }
  const time = source.view.getBigInt64(at, true);
  return converted(at, () => dateValue(time, plan.options));
};

export const readTimestamp = (source: Source, at: number): Timestamp =>
  new Timestamp(Long.fromBits(source.view.getInt32(at, true), source.view.getInt32(at + 4, true), true));

export const readDecimal128 = (source: Source, at: number): Decimal128 =>
  new Decimal128(copyBytes(source, at, at + 16));

/** A copy of its own: a view would keep all the bytes around it in memory. */
export const copyBytes = (source: Source, start: number, end: number): Buffer => {
  const copy = Buffer.allocUnsafe(end - start);
  source.bytes.copy(copy, 0, start, end);
  return copy;
};

/** Reads a binary value and sets the position behind it. */
export const readBinary = (source: Source, plan: DecodePlan, at: number, limit: number): Binary => {
  const length = limit - at < 5 ? -1 : source.view.getInt32(at, true);
  const subtype = source.bytes[at + 4] ?? 0;
  let start = at + 5;
  const end = start + length;
  if (length < 0 || end > limit) throw new InvalidBSON('binary length is out of bounds', { offset: at });
  source.position = end;
  if (subtype === 2) {
    if (length < 4 || source.view.getInt32(start, true) !== length - 4) {
      throw new InvalidBSON('the two lengths of a binary of subtype 2 do not agree', { offset: start });
    }
    start += 4;
  }
  return binaryValue(copyBytes(source, start, end), subtype, plan.options);
};
