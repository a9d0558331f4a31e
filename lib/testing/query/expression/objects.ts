import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import { sizeOfDoc } from '../bson-writer.js';
import { isDoc, type Doc, type Value } from '../value.js';
import { docOf, isNullish, named, nary, unary, type Operator, type OperatorTable } from './operator.js';

const mergeObjects = nary(0, Infinity, (values, name) => {
  const result: Doc = new Map();
  for (const value of values) {
    if (isNullish(value)) continue;
    if (!isDoc(value))
      throw new CommandError(
        40400,
        `${name} requires object inputs, but input is of type ${typeName(value)}`,
      );
    for (const [key, field] of value) result.set(key, field);
  }
  return result;
});

const objectToArray = unary((value, name) => {
  if (!isDoc(value))
    throw new CommandError(40390, `${name} requires a document input, found: ${typeName(value)}`);
  return [...value].map(([key, field]) =>
    docOf([
      ['k', key],
      ['v', field],
    ]),
  );
});

const getFieldOf = named(['field', 'input'], [], (fields, compile, name) => {
  const key = compile(fields.get('field') ?? null);
  const input = compile(fields.get('input') ?? null);
  return (scope) => {
    const field = key(scope);
    if (typeof field !== 'string') {
      throw new CommandError(
        3041704,
        `${name} requires 'field' to evaluate to type String, but got ${typeName(field)}`,
      );
    }
    const value = input(scope);
    return isDoc(value) ? value.get(field) : isNullish(value) ? value : undefined;
  };
});

const getField: Operator = (operand, compile, name, evaluation) => {
  const full = isDoc(operand) && operand.has('field');
  const fields = full ? operand : docOf([['field', operand]]);
  const withInput = fields.has('input') ? fields : docOf([...fields, ['input', '$$CURRENT']]);
  return getFieldOf(withInput, compile, name, evaluation);
};

const constantField = (name: string, operand: Value | undefined): string => {
  const literal = isDoc(operand) ? (operand.get('$literal') ?? operand.get('$const')) : operand;
  if (typeof literal !== 'string' || (literal === operand && literal.startsWith('$'))) {
    throw new CommandError(4161107, `${name} requires 'field' to evaluate to a constant string`);
  }
  return literal;
};

const setField = named(['field', 'input', 'value'], [], (fields, compile, name) => {
  const field = constantField(name, fields.get('field'));
  const input = compile(fields.get('input') ?? null);
  const value = compile(fields.get('value') ?? null);
  return (scope) => {
    const target = input(scope);
    if (isNullish(target)) return null;
    if (!isDoc(target))
      throw new CommandError(4161105, `${name} requires 'input' to evaluate to type Object`);
    const result = new Map(target);
    const set = value(scope);
    if (set === undefined) result.delete(field);
    else result.set(field, set);
    return result;
  };
});

const unsetField: Operator = (operand, compile, name, evaluation) => {
  if (!isDoc(operand)) throw new CommandError(4161101, `${name} only supports an object as its argument`);
  return setField(new Map([...operand, ['value', '$$REMOVE']]), compile, name, evaluation);
};

export const OBJECTS: OperatorTable = {
  $bsonSize: unary((value, name) => {
    if (isDoc(value)) return sizeOfDoc(value);
    throw new CommandError(31393, `${name} requires a document input, found: ${typeName(value)}`);
  }),
  $getField: getField,
  $mergeObjects: mergeObjects,
  $objectToArray: objectToArray,
  $setField: setField,
  $unsetField: unsetField,
};
