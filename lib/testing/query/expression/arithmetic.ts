import { Decimal128, Double } from 'bson';
import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import {
  divideDecimals,
  fromDouble,
  NAN,
  negate,
  remainderOfDecimals,
  roundToPlace,
  toDecimal128,
  type RoundingMode,
} from '../decimal.js';
import {
  addNumbers,
  asDecimal,
  asDouble,
  exactInteger,
  fitsInt32,
  fitsInt64,
  isNumber,
  multiplyNumbers,
  truncatedInteger,
  type NumberValue,
} from '../number.js';
import { DateTime, type Maybe, type Value } from '../value.js';
import { isNullish, nary, unary, wrongType, type Operator, type OperatorTable } from './operator.js';

const numberOperand = (name: string, value: Maybe, code = 14): NumberValue =>
  isNumber(value) ? value : wrongType(name, 'only supports numeric types', value, code);

const addTwo = (a: NumberValue, b: NumberValue): NumberValue => {
  const sum = addNumbers(a, b);
  return sum === 'overflow' ? new Double(asDouble(a) + asDouble(b)) : sum;
};

const multiplyTwo = (a: NumberValue, b: NumberValue): NumberValue => {
  const product = multiplyNumbers(a, b);
  return product === 'overflow' ? new Double(asDouble(a) * asDouble(b)) : product;
};

const negated = (value: NumberValue): NumberValue => {
  if (value instanceof Double) return new Double(-value.value);
  if (value instanceof Decimal128) return toDecimal128(negate(asDecimal(value)));
  return multiplyTwo(value, -1);
};

/** Milliseconds that a number adds to a date: rounded, as the server does. */
const milliseconds = (value: NumberValue): bigint =>
  value instanceof Double ? BigInt(Math.round(value.value)) : truncatedInteger(value);

const add = nary(0, Infinity, (values) => {
  let date: DateTime | undefined;
  let sum: NumberValue = 0;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof DateTime) {
      if (date !== undefined) throw new CommandError(16612, 'only one date allowed in an $add expression');
      date = value;
    } else if (isNumber(value)) sum = addTwo(sum, value);
    else return wrongType('$add', 'only supports numeric or date types', value);
  }
  return date === undefined ? sum : new DateTime(date.ms + milliseconds(sum));
});

const subtract = nary(2, 2, ([left, right]) => {
  if (isNullish(left) || isNullish(right)) return null;
  if (left instanceof DateTime) {
    if (right instanceof DateTime) return left.ms - right.ms;
    if (isNumber(right)) return new DateTime(left.ms - milliseconds(right));
  }
  if (isNumber(left) && isNumber(right)) return addTwo(left, negated(right));
  throw new CommandError('TypeMismatch', `can't $subtract ${typeName(right)} from ${typeName(left)}`);
});

const multiply = nary(0, Infinity, (values) => {
  let product: NumberValue = 1;
  for (const value of values) {
    if (isNullish(value)) return null;
    product = multiplyTwo(product, numberOperand('$multiply', value));
  }
  return product;
});

const divide = nary(2, 2, ([left, right]) => {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right)) {
    throw new CommandError(
      'TypeMismatch',
      `$divide only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  }
  if (asDouble(right) === 0) throw new CommandError('BadValue', "can't $divide by zero");
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return toDecimal128(divideDecimals(asDecimal(left), asDecimal(right)));
  }
  return new Double(asDouble(left) / asDouble(right));
});

const mod = nary(2, 2, ([left, right]) => {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right)) {
    throw new CommandError(
      16611,
      `$mod only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  }
  if (asDouble(right) === 0) throw new CommandError(16610, "can't $mod by zero");
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return toDecimal128(remainderOfDecimals(asDecimal(left), asDecimal(right)));
  }
  if (left instanceof Double || right instanceof Double) {
    const [a, b] = [exactInteger(left), exactInteger(right)];
    // Doubles that are whole numbers give an integer remainder.
    if (a !== undefined && b !== undefined && fitsInt32(b)) return Number(a % b);
    return new Double(asDouble(left) % asDouble(right));
  }
  const remainder = BigInt(left) % BigInt(right);
  return typeof left === 'number' && typeof right === 'number' ? Number(remainder) : remainder;
});

const abs = unary((value, name) => {
  const number = numberOperand(name, value, 28765);
  if (number instanceof Double) return new Double(Math.abs(number.value));
  if (number instanceof Decimal128) return toDecimal128({ ...asDecimal(number), negative: false });
  if (number >= 0) return number;
  if (number === -(2n ** 63n)) throw new CommandError(28680, "can't take $abs of long long min");
  return multiplyTwo(number, -1);
});

/** Rounds to a place after the decimal point; integers only change for a negative place. */
const toPlace = (number: NumberValue, place: number, mode: RoundingMode): NumberValue => {
  if (number instanceof Decimal128) return toDecimal128(roundToPlace(asDecimal(number), place, mode));
  if (number instanceof Double) {
    if (!Number.isFinite(number.value) || number.value === 0) return number;
    const rounded = roundToPlace(fromDouble(number.value, 34), place, mode);
    return new Double(Number(toDecimal128(rounded).toString()));
  }
  if (place >= 0) return number;
  const rounded = truncatedInteger(toDecimal128(roundToPlace(asDecimal(number), place, mode)));
  if (!fitsInt64(rounded)) throw new CommandError(51080, 'invalid conversion from Decimal128 result to long');
  return typeof number === 'number' && fitsInt32(rounded) ? Number(rounded) : rounded;
};

