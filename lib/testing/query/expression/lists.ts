import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import { exactInteger } from '../number.js';
import { isArray, isDoc, type Value } from '../value.js';
import { bind, isNullish, named, type OperatorTable } from './operator.js';
import { truthy } from './truth.js';

const checkName = (operator: string, name: string): void => {
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name) && name !== 'CURRENT') {
    throw new CommandError(
      'FailedToParse',
      `'${name}' starts with an invalid character for a user variable name in ${operator}`,
    );
  }
};

const letOperator = named(['vars', 'in'], [], (fields, compile, name) => {
  const vars = fields.get('vars');
  if (!isDoc(vars)) throw new CommandError(16874, `invalid parameter: expected an object (vars)`);
  const bindings = [...vars].map(([variable, operand]) => {
    checkName(name, variable);
    return [variable, compile(operand)] as const;
  });
  const body = compile.declaring([...vars.keys()])(fields.get('in') ?? null);
  return (scope) => {
    let inner = scope;
    for (const [variable, expression] of bindings) inner = bind(inner, variable, expression(scope));
    return body(inner);
  };
});

const variableName = (operator: string, as: Value | undefined): string => {
  if (as === undefined) return 'this';
  if (typeof as !== 'string') throw new CommandError('TypeMismatch', `${operator} 'as' must be a string`);
  checkName(operator, as);
  return as;
};

const map = named(['input', 'in'], ['as'], (fields, compile, name) => {
  const input = compile(fields.get('input') ?? null);
  const variable = variableName(name, fields.get('as'));
  const body = compile.declaring([variable])(fields.get('in') ?? null);
  return (scope) => {
    const array = input(scope);
    if (isNullish(array)) return null;
    if (!isArray(array))
      throw new CommandError(16883, `input to $map must be an array not ${typeName(array)}`);
    return array.map((item) => body(bind(scope, variable, item)) ?? null);
  };
});

const filter = named(['input', 'cond'], ['as', 'limit'], (fields, compile, name) => {
  const input = compile(fields.get('input') ?? null);
  const variable = variableName(name, fields.get('as'));
  const test = compile.declaring([variable])(fields.get('cond') ?? null);
  const limitOperand = fields.get('limit');
  const limit = limitOperand === undefined ? undefined : compile(limitOperand);
  return (scope) => {
    const array = input(scope);
    if (isNullish(array)) return null;
    if (!isArray(array))
      throw new CommandError(28651, `input to $filter must be an array not ${typeName(array)}`);
    const most = limit?.(scope);
    const count = isNullish(most) ? BigInt(array.length) : exactInteger(most);
    if (count === undefined || (!isNullish(most) && count <= 0n)) {
      throw new CommandError(327392, '$filter: limit must be greater than 0');
    }
    return array.filter((item) => truthy(test(bind(scope, variable, item)))).slice(0, Number(count));
  };
});

const reduce = named(['input', 'initialValue', 'in'], [], (fields, compile) => {
  const input = compile(fields.get('input') ?? null);
  const initial = compile(fields.get('initialValue') ?? null);
  const body = compile.declaring(['this', 'value'])(fields.get('in') ?? null);
  return (scope) => {
    const array = input(scope);
    if (isNullish(array)) return null;
    if (!isArray(array))
      throw new CommandError(40080, `$reduce requires that 'input' be an array, found: ${typeName(array)}`);
    let value = initial(scope);
    for (const item of array) value = body(bind(bind(scope, 'this', item), 'value', value));
    return value;
  };
});

/** Operators that bind variables of their own. */
export const LISTS: OperatorTable = { $filter: filter, $let: letOperator, $map: map, $reduce: reduce };
