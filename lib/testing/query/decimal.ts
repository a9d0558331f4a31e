import { Decimal128 } from 'bson';

/**
 * A decimal128 in parts: `(-1)^negative * coefficient * 10^exponent`. `special` is set for values that are no number.
 */
export interface Decimal {
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
  readonly special?: 'NaN' | 'Infinity';
}

const BIAS = 6176;
const MIN_EXPONENT = -6176;
const MAX_EXPONENT = 6111;
const PRECISION = 34;
const MAX_COEFFICIENT = 10n ** 34n - 1n;

export const NAN: Decimal = { negative: false, coefficient: 0n, exponent: 0, special: 'NaN' };
const infinity = (negative: boolean): Decimal => ({
  negative,
  coefficient: 0n,
  exponent: 0,
  special: 'Infinity',
});

const digitsOf = (coefficient: bigint): number => coefficient.toString().length;

/** Divides by 10^digits, half to even. */
const dropDigits = (coefficient: bigint, digits: number): bigint => {
  const divisor = 10n ** BigInt(digits);
  const quotient = coefficient / divisor;
  const twice = (coefficient % divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
};

/** The nearest value with at most `precision` digits and an exponent that decimal128 has. */
export const round = (value: Decimal, precision = PRECISION): Decimal => {
  if (value.special !== undefined) return value;
  let { coefficient, exponent } = value;
  const excess = Math.max(digitsOf(coefficient) - precision, MIN_EXPONENT - exponent);
  if (excess > 0 && coefficient > 0n) {
    coefficient = excess > digitsOf(coefficient) + 1 ? 0n : dropDigits(coefficient, excess);
    exponent += excess;
    if (digitsOf(coefficient) > precision) return round({ ...value, coefficient, exponent }, precision);
  }
  if (coefficient === 0n) exponent = Math.min(Math.max(exponent, MIN_EXPONENT), MAX_EXPONENT);
  while (exponent > MAX_EXPONENT) {
    coefficient *= 10n;
    exponent -= 1;
    if (coefficient > MAX_COEFFICIENT) return infinity(value.negative);
  }
  return { negative: value.negative, coefficient, exponent };
};

export const fromDecimal128 = (value: Decimal128): Decimal => {
  const view = Buffer.from(value.bytes.buffer, value.bytes.byteOffset, 16);
  const low = view.readBigUInt64LE(0);
  const high = view.readBigUInt64LE(8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return NAN;
  if (combination === 0x1e) return infinity(negative);
  // A leading "11" makes a coefficient of more than 34 digits: not canonical, hence zero.
  if (combination >= 0x18)
    return { negative, coefficient: 0n, exponent: Number((high >> 47n) & 0x3fffn) - BIAS };
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - BIAS;
  return { negative, coefficient: coefficient > MAX_COEFFICIENT ? 0n : coefficient, exponent };
};

export const toDecimal128 = (value: Decimal): Decimal128 => {
  const rounded = round(value);
  const bytes = Buffer.alloc(16);
  const sign = rounded.negative ? 1n << 63n : 0n;
  if (rounded.special === 'NaN') bytes.writeBigUInt64LE(0x1fn << 58n, 8);
  else if (rounded.special === 'Infinity') bytes.writeBigUInt64LE(sign | (0x1en << 58n), 8);
  else {
    bytes.writeBigUInt64LE(rounded.coefficient & 0xffffffffffffffffn, 0);
    bytes.writeBigUInt64LE(sign | (BigInt(rounded.exponent + BIAS) << 49n) | (rounded.coefficient >> 64n), 8);
  }
  return new Decimal128(bytes);
};

export const fromBigInt = (value: bigint): Decimal => ({
  negative: value < 0n,
  coefficient: value < 0n ? -value : value,
  exponent: 0,
});

/** The exact value of a double. */
const exactDouble = (value: number): Decimal => {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const power = (biased === 0 ? 1 : biased) - 1075;
  const negative = value < 0 || Object.is(value, -0);
  return power >= 0
    ? { negative, coefficient: mantissa << BigInt(power), exponent: 0 }
    : { negative, coefficient: mantissa * 5n ** BigInt(-power), exponent: power };
};

/**
 * A double as decimal: arithmetic takes 15 significant digits, comparison 34 (the rounding modes of the server's
 * Decimal128 constructor).
 */
export const fromDouble = (value: number, precision: 15 | 34): Decimal => {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return infinity(value < 0);
  if (value === 0) return { negative: Object.is(value, -0), coefficient: 0n, exponent: 0 };
  const rounded = round(exactDouble(value), precision);
  if (precision === 34) return rounded;
  // The server scales the result to the asked number of digits, trailing zeros included.
  const missing = precision - digitsOf(rounded.coefficient);
  return missing > 0
    ? {
        ...rounded,
        coefficient: rounded.coefficient * 10n ** BigInt(missing),
        exponent: rounded.exponent - missing,
      }
    : rounded;
};

export const toDouble = (value: Decimal): number => {
  if (value.special === 'NaN') return NaN;
  if (value.special === 'Infinity') return value.negative ? -Infinity : Infinity;
  return Number(`${value.negative ? '-' : ''}${value.coefficient}e${value.exponent}`);
};

/** Without trailing zeros: equal values have equal parts. */
export const normalize = (value: Decimal): Decimal => {
  if (value.special !== undefined) return value;
  if (value.coefficient === 0n) return { negative: false, coefficient: 0n, exponent: 0 };
  const text = value.coefficient.toString();
  const zeros = text.length - text.replace(/0+$/, '').length;
  return {
    ...value,
    coefficient: value.coefficient / 10n ** BigInt(zeros),
    exponent: value.exponent + zeros,
  };
};

const signed = (value: Decimal): bigint => (value.negative ? -value.coefficient : value.coefficient);

/** Neither side may be NaN. */
export const compareDecimals = (a: Decimal, b: Decimal): number => {
  if (a.special !== undefined || b.special !== undefined) {
    const rank = (value: Decimal): number => (value.special === undefined ? 0 : value.negative ? -1 : 1);
    return Math.sign(rank(a) - rank(b));
  }
  if (a.coefficient === 0n || b.coefficient === 0n || a.negative !== b.negative) {
    const [left, right] = [signed(a), signed(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  // The position of the leading digit decides before anything is scaled by a huge power of ten.
  const lead = a.exponent + digitsOf(a.coefficient) - (b.exponent + digitsOf(b.coefficient));
  const direction = a.negative ? -1 : 1;
  if (lead !== 0) return lead < 0 ? -direction : direction;
  const least = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - least);
  const right = b.coefficient * 10n ** BigInt(b.exponent - least);
  return left < right ? -direction : left > right ? direction : 0;
};

const isZero = (value: Decimal): boolean => value.special === undefined && value.coefficient === 0n;

export const addDecimals = (a: Decimal, b: Decimal): Decimal => {
  if (a.special === 'NaN' || b.special === 'NaN') return NAN;
  if (a.special !== undefined) return b.special !== undefined && a.negative !== b.negative ? NAN : a;
  if (b.special !== undefined) return b;
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  // Beyond this distance the smaller value only decides the rounding.
  const distance = high.exponent - low.exponent;
  if (distance > 3 * PRECISION && !isZero(high)) {
    const scaled = { ...high, coefficient: high.coefficient * 10n ** 40n, exponent: high.exponent - 40 };
    const nudge = low.coefficient === 0n ? 0n : low.negative ? -1n : 1n;
    const sum = signed(scaled) + nudge;
    return round({ negative: sum < 0n, coefficient: sum < 0n ? -sum : sum, exponent: scaled.exponent });
  }
  const sum = signed(high) * 10n ** BigInt(isZero(high) ? 0 : distance) + signed(low);
  return round({ negative: sum < 0n, coefficient: sum < 0n ? -sum : sum, exponent: low.exponent });
};

export const negate = (value: Decimal): Decimal =>
  value.special === 'NaN' ? value : { ...value, negative: !value.negative };

export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal => {
  if (a.special === 'NaN' || b.special === 'NaN') return NAN;
  const negative = a.negative !== b.negative;
  if (a.special !== undefined || b.special !== undefined)
    return isZero(a) || isZero(b) ? NAN : infinity(negative);
  return round({ negative, coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent });
};

export const divideDecimals = (a: Decimal, b: Decimal): Decimal => {
  if (a.special === 'NaN' || b.special === 'NaN' || (a.special !== undefined && b.special !== undefined))
    return NAN;
  const negative = a.negative !== b.negative;
  if (a.special !== undefined) return infinity(negative);
  if (b.special !== undefined) return { negative, coefficient: 0n, exponent: MIN_EXPONENT };
  if (isZero(b)) return isZero(a) ? NAN : infinity(negative);
  const preferred = a.exponent - b.exponent;
  if (isZero(a)) return round({ negative, coefficient: 0n, exponent: preferred });
  const scale = Math.max(0, PRECISION + 2 + digitsOf(b.coefficient) - digitsOf(a.coefficient));
  const numerator = a.coefficient * 10n ** BigInt(scale);
  const quotient = numerator / b.coefficient;
  if (numerator % b.coefficient !== 0n) {
    // A sticky digit keeps half-even rounding right.
    return round({ negative, coefficient: quotient * 10n + 1n, exponent: preferred - scale - 1 });
  }
  let result: Decimal = { negative, coefficient: quotient, exponent: preferred - scale };
  while (result.exponent < preferred && result.coefficient % 10n === 0n) {
    result = { ...result, coefficient: result.coefficient / 10n, exponent: result.exponent + 1 };
  }
  return round(result);
};

/** The remainder with the sign of the dividend. */
export const remainderOfDecimals = (a: Decimal, b: Decimal): Decimal => {
  if (a.special !== undefined || b.special === 'NaN' || isZero(b)) return NAN;
  if (b.special === 'Infinity') return a;
  const least = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - least);
  const right = b.coefficient * 10n ** BigInt(b.exponent - least);
  return round({ negative: a.negative, coefficient: left % right, exponent: least });
};

export type RoundingMode = 'trunc' | 'floor' | 'ceil' | 'half-even';

/** Rounds to `place` digits after the decimal point. */
export const roundToPlace = (value: Decimal, place: number, mode: RoundingMode): Decimal => {
  if (value.special !== undefined || value.exponent >= -place) return value;
  const drop = -place - value.exponent;
  const divisor = 10n ** BigInt(drop);
  const exact = value.coefficient % divisor === 0n;
  let coefficient = value.coefficient / divisor;
  if (mode === 'half-even') coefficient = dropDigits(value.coefficient, drop);
  else if (!exact && ((mode === 'ceil' && !value.negative) || (mode === 'floor' && value.negative)))
    coefficient += 1n;
  return round({ negative: value.negative, coefficient, exponent: -place });
};

/** The integer part. The value must be finite. */
export const truncateToBigInt = (value: Decimal): bigint => {
  if (value.exponent >= 0) return signed(value) * 10n ** BigInt(value.exponent);
  const magnitude = value.coefficient / 10n ** BigInt(-value.exponent);
  return value.negative ? -magnitude : magnitude;
};
