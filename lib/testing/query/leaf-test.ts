import { BSONSymbol, Double, MaxKey, MinKey } from 'bson';
import { CommandError } from '../command-error.js';
import { bitTest, type BitOperator } from './bitwise.js';
import { compare, equal, keyOf } from './bson-order.js';
import { bracketOf, TYPE_ALIASES, typeNumber } from './bson-type.js';
import type { Evaluation } from './evaluation.js';
import { asDouble, exactInteger, isNaNValue, isNumber, truncatedInteger } from './number.js';
import { toRegExp } from './regex.js';
import { isArray, UndefinedValue, type Maybe, type Value, RegExpValue } from './value.js';

/** Tests one value that a path led to; undefined stands for a missing field. */
export type LeafTest = (value: Maybe) => boolean;

const nullish: LeafTest = (value) => value === undefined || value === null || value instanceof UndefinedValue;

const equality = (operand: Value, { collation }: Evaluation): LeafTest => {
  if (operand === null) return nullish;
  if (typeof operand === 'string' && collation === undefined) {
    return (value) => value === operand || (value instanceof BSONSymbol && value.value === operand);
  }
  const bracket = bracketOf(operand);
  return (value) => value !== undefined && bracketOf(value) === bracket && equal(value, operand, collation);
};

type Comparison = '$gt' | '$gte' | '$lt' | '$lte';

/** Only values of the operand's type bracket are compared; MinKey and MaxKey compare with everything. */
const comparison = (operator: Comparison, operand: Value, { collation }: Evaluation): LeafTest => {
  const inclusive = operator.endsWith('e');
  const above = operator.startsWith('$gt');
  if (operand === null) return inclusive ? nullish : () => false;
  if (operand instanceof MinKey || operand instanceof MaxKey) {
    const every = operand instanceof MinKey ? above : !above;
    return (value) => {
      if (value === undefined) return false;
      return bracketOf(value) === bracketOf(operand) ? inclusive : every;
    };
  }
  const bracket = bracketOf(operand);
  const nan = isNaNValue(operand);
  return (value) => {
    if (value === undefined || bracketOf(value) !== bracket) return false;
    if (bracket === 10 && isNaNValue(value) !== nan) return false;
    const order = compare(value, operand, collation);
    return (inclusive && order === 0) || (above ? order > 0 : order < 0);
  };
};

const regex = (operand: Value, options: Value | undefined): LeafTest => {
  if (options !== undefined && typeof options !== 'string') {
    throw new CommandError('BadValue', '$options has to be a string');
  }
  if (typeof operand !== 'string' && !(operand instanceof RegExpValue)) {
    throw new CommandError('BadValue', '$regex has to be a string');
  }
  if (operand instanceof RegExpValue && operand.options !== '' && options !== undefined) {
    throw new CommandError(51075, 'options set in both $regex and $options');
  }
  const pattern = typeof operand === 'string' ? operand : operand.pattern;
  const flags = options ?? (typeof operand === 'string' ? '' : operand.options);
  if (pattern.includes('\0'))
    throw new CommandError('BadValue', 'Regular expression cannot contain an embedded null byte');
  const regexp = toRegExp(pattern, flags);
  return (value) => {
    if (typeof value === 'string') return regexp.test(value);
    if (value instanceof BSONSymbol) return regexp.test(value.value);
    return value instanceof RegExpValue && value.pattern === pattern && value.options === flags;
  };
};

const membership = (operand: Value, evaluation: Evaluation): LeafTest => {
  if (!isArray(operand)) throw new CommandError('BadValue', '$in needs an array');
  const keys = new Set<string>();
  const patterns: LeafTest[] = [];
  for (const item of operand) {
    if (item instanceof RegExpValue) patterns.push(regex(item, undefined));
    else if (item instanceof Map && [...item.keys()][0]?.startsWith('$') === true && !item.has('$ref')) {
      throw new CommandError('BadValue', 'cannot nest $ under $in');
    } else keys.add(keyOf(item, evaluation.collation));
  }
  const hasNull = keys.has(keyOf(null));
  return (value) =>
    (hasNull && nullish(value)) ||
    (value !== undefined && keys.has(keyOf(value, evaluation.collation))) ||
    patterns.some((test) => test(value));
};

const modulo = (operand: Value): LeafTest => {
  if (!isArray(operand)) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  if (operand.length !== 2) {
    throw new CommandError(
      'BadValue',
      `malformed mod, ${operand.length < 2 ? 'not enough' : 'too many'} elements`,
    );
  }
  const [divisor, remainder] = operand.map((item, i) => {
    if (!isNumber(item)) {
      throw new CommandError('BadValue', `malformed mod, ${i === 0 ? 'divisor' : 'remainder'} not a number`);
    }
    return truncatedInteger(item);
  }) as [bigint, bigint];
  if (divisor === 0n) throw new CommandError('BadValue', 'divisor cannot be 0');
  return (value) =>
    isNumber(value) && Number.isFinite(asDouble(value)) && truncatedInteger(value) % divisor === remainder;
};

const typeSet = (operand: Value): ReadonlySet<number> => {
  const types = new Set<number>();
  for (const item of isArray(operand) ? operand : [operand]) {
    if (item === 'number') for (const type of [1, 16, 18, 19]) types.add(type);
    else if (typeof item === 'string') {
      const type = TYPE_ALIASES.get(item);
      if (type === undefined) throw new CommandError('BadValue', `Unknown type name alias: ${item}`);
      types.add(type);
    } else if (isNumber(item)) {
      const type = exactInteger(item);
      if (type === undefined || ![...TYPE_ALIASES.values()].includes(Number(type))) {
        throw new CommandError(
          'BadValue',
          `Invalid numerical type code: ${item instanceof Double ? item.value : String(item)}`,
        );
      }
      types.add(Number(type));
    } else throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
  }
  if (types.size === 0) throw new CommandError('FailedToParse', '$type must match at least one type');
  return types;
};

const GEO = new Set([
  '$geoWithin',
  '$geoIntersects',
  '$near',
  '$nearSphere',
  '$within',
  '$geoNear',
  '$maxDistance',
  '$minDistance',
]);

/** The test of an operator that looks at single values. */
export const leafTest = (
  operator: string,
  operand: Value,
  evaluation: Evaluation,
  options?: Value,
): LeafTest => {
  switch (operator) {
    case '$eq':
      return equality(operand, evaluation);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (operand instanceof RegExpValue)
        throw new CommandError('BadValue', `Can't have RegEx as arg to predicate over field`);
      return comparison(operator, operand, evaluation);
    case '$in':
      return membership(operand, evaluation);
    case '$regex':
      return regex(operand, options);
    case '$mod':
      return modulo(operand);
    case '$type': {
      const types = typeSet(operand);
      return (value) => value !== undefined && types.has(typeNumber(value));
    }
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return bitTest(operator satisfies BitOperator, operand);
    default:
      if (GEO.has(operator)) {
        throw new CommandError(
          'BadValue',
          `The embedded deployment does not evaluate the geospatial operator ${operator}`,
        );
      }
      throw new CommandError('BadValue', `unknown operator: ${operator}`);
  }
};
