import { CommandError } from '../command-error.js';
import { compare, equal, keyOf } from './bson-order.js';
import { TYPE_ALIASES, typeName } from './bson-type.js';
import { remainderOfDecimals } from './decimal.js';
import { asDecimal, exactInteger, isNumber, type NumberValue } from './number.js';
import { toRegExp } from './regex.js';
import { isArray, isDoc, type Doc, type Value } from './value.js';

/** Answers what failed in the form the server puts into `errInfo`, or undefined. */
export type Check = (value: Value) => Doc | undefined;

export const refuse = (message: string): never => {
  throw new CommandError('FailedToParse', message);
};

export const details = (keyword: string, operand: Value, reason: string, value: Value): Doc =>
  new Map<string, Value>([
    ['operatorName', keyword],
    ['specifiedAs', new Map([[keyword, operand]])],
    ['reason', reason],
    ['consideredValue', value],
  ]);

const JSON_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['object', ['object']],
  ['array', ['array']],
  ['number', ['double', 'int', 'long', 'decimal']],
  ['boolean', ['bool']],
  ['string', ['string']],
  ['null', ['null']],
]);

export const typeCheck = (keyword: string, operand: Value): Check => {
  const allowed = new Set<string>();
  for (const name of isArray(operand) ? operand : [operand]) {
    if (typeof name !== 'string')
      return refuse(`$jsonSchema keyword '${keyword}' must name types as strings`);
    if (keyword === 'type') {
      if (name === 'integer') return refuse("$jsonSchema type 'integer' is not currently supported.");
      const names = JSON_TYPES.get(name);
      if (names === undefined) throw new CommandError('BadValue', `Unknown type name alias: ${name}`);
      names.forEach((type) => allowed.add(type));
    } else if (name === 'number') JSON_TYPES.get('number')?.forEach((type) => allowed.add(type));
    else {
      if (!TYPE_ALIASES.has(name)) throw new CommandError('BadValue', `Unknown type name alias: ${name}`);
      allowed.add(name);
    }
  }
  return (value) =>
    allowed.has(typeName(value))
      ? undefined
      : details(keyword, operand, 'type did not match', value).set('consideredType', typeName(value));
};

const numberOperand = (keyword: string, operand: Value | undefined): NumberValue =>
  isNumber(operand) ? operand : refuse(`$jsonSchema keyword '${keyword}' must be a number`);

export const boundCheck = (keyword: 'minimum' | 'maximum', operand: Value, schema: Doc): Check => {
  const bound = numberOperand(keyword, operand);
  const exclusive = schema.get(keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum') === true;
  return (value) => {
    if (!isNumber(value)) return undefined;
    const order = keyword === 'minimum' ? compare(value, bound) : compare(bound, value);
    return order > 0 || (order === 0 && !exclusive)
      ? undefined
      : details(keyword, operand, 'comparison failed', value);
  };
};

export const countCheck = (
  keyword: string,
  operand: Value,
  count: (value: Value) => number | undefined,
): Check => {
  const bound = exactInteger(operand);
  if (bound === undefined || bound < 0n)
    return refuse(`$jsonSchema keyword '${keyword}' must be a non-negative integer`);
  const most = keyword.startsWith('max');
  return (value) => {
    const size = count(value);
    if (size === undefined || (most ? size <= bound : size >= bound)) return undefined;
    return details(keyword, operand, 'specified count was not satisfied', value);
  };
};

export const lengthOf = (value: Value): number | undefined =>
  typeof value === 'string' ? [...value].length : undefined;
export const itemsOf = (value: Value): number | undefined => (isArray(value) ? value.length : undefined);
export const fieldsOf = (value: Value): number | undefined => (isDoc(value) ? value.size : undefined);

export const docOperand = (keyword: string, operand: Value): Doc =>
  isDoc(operand) ? operand : refuse(`$jsonSchema keyword '${keyword}' must be an object`);

export const stringsOperand = (keyword: string, operand: Value): readonly string[] =>
  isArray(operand) && operand.every((item) => typeof item === 'string')
    ? operand
    : refuse(`$jsonSchema keyword '${keyword}' must be an array of strings`);

export const uniqueItemsCheck = (operand: Value): Check => {
  return (value) => {
    if (operand !== true || !isArray(value)) return undefined;
    const seen = new Set(value.map((item) => keyOf(item)));
    return seen.size === value.length
      ? undefined
      : details('uniqueItems', operand, 'found a duplicate item', value);
  };
};

export const multipleOfCheck = (operand: Value): Check => {
  const divisor = asDecimal(numberOperand('multipleOf', operand));
  return (value) => {
    if (!isNumber(value)) return undefined;
    const rest = remainderOfDecimals(asDecimal(value), divisor);
    const whole = rest.special === undefined && rest.coefficient === 0n;
    return whole ? undefined : details('multipleOf', operand, 'considered value is not a multiple', value);
  };
};

export const patternCheck = (operand: Value): Check => {
  if (typeof operand !== 'string') return refuse("$jsonSchema keyword 'pattern' must be a string");
  const pattern = toRegExp(operand, '');
  return (value) =>
    typeof value !== 'string' || pattern.test(value)
      ? undefined
      : details('pattern', operand, 'regular expression did not match', value);
};

export const enumCheck = (operand: Value): Check => {
  if (!isArray(operand) || operand.length === 0)
    return refuse("$jsonSchema keyword 'enum' must be a non-empty array");
  return (value) =>
    operand.some((item) => equal(item, value))
      ? undefined
      : details('enum', operand, 'value was not found in enum', value);
};
