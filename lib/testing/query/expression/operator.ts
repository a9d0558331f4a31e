import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { exactInteger, isNumber } from '../number.js';
import { isArray, isDoc, UndefinedValue, type Doc, type Maybe, type Value } from '../value.js';

/** A variable of `$let`, `$map` and the like; frames form a list, the innermost first. */
export interface Frame {
  readonly name: string;
  readonly value: Maybe;
  readonly parent: Frame | undefined;
}

/** What an expression sees of one document. */
export interface Scope {
  /** `$$ROOT`: the document the stage works on. */
  readonly root: Maybe;
  readonly frame: Frame | undefined;
  readonly evaluation: Evaluation;
}

/** A compiled expression; undefined means missing. */
export type Expression = (scope: Scope) => Maybe;

export interface Compile {
  (operand: Value): Expression;
  /** Compiles where further variables are bound by frames of the scope. */
  declaring(names: readonly string[]): Compile;
}

/** Compiles one operator; `compile` does its operands. */
export type Operator = (operand: Value, compile: Compile, name: string, evaluation: Evaluation) => Expression;

export type OperatorTable = Readonly<Record<string, Operator>>;

export const bind = (scope: Scope, name: string, value: Maybe): Scope => ({
  ...scope,
  frame: { name, value, parent: scope.frame },
});

/** null, missing and the deprecated undefined. */
export const isNullish = (value: Maybe): value is null | undefined | UndefinedValue =>
  value === undefined || value === null || value instanceof UndefinedValue;

/** Operands as a list: a single one need not be in an array. */
export const operands = (operand: Value): readonly Value[] => (isArray(operand) ? operand : [operand]);

export const checkCount = (name: string, given: number, least: number, most: number): void => {
  if (given >= least && given <= most) return;
  if (least === most) {
    throw new CommandError(
      16020,
      `Expression ${name} takes exactly ${String(least)} arguments. ${String(given)} were passed in.`,
    );
  }
  throw new CommandError(
    28667,
    `Expression ${name} takes at least ${String(least)} arguments, and at most ${String(most)}, but ${String(given)} were passed in.`,
  );
};

/** An operator whose operands are all evaluated first. */
export const nary =
  (
    least: number,
    most: number,
    apply: (values: Maybe[], name: string, evaluation: Evaluation) => Maybe,
  ): Operator =>
  (operand, compile, name, evaluation) => {
    const list = operands(operand);
    checkCount(name, list.length, least, most);
    const compiled = list.map(compile);
    return (scope) =>
      apply(
        compiled.map((expression) => expression(scope)),
        name,
        evaluation,
      );
  };

/** An operator on one value that answers null for null and missing. */
export const unary = (apply: (value: Value, name: string, evaluation: Evaluation) => Maybe): Operator =>
  nary(1, 1, ([value], name, evaluation) => (isNullish(value) ? null : apply(value, name, evaluation)));

/** An operator with named operands in a document. Unknown and missing names are refused. */
export const named =
  (
    required: readonly string[],
    optional: readonly string[],
    build: (
      fields: ReadonlyMap<string, Value>,
      compile: Compile,
      name: string,
      evaluation: Evaluation,
    ) => Expression,
  ): Operator =>
  (operand, compile, name, evaluation) => {
    if (!isDoc(operand))
      throw new CommandError('FailedToParse', `${name} only supports an object as its argument`);
    for (const key of operand.keys()) {
      if (!required.includes(key) && !optional.includes(key)) {
        throw new CommandError('FailedToParse', `Unrecognized argument to ${name}: ${key}`);
      }
    }
    for (const key of required) {
      if (!operand.has(key)) throw new CommandError('FailedToParse', `Missing '${key}' parameter to ${name}`);
    }
    return build(operand, compile, name, evaluation);
  };

export const optionalExpression = (
  fields: ReadonlyMap<string, Value>,
  key: string,
  compile: Compile,
): Expression => {
  const operand = fields.get(key);
  return operand === undefined ? () => undefined : compile(operand);
};

export const wrongType = (name: string, wanted: string, value: Maybe, code = 14): never => {
  throw new CommandError(code === 14 ? 'TypeMismatch' : code, `${name} ${wanted}, not ${typeName(value)}`);
};

export const arrayOperand = (name: string, value: Maybe, code: number): readonly Value[] => {
  if (isArray(value)) return value;
  throw new CommandError(
    code,
    `The argument to ${name} must be an array, but was of type: ${typeName(value)}`,
  );
};

export const integerOperand = (name: string, what: string, value: Maybe, code: number): number => {
  const integer = isNumber(value) ? exactInteger(value) : undefined;
  if (integer === undefined || integer < -(2n ** 31n) || integer >= 2n ** 31n) {
    throw new CommandError(
      code,
      `${name} requires ${what} representable as a 32-bit integer, found: ${typeName(value)}`,
    );
  }
  return Number(integer);
};

export const docOf = (entries: Iterable<readonly [string, Value]>): Doc => new Map(entries);
