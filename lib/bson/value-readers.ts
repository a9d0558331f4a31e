import { Binary, Decimal128, Long, ObjectId, Timestamp, UUID } from 'bson';
import { InvalidBSON } from '../core/errors/bson.js';
import { DatetimeMS } from './datetime-ms.js';
import type { DecodePlan } from './decode-plan.js';
import type { Source } from './source.js';
import { reorderUuid, uuidSubtype } from './uuid-representation.js';
import { ZonedDateTime } from './zoned-date-time.js';

const TWO_TO_32 = 0x1_0000_0000;
/** The largest distance from zero at which every integer is a number: the bound of the `bson` package too. */
const EXACT_INTEGER = 2 ** 53;
const DATE_LIMIT_MS = 8.64e15;

type PositionedObjectId = new (bytes: Uint8Array, offset: number) => ObjectId;

/** The `bson` package reads an id at an offset without a copy, though its types do not say so: tried out once. */
const readsAtOffset = ((): boolean => {
  try {
    const probe = new (ObjectId as unknown as PositionedObjectId)(
      Uint8Array.of(0, ...(Array(12).fill(7) as number[])),
      1,
    );
    return probe.toHexString() === '07'.repeat(12);
  } catch {
    return false;
  }
})();

export const readObjectId: (source: Source, at: number) => ObjectId = readsAtOffset
  ? (source, at) => new (ObjectId as unknown as PositionedObjectId)(source.bytes, at)
  : (source, at) => new ObjectId(source.bytes.subarray(at, at + 12));

export const readInt64 = (source: Source, plan: DecodePlan, at: number): unknown => {
  const { int64, exactNumbers } = plan.options;
  if (int64 === 'bigint') return source.view.getBigInt64(at, true);
  const low = source.view.getInt32(at, true);
  const high = source.view.getInt32(at + 4, true);
  if (int64 === 'Long' || exactNumbers) return new Long(low, high);
  const number = high * TWO_TO_32 + (low >>> 0);
  if (Math.abs(number) < EXACT_INTEGER) return number;
  // Past 2^53 the sum is rounded: 2^53 itself is told from 2^53 + 1 by its halves.
  if (Math.abs(number) === EXACT_INTEGER && low === 0) return number;
  if (int64 === 'auto') return new Long(low, high);
  throw new InvalidBSON(
    `the 64-bit integer ${String(source.view.getBigInt64(at, true))} is no exact number; choose another value of the codec option int64`,
    { offset: at },
  );
};

/** A plain `Date`, or an error where it does not reach: never an invalid `Date`. */
export const readPlainDate = (source: Source, at: number): Date => {
  const time = source.view.getInt32(at + 4, true) * TWO_TO_32 + source.view.getUint32(at, true);
  if (time > DATE_LIMIT_MS || time < -DATE_LIMIT_MS) {
    const cause = new RangeError(
      `${String(source.view.getBigInt64(at, true))} ms are outside the range of Date`,
    );
    throw new InvalidBSON(
      `${cause.message}; the codec option datetimeConversion can be datetime_ms, datetime_auto or datetime_clamp`,
      { offset: at, cause },
    );
  }
  return new Date(time);
};

export const readDate = (source: Source, plan: DecodePlan, at: number): Date | DatetimeMS | ZonedDateTime => {
  const { datetimeConversion, tzAware, tzinfo } = plan.options;
  const time = source.view.getBigInt64(at, true);
  const representable = time <= BigInt(DATE_LIMIT_MS) && time >= -BigInt(DATE_LIMIT_MS);
  if (datetimeConversion === 'datetime_ms') return new DatetimeMS(time);
  if (!representable && datetimeConversion === 'datetime_auto') return new DatetimeMS(time);
  const date =
    !representable && datetimeConversion === 'datetime_clamp'
      ? new Date(time < 0n ? -DATE_LIMIT_MS : DATE_LIMIT_MS)
      : readPlainDate(source, at);
  return tzAware ? new ZonedDateTime(date.getTime(), tzinfo) : date;
};

export const readTimestamp = (source: Source, at: number): Timestamp =>
  new Timestamp({ i: source.view.getUint32(at, true), t: source.view.getUint32(at + 4, true) });

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
  const bytes = copyBytes(source, start, end);
  const representation = plan.options.uuidRepresentation;
  if (representation !== 'unspecified' && bytes.length === 16 && subtype === uuidSubtype(representation)) {
    return new UUID(reorderUuid(bytes, representation));
  }
  return new Binary(bytes, subtype);
};
