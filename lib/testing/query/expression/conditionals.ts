import { CommandError } from '../../command-error.js';
import { isArray, isDoc } from '../value.js';
import { checkCount, isNullish, named, operands, type Operator, type OperatorTable } from './operator.js';
import { truthy } from './truth.js';

const condOfDoc = named(['if', 'then', 'else'], [], (fields, compile) => {
  const [test, whenTrue, whenFalse] = ['if', 'then', 'else'].map((key) => compile(fields.get(key) ?? null));
  return (scope) => (truthy(test?.(scope)) ? whenTrue?.(scope) : whenFalse?.(scope));
});

const cond: Operator = (operand, compile, name, evaluation) => {
  if (isDoc(operand)) return condOfDoc(operand, compile, name, evaluation);
  const list = operands(operand);
  checkCount(name, list.length, 3, 3);
  const [test, whenTrue, whenFalse] = list.map(compile);
  return (scope) => (truthy(test?.(scope)) ? whenTrue?.(scope) : whenFalse?.(scope));
};

const ifNull: Operator = (operand, compile, name) => {
  const list = operands(operand);
  if (list.length < 2) {
    throw new CommandError(1257300, `${name} needs at least two arguments, had: ${String(list.length)}`);
  }
  const compiled = list.map(compile);
  return (scope) => {
    for (const expression of compiled.slice(0, -1)) {
      const value = expression(scope);
      if (!isNullish(value)) return value;
    }
    return compiled.at(-1)?.(scope);
  };
};

const switchOperator = named(['branches'], ['default'], (fields, compile, name) => {
  const list = fields.get('branches');
  if (!isArray(list)) throw new CommandError(40061, `${name} expected an array for 'branches'`);
  const branches = list.map((branch) => {
    if (!isDoc(branch)) throw new CommandError(40062, `${name} expected each branch to be an object`);
    const [test, result] = [branch.get('case'), branch.get('then')];
    if (test === undefined)
      throw new CommandError(40067, `${name} requires each branch have a 'case' expression`);
    if (result === undefined)
      throw new CommandError(40068, `${name} requires each branch have a 'then' expression.`);
    return [compile(test), compile(result)] as const;
  });
  const fallback = fields.get('default');
  const otherwise = fallback === undefined ? undefined : compile(fallback);
  if (branches.length === 0) throw new CommandError(40068, `${name} requires at least one branch.`);
  return (scope) => {
    for (const [test, result] of branches) if (truthy(test(scope))) return result(scope);
    if (otherwise !== undefined) return otherwise(scope);
    throw new CommandError(
      40066,
      `${name} could not find a matching branch for an input, and no default was specified.`,
    );
  };
});

export const CONDITIONALS: OperatorTable = { $cond: cond, $ifNull: ifNull, $switch: switchOperator };
