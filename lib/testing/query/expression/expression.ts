import { CommandError } from '../../command-error.js';
import type { Evaluation } from '../evaluation.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { ACCUMULATIONS } from './accumulators.js';
import { ARITHMETIC } from './arithmetic.js';
import { ARRAYS } from './arrays.js';
import { COMPARISONS } from './comparisons.js';
import { CONDITIONALS } from './conditionals.js';
import { CONVERSIONS } from './conversions.js';
import { DATES } from './dates.js';
import { DELEGATED } from './delegated.js';
import { LISTS } from './lists.js';
import { OBJECTS } from './objects.js';
import type { Compile, Expression, Frame, Operator, Scope } from './operator.js';
import { STRINGS } from './strings.js';

export type { Expression, Scope } from './operator.js';

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [
    DELEGATED,
    ACCUMULATIONS,
    ARITHMETIC,
    ARRAYS,
    COMPARISONS,
    CONDITIONALS,
    CONVERSIONS,
    DATES,
    LISTS,
    OBJECTS,
    STRINGS,
  ].flatMap((table) => Object.entries(table)),
);

/** Walks a field path; an array on the way gives the list of what its documents hold. */
export const followPath = (value: Maybe, parts: readonly string[], at: number): Maybe => {
  if (at === parts.length) return value;
  if (isDoc(value)) return followPath(value.get(parts[at] ?? ''), parts, at + 1);
  if (!isArray(value)) return undefined;
  const found: Value[] = [];
  for (const item of value) {
    const inner = isDoc(item) ? followPath(item, parts, at) : undefined;
    if (inner !== undefined) found.push(inner);
  }
  return found;
};

/** The components of a field path after its `$`; refuses what the server refuses. */
export const fieldPathParts = (path: string): readonly string[] => {
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  const parts = path.split('.');
  for (const part of parts) {
    if (part === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$')) {
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    }
    if (part.includes('\0'))
      throw new CommandError(16411, 'FieldPath field names may not contain null bytes');
  }
  return parts;
};

const lookUp = (frame: Frame | undefined, name: string): Frame | undefined => {
  for (let at = frame; at !== undefined; at = at.parent) if (at.name === name) return at;
  return undefined;
};

const SYSTEM: ReadonlyMap<string, (scope: Scope) => Maybe> = new Map<string, (scope: Scope) => Maybe>([
  ['ROOT', (scope) => scope.root],
  ['REMOVE', () => undefined],
  ['NOW', (scope) => scope.evaluation.now],
  ['CLUSTER_TIME', (scope) => scope.evaluation.clusterTime],
  ['USER_ROLES', () => []],
  ['DESCEND', () => 'descend'],
  ['PRUNE', () => 'prune'],
  ['KEEP', () => 'keep'],
]);

const undefinedVariable = (name: string): never => {
  throw new CommandError(17276, `Use of undefined variable: ${name}`);
};

const compileVariable = (path: string, evaluation: Evaluation, declared: ReadonlySet<string>): Expression => {
  const [name = '', ...rest] = path.split('.');
  if (name === '') throw new CommandError(16872, "'$$' by itself is not a valid variable");
  const parts = rest.length === 0 ? rest : fieldPathParts(rest.join('.'));
  const follow = (value: Maybe): Maybe => followPath(value, parts, 0);
  if (declared.has(name)) return (scope) => follow(lookUp(scope.frame, name)?.value);
  if (name === 'CURRENT') return (scope) => follow(scope.root);
  const system = SYSTEM.get(name);
  if (system !== undefined) {
    if (name === 'CLUSTER_TIME' && evaluation.clusterTime === undefined) {
      throw new CommandError(51144, "Builtin variable '$$CLUSTER_TIME' is not available");
    }
    return (scope) => follow(system(scope));
  }
  if (!evaluation.variables.has(name)) return undefinedVariable(name);
  return (scope) => follow(scope.evaluation.variables.get(name));
};

const compileObject = (object: Doc, evaluation: Evaluation, declared: ReadonlySet<string>): Expression => {
  const fields = [...object].map(([name, operand]) => {
    if (name.includes('.')) {
      throw new CommandError(
        16412,
        `FieldPath field names may not contain '.'. Consider using $getField or $setField.`,
      );
    }
    return [name, compileWith(operand, evaluation, declared)] as const;
  });
  return (scope) => {
    const result: Doc = new Map();
    for (const [name, expression] of fields) {
      const value = expression(scope);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
};

/** Variables that an operator gives to its inner expressions are announced by the operator's own compile function. */
const compileWith = (operand: Value, evaluation: Evaluation, declared: ReadonlySet<string>): Expression => {
  if (typeof operand === 'string') {
    if (operand.startsWith('$$')) return compileVariable(operand.slice(2), evaluation, declared);
    if (!operand.startsWith('$')) return () => operand;
    const parts = fieldPathParts(operand.slice(1));
    if (declared.has('CURRENT'))
      return (scope) => followPath(lookUp(scope.frame, 'CURRENT')?.value, parts, 0);
    return (scope) => followPath(scope.root, parts, 0);
  }
  if (isArray(operand)) {
    const items = operand.map((item) => compileWith(item, evaluation, declared));
    return (scope) => items.map((item) => item(scope) ?? null);
  }
  if (!isDoc(operand)) return () => operand;
  const [first] = operand.keys();
  if (first?.startsWith('$') !== true) return compileObject(operand, evaluation, declared);
  if (operand.size !== 1) {
    throw new CommandError(
      15983,
      `An object representing an expression must have exactly one field, found ${String(operand.size)}`,
    );
  }
  if (first === '$literal' || first === '$const') {
    const literal = operand.get(first);
    return () => literal;
  }
  return compileOperator(first, operand.get(first) ?? null, evaluation, declared);
};

const compilerFor = (evaluation: Evaluation, declared: ReadonlySet<string>): Compile =>
  Object.assign((inner: Value) => compileWith(inner, evaluation, declared), {
    declaring: (names: readonly string[]) => compilerFor(evaluation, new Set([...declared, ...names])),
  });

const compileOperator = (
  name: string,
  operand: Value,
  evaluation: Evaluation,
  declared: ReadonlySet<string>,
): Expression => {
  const operator = OPERATORS.get(name);
  if (operator === undefined)
    throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
  return operator(operand, compilerFor(evaluation, declared), name, evaluation);
};

/** The compiler of operands outside of any operator, for accumulators. */
export const topCompiler = (evaluation: Evaluation): Compile => compilerFor(evaluation, new Set());

/** Compiles an aggregation expression; `let` variables of the evaluation are in scope. */
export const compileExpression = (operand: Value, evaluation: Evaluation): Expression =>
  compileWith(operand, evaluation, new Set());

export const scopeOf = (root: Maybe, evaluation: Evaluation): Scope => ({
  root,
  frame: undefined,
  evaluation,
});

export const evaluateTop = (expression: Expression, root: Maybe, evaluation: Evaluation): Maybe =>
  expression(scopeOf(root, evaluation));
