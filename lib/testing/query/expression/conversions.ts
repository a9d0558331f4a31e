import { Binary, Decimal128, Double, ObjectId, Timestamp, UUID } from 'bson';
import { CommandError } from '../../command-error.js';
import { TYPE_ALIASES, typeName } from '../bson-type.js';
import { toDecimal128 } from '../decimal.js';
import { asDecimal, asDouble, fitsInt32, isNumber, truncatedInteger, type NumberValue } from '../number.js';
import { CodeValue, DateTime, isArray, isDoc, type Maybe, type Value } from '../value.js';
import { isNullish, named, nary, optionalExpression, unary, type OperatorTable } from './operator.js';
import { truthy } from './truth.js';

const fail = (message: string): never => {
  throw new CommandError('ConversionFailure', message);
};

const unsupported = (value: Value, target: string): never =>
  fail(`Unsupported conversion from ${typeName(value)} to ${target} in $convert with no onError value`);

const parse = (text: string, target: string): never =>
  fail(`Failed to parse number '${text}' in $convert with no onError value: not a ${target}`);

const inRange = (value: NumberValue, target: 'int' | 'long'): bigint => {
  const double = asDouble(value);
  if (Number.isNaN(double))
    return fail(`Attempt to convert NaN value to integer type in $convert with no onError value`);
  if (!Number.isFinite(double))
    return fail(`Attempt to convert infinity value to integer type in $convert with no onError value`);
  const limit = target === 'int' ? 2 ** 31 : 2 ** 63;
  if (double >= limit || double < -limit) {
    return fail(`Conversion would overflow target type in $convert with no onError value: ${String(double)}`);
  }
  return truncatedInteger(value);
};

const toInteger = (value: Value, target: 'int' | 'long'): number | bigint => {
  const wide = (integer: bigint): number | bigint => {
    if (target === 'long') return integer;
    return fitsInt32(integer)
      ? Number(integer)
      : fail(`Conversion would overflow target type in $convert with no onError value: ${String(integer)}`);
  };
  if (isNumber(value)) return wide(inRange(value, target));
  if (typeof value === 'boolean') return wide(value ? 1n : 0n);
  if (typeof value === 'string')
    return /^[+-]?\d+$/.test(value) ? wide(BigInt(value.replace(/^\+/, ''))) : parse(value, target);
  if (value instanceof DateTime && target === 'long') return value.ms;
  return unsupported(value, target);
};

const toDouble = (value: Value): Double => {
  if (isNumber(value)) return new Double(asDouble(value));
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (value instanceof DateTime) return new Double(Number(value.ms));
  if (typeof value !== 'string') return unsupported(value, 'double');
  const number = Number(value);
  return value.trim() !== value || value === '' || (Number.isNaN(number) && value !== 'NaN')
    ? parse(value, 'double')
    : new Double(number);
};

const toDecimal = (value: Value): Decimal128 => {
  if (isNumber(value)) return toDecimal128(asDecimal(value));
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof DateTime) return Decimal128.fromString(value.ms.toString());
  if (typeof value !== 'string') return unsupported(value, 'decimal');
  try {
    return Decimal128.fromString(value);
  } catch {
    return parse(value, 'decimal');
  }
};

/** The text of a double as the server prints it: an exponent beyond 15 digits. */
const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const dateText = (value: DateTime): string => {
  const date = new Date(Number(value.ms));
  return Number.isNaN(date.getTime()) ? fail('date out of range') : date.toISOString();
};

export const toText = (value: Value): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof Double) return doubleText(value.value);
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof DateTime) return dateText(value);
  if (value instanceof CodeValue) return value.code;
  if (value instanceof Binary) {
    return value.sub_type === Binary.SUBTYPE_UUID
      ? value.toUUID().toString()
      : Buffer.from(value.value()).toString('base64');
  }
  return unsupported(value, 'string');
};

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

const toDate = (value: Value): DateTime => {
  if (value instanceof DateTime) return value;
  if (typeof value === 'bigint' || value instanceof Double || value instanceof Decimal128)
    return new DateTime(inRange(value, 'long'));
  if (value instanceof ObjectId) return new DateTime(BigInt(value.getTimestamp().getTime()));
  if (value instanceof Timestamp) return new DateTime(BigInt(value.t) * 1000n);
  if (typeof value !== 'string') return unsupported(value, 'date');
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(value) || value.length <= 10 ? value : `${value}Z`;
  const ms = ISO_DATE.test(value) ? new Date(zoned).getTime() : NaN;
  return Number.isNaN(ms) ? fail(`Error parsing date string '${value}'`) : new DateTime(BigInt(ms));
};

