import { Binary, Double, Int32, Long, UUID } from 'bson';
import type { CodecOptions } from './codec-options.js';
import { DatetimeMS } from './datetime-ms.js';
import { reorderUuid, uuidSubtype } from './uuid-representation.js';
import { ZonedDateTime } from './zoned-date-time.js';

/*
 * Which JavaScript value stands for a stored one, by the codec options. A value that the options cannot represent is a
 * `RangeError`, to which the caller adds where it was found.
 */

/** The largest distance from zero at which every integer is a number: the bound of the `bson` package too. */
const EXACT_INTEGER = 2n ** 53n;
const DATE_LIMIT_MS = 8_640_000_000_000_000n;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

export const int32Value = (value: number, options: CodecOptions): number | Int32 =>
  options.exactNumbers ? new Int32(value) : value;

export const doubleValue = (value: number, options: CodecOptions): number | Double =>
  options.exactNumbers ? new Double(value) : value;

export const int64Value = (value: bigint, options: CodecOptions): number | bigint | Long => {
  if (options.int64 === 'bigint') return value;
  if (options.int64 === 'Long' || options.exactNumbers) return Long.fromBigInt(value);
  if (magnitude(value) <= EXACT_INTEGER) return Number(value);
  if (options.int64 === 'auto') return Long.fromBigInt(value);
  throw new RangeError(
    `the 64-bit integer ${String(value)} is no exact number; choose another value of the codec option int64`,
  );
};

export const dateValue = (time: bigint, options: CodecOptions): Date | DatetimeMS | ZonedDateTime => {
  const { datetimeConversion, tzAware, tzinfo } = options;
  if (datetimeConversion === 'datetime_ms') return new DatetimeMS(time);
  let representable = time;
  if (magnitude(time) > DATE_LIMIT_MS) {
    if (datetimeConversion === 'datetime_auto') return new DatetimeMS(time);
    if (datetimeConversion === 'datetime') {
      throw new RangeError(
        `${String(time)} ms are outside the range of Date; the codec option datetimeConversion can be datetime_ms, ` +
          'datetime_auto or datetime_clamp',
      );
    }
    representable = time < 0n ? -DATE_LIMIT_MS : DATE_LIMIT_MS;
  }
  return tzAware ? new ZonedDateTime(Number(representable), tzinfo) : new Date(Number(representable));
};

/** `bytes` are the value's own from then on. */
export const binaryValue = (bytes: Uint8Array, subtype: number, options: CodecOptions): Binary => {
  const { uuidRepresentation } = options;
  if (
    uuidRepresentation !== 'unspecified' &&
    bytes.length === 16 &&
    subtype === uuidSubtype(uuidRepresentation)
  ) {
    return new UUID(reorderUuid(bytes, uuidRepresentation));
  }
  return new Binary(bytes, subtype);
};