const whole = (mode: RoundingMode): Operator =>
  unary((value, name) => toPlace(numberOperand(name, value, 28765), 0, mode));

const placed = (mode: RoundingMode): Operator =>
  nary(1, 2, ([value, place = 0], name) => {
    if (isNullish(value) || isNullish(place)) return null;
    const number = numberOperand(name, value, 51081);
    const digits = isNumber(place) ? exactInteger(place) : undefined;
    if (digits === undefined)
      throw new CommandError(51082, `precision argument to ${name} must be a integral value`);
    if (digits < -20n || digits > 100n) {
      throw new CommandError(
        51083,
        `cannot apply ${name} with precision value ${String(digits)} value must be in [-20, 100]`,
      );
    }
    return toPlace(number, Number(digits), mode);
  });

/** A real function; decimals go through a double and back. */
export const real = (apply: (value: number) => number, code = 28765): Operator =>
  unary((value, name) => {
    const number = numberOperand(name, value, code);
    const result = apply(asDouble(number));
    return number instanceof Decimal128 ? toDecimal128(fromDouble(result, 34)) : new Double(result);
  });

const above = (
  name: string,
  code: number,
  wanted: string,
  allowed: (value: number) => boolean,
  apply: (value: number) => number,
): Operator =>
  unary((value) => {
    const number = numberOperand(name, value, 28765);
    const double = asDouble(number);
    if (!Number.isNaN(double) && !allowed(double)) {
      throw new CommandError(code, `${name}'s argument must be a ${wanted} number, but is ${String(double)}`);
    }
    const result = apply(double);
    return number instanceof Decimal128 ? toDecimal128(fromDouble(result, 34)) : new Double(result);
  });

const positive = (value: number): boolean => value > 0;

const log = nary(2, 2, ([value, base]) => {
  if (isNullish(value) || isNullish(base)) return null;
  const [a, b] = [
    asDouble(numberOperand("$log's argument", value, 28756)),
    asDouble(numberOperand("$log's base", base, 28757)),
  ];
  if (a <= 0) throw new CommandError(28758, `$log's argument must be a positive number, but is ${String(a)}`);
  if (b <= 0 || b === 1)
    throw new CommandError(
      28759,
      `$log's base must be a positive number not equal to 1, but is ${String(b)}`,
    );
  return new Double(Math.log(a) / Math.log(b));
});

const pow = nary(2, 2, ([value, exponent]) => {
  if (isNullish(value) || isNullish(exponent)) return null;
  const base = numberOperand("$pow's base", value, 28762);
  const power = numberOperand("$pow's exponent", exponent, 28763);
  if (asDouble(base) === 0 && asDouble(power) < 0) {
    throw new CommandError(28764, '$pow cannot take a base of 0 and a negative exponent');
  }
  if (base instanceof Decimal128 || power instanceof Decimal128) {
    const result = asDouble(base) ** asDouble(power);
    return toDecimal128(Number.isNaN(result) ? NAN : fromDouble(result, 34));
  }
  if (base instanceof Double || power instanceof Double || power < 0)
    return new Double(asDouble(base) ** asDouble(power));
  const wide = typeof base === 'bigint' || typeof power === 'bigint';
  if (power > 64 && base !== 0 && base !== 1 && base !== -1)
    return new Double(asDouble(base) ** asDouble(power));
  const result = BigInt(base) ** BigInt(power);
  if (!fitsInt64(result)) return new Double(Number(result));
  return !wide && fitsInt32(result) ? Number(result) : result;
});

const bitwise = (start: bigint, apply: (a: bigint, b: bigint) => bigint): Operator =>
  nary(0, Infinity, (values, name) => {
    let result = start;
    let wide = false;
    for (const value of values) {
      if (isNullish(value)) return null;
      if (typeof value !== 'number' && typeof value !== 'bigint')
        return wrongType(name, 'only supports int and long operands', value);
      wide ||= typeof value === 'bigint';
      result = apply(result, BigInt(value));
    }
    return wide ? result : Number(result);
  });

const bitNot = unary((value: Value, name) =>
  typeof value === 'number'
    ? ~value
    : typeof value === 'bigint'
      ? ~value
      : wrongType(name, 'only supports int and long', value),
);

export const ARITHMETIC: OperatorTable = {
  $abs: abs,
  $add: add,
  $bitAnd: bitwise(-1n, (a, b) => a & b),
  $bitNot: bitNot,
  $bitOr: bitwise(0n, (a, b) => a | b),
  $bitXor: bitwise(0n, (a, b) => a ^ b),
  $ceil: whole('ceil'),
  $divide: divide,
  $exp: real(Math.exp),
  $floor: whole('floor'),
  $ln: above('$ln', 28766, 'positive', positive, Math.log),
  $log: log,
  $log10: above('$log10', 28761, 'positive', positive, Math.log10),
  $mod: mod,
  $multiply: multiply,
  $pow: pow,
  $round: placed('half-even'),
  $sqrt: above('$sqrt', 28714, 'non-negative', (value) => value >= 0, Math.sqrt),
  $subtract: subtract,
  $trunc: placed('trunc'),
};