const toObjectId = (value: Value): ObjectId => {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') return unsupported(value, 'objectId');
  return /^[0-9a-f]{24}$/i.test(value)
    ? new ObjectId(value)
    : fail(
        `Failed to parse objectId '${value}' in $convert with no onError value: Invalid string length for parsing to OID, expected 24 but found ${String(value.length)}`,
      );
};

const toUuid = (value: Value): Binary => {
  if (typeof value !== 'string' || !UUID.isValid(value))
    return fail(`Input string '${String(value)}' is not a valid UUID`);
  return new UUID(value).toBinary();
};

const toBinData = (value: Value): Binary => {
  if (value instanceof Binary) return value;
  return typeof value === 'string' ? toUuid(value) : unsupported(value, 'binData');
};

type Target = 'double' | 'string' | 'objectId' | 'bool' | 'date' | 'int' | 'long' | 'decimal' | 'binData';

const CONVERTERS: Readonly<Record<Target, (value: Value) => Value>> = {
  double: toDouble,
  string: toText,
  objectId: toObjectId,
  bool: truthy,
  date: toDate,
  int: (value) => toInteger(value, 'int'),
  long: (value) => toInteger(value, 'long'),
  decimal: toDecimal,
  binData: toBinData,
};

const targetOf = (to: Maybe): Target => {
  const type: Maybe = isDoc(to) ? to.get('type') : to;
  const names = [...TYPE_ALIASES].filter(
    ([name, number]) => name === type || (isNumber(type) && asDouble(type) === number),
  );
  const name = names[0]?.[0];
  if (name === undefined) throw new CommandError('BadValue', `Unknown type name: ${String(type)}`);
  if (!Object.hasOwn(CONVERTERS, name))
    throw new CommandError('FailedToParse', `$convert's 'to' does not support ${name}`);
  return name as Target;
};

const convert = named(
  ['input', 'to'],
  ['onError', 'onNull', 'format', 'base', 'byteOrder'],
  (fields, compile) => {
    const [input, to] = [
      optionalExpression(fields, 'input', compile),
      optionalExpression(fields, 'to', compile),
    ];
    const onNull = optionalExpression(fields, 'onNull', compile);
    const onError = fields.has('onError') ? optionalExpression(fields, 'onError', compile) : undefined;
    return (scope) => {
      const value = input(scope);
      const target = to(scope);
      if (isNullish(value)) return fields.has('onNull') ? onNull(scope) : null;
      if (isNullish(target)) return null;
      const converter = CONVERTERS[targetOf(target)];
      try {
        return converter(value);
      } catch (error) {
        if (onError === undefined || !(error instanceof CommandError)) throw error;
        return onError(scope);
      }
    };
  },
);

const to = (target: Target) => unary((value) => CONVERTERS[target](value));

export const CONVERSIONS: OperatorTable = {
  $binarySize: unary((value, name) => {
    if (value instanceof Binary) return value.value().length;
    if (typeof value === 'string') return Buffer.byteLength(value);
    throw new CommandError(51276, `${name} requires a string or BinData argument, found: ${typeName(value)}`);
  }),
  $convert: convert,
  $isNumber: nary(1, 1, ([value]) => isNumber(value)),
  $rand: () => (scope) => new Double(scope.evaluation.random()),
  $toBool: to('bool'),
  $toDate: to('date'),
  $toDecimal: to('decimal'),
  $toDouble: to('double'),
  $toInt: to('int'),
  $toLong: to('long'),
  $toObjectId: to('objectId'),
  $toString: unary((value) =>
    isArray(value) || isDoc(value) ? unsupported(value, 'string') : toText(value),
  ),
  $toUUID: unary(toUuid),
  $tsIncrement: unary((value, name) => {
    if (value instanceof Timestamp) return BigInt(value.i);
    throw new CommandError(5687302, `Argument to ${name} must be a timestamp, but is ${typeName(value)}`);
  }),
  $tsSecond: unary((value, name) => {
    if (value instanceof Timestamp) return BigInt(value.t);
    throw new CommandError(5687301, `Argument to ${name} must be a timestamp, but is ${typeName(value)}`);
  }),
  $type: nary(1, 1, ([value]) => typeName(value)),
};
