import { Decimal128, Double } from 'bson';
import {
  addDecimals,
  compareDecimals,
  fromBigInt,
  fromDecimal128,
  fromDouble,
  multiplyDecimals,
  normalize,
  toDecimal128,
  toDouble,
  truncateToBigInt,
  type Decimal,
} from './decimal.js';
import type { Maybe, Value } from './value.js';

/** int32, int64, double, decimal128. */
export type NumberValue = number | bigint | Double | Decimal128;

export const isNumber = (value: Maybe): value is NumberValue =>
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  value instanceof Double ||
  value instanceof Decimal128;

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const TWO_63 = 2 ** 63;

export const fitsInt32 = (value: number | bigint): boolean => value >= INT32_MIN && value <= INT32_MAX;
export const fitsInt64 = (value: bigint): boolean => value >= INT64_MIN && value <= INT64_MAX;

/** An integer in the smallest type that holds it; the caller knows that it fits an int64. */
export const smallestInteger = (value: bigint): number | bigint => (fitsInt32(value) ? Number(value) : value);

/** As decimal for arithmetic with another decimal. */
export const asDecimal = (value: NumberValue, precision: 15 | 34 = 15): Decimal => {
  if (typeof value === 'number') return fromBigInt(BigInt(value));
  if (typeof value === 'bigint') return fromBigInt(value);
  return value instanceof Double ? fromDouble(value.value, precision) : fromDecimal128(value);
};

/** The nearest double. */
export const asDouble = (value: NumberValue): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Double ? value.value : toDouble(fromDecimal128(value));
};

export const isNaNValue = (value: Value): boolean =>
  value instanceof Double
    ? Number.isNaN(value.value)
    : value instanceof Decimal128 && fromDecimal128(value).special === 'NaN';

/** NaN is less than every other number and equal to itself, whatever the types (BSON comparison order). */
export const compareNumbers = (a: NumberValue, b: NumberValue): number => {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    const left = asDecimal(a, 34);
    const right = asDecimal(b, 34);
    if (left.special === 'NaN' || right.special === 'NaN') {
      return (left.special === 'NaN' ? 0 : 1) - (right.special === 'NaN' ? 0 : 1);
    }
    return compareDecimals(left, right);
  }
  const left = a instanceof Double ? a.value : a;
  const right = b instanceof Double ? b.value : b;
  if (left < right) return -1;
  if (left > right) return 1;
  // Mixed comparison of bigint and number is exact; loose equality is what compares across the two.
  if (left == right) return 0; // eslint-disable-line eqeqeq
  return (Number.isNaN(left) ? 0 : 1) - (Number.isNaN(right) ? 0 : 1);
};

/** A text that is the same for equal numbers of any type and different for others. */
export const numberKey = (value: NumberValue): string => {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Double) return doubleKey(value.value);
  const decimal = normalize(fromDecimal128(value));
  if (decimal.special !== undefined) return doubleKey(toDouble(decimal));
  if (decimal.exponent >= 0 && decimal.exponent < 20) {
    const integer = truncateToBigInt(decimal);
    if (fitsInt64(integer)) return integer.toString();
  }
  const double = toDouble(decimal);
  const back = normalize(fromDouble(double, 34));
  if (back.special === undefined && compareDecimals(back, decimal) === 0) return doubleKey(double);
  return `${decimal.negative ? '-' : ''}${decimal.coefficient}e${decimal.exponent}`;
};

const doubleKey = (value: number): string => {
  if (Number.isInteger(value) && value >= -TWO_63 && value < TWO_63) {
    return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : BigInt(value).toString();
  }
  return `d${value}`;
};

/** `overflow`: an int64 result that does not fit, which updates refuse and expressions turn into a double. */
export type Sum = NumberValue | 'overflow';

const integerResult = (result: bigint, int32: boolean): Sum => {
  if (int32 && fitsInt32(result)) return Number(result);
  return fitsInt64(result) ? result : 'overflow';
};

/** The sum in the widest type of the two: int32, int64, double, decimal; an int32 overflow becomes an int64. */
export const addNumbers = (a: NumberValue, b: NumberValue): Sum => {
  if (a instanceof Decimal128 || b instanceof Decimal128)
    return toDecimal128(addDecimals(asDecimal(a), asDecimal(b)));
  if (a instanceof Double || b instanceof Double) return new Double(asDouble(a) + asDouble(b));
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return fitsInt32(sum) ? sum : BigInt(sum);
  }
  return integerResult(BigInt(a) + BigInt(b), false);
};

/** The product, by the rules of `addNumbers`. */
export const multiplyNumbers = (a: NumberValue, b: NumberValue): Sum => {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return toDecimal128(multiplyDecimals(asDecimal(a), asDecimal(b)));
  }
  if (a instanceof Double || b instanceof Double) return new Double(asDouble(a) * asDouble(b));
  return integerResult(BigInt(a) * BigInt(b), typeof a === 'number' && typeof b === 'number');
};

/** The integer a number stands for, or undefined where it has a fraction, is no number, or does not fit an int64. */
export const exactInteger = (value: Maybe): bigint | undefined => {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint') return value;
  if (value instanceof Double) {
    if (!Number.isInteger(value.value)) return undefined;
    const integer = BigInt(value.value);
    return fitsInt64(integer) ? integer : undefined;
  }
  if (!(value instanceof Decimal128)) return undefined;
  const decimal = normalize(fromDecimal128(value));
  if (decimal.special !== undefined || decimal.exponent < 0 || decimal.exponent > 20) return undefined;
  const integer = truncateToBigInt(decimal);
  return fitsInt64(integer) ? integer : undefined;
};

/** Towards zero; NaN is 0 and what lies outside an int64 is its nearest end, as the server's coercions do. */
export const truncatedInteger = (value: NumberValue): bigint => {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint') return value;
  const double = asDouble(value);
  if (Number.isNaN(double)) return 0n;
  if (double >= TWO_63) return INT64_MAX;
  if (double <= -TWO_63) return INT64_MIN;
  return value instanceof Decimal128 ? truncateToBigInt(fromDecimal128(value)) : BigInt(Math.trunc(double));
};
