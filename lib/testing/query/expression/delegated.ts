import { Context, ProcessingMode } from 'mingo';
import { $literal, $median, $percentile } from 'mingo/operators/expression';
import * as dateOperators from 'mingo/operators/expression/date';
import * as stringOperators from 'mingo/operators/expression/string';
import * as trigonometry from 'mingo/operators/expression/trignometry';
import type { Options } from 'mingo/types';
import { CommandError } from '../../command-error.js';
import { fromPlain, toPlain, type NumberKind } from '../plain.js';
import { isArray, isDoc, type Maybe, type Value } from '../value.js';
import {
  isNullish,
  type Compile,
  type Expression,
  type Operator,
  type OperatorTable,
  type Scope,
} from './operator.js';

type MingoOperator = (object: never, operand: never, options: Options) => unknown;

/** Only literals are evaluated over there. */
const OPTIONS: Options = {
  idKey: '_id',
  scriptEnabled: false,
  useStrictMode: true,
  failOnError: true,
  processingMode: ProcessingMode.CLONE_OFF,
  context: Context.init({ expression: { $literal } }),
};

/** Runs code of `mingo`; what it throws becomes the error of a command. */
export const delegate = <T>(name: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('BadValue', `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** The operands are evaluated here and handed over as literals, so that only the operator itself is mingo's. */
const literal = (value: Maybe): unknown => ({ $literal: toPlain(value) ?? null });

const operandsOf = (
  operand: Value,
  compile: Compile,
): ((scope: Scope) => { plain: unknown; nullish: boolean }) => {
  if (isDoc(operand) && ![...operand.keys()].some((key) => key.startsWith('$'))) {
    const fields = [...operand].map(([key, value]) => [key, compile(value)] as const);
    return (scope) => {
      const values = fields.map(([key, expression]) => [key, expression(scope)] as const);
      return {
        plain: Object.fromEntries(
          values.flatMap(([key, value]) => (value === undefined ? [] : [[key, literal(value)]])),
        ),
        nullish: values.some(([key, value]) => isNullish(value) && key !== 'onNull' && key !== 'onError'),
      };
    };
  }
  const list = isArray(operand) ? operand.map((item) => compile(item)) : undefined;
  if (list === undefined) {
    const single: Expression = compile(operand);
    return (scope) => {
      const value = single(scope);
      return { plain: literal(value), nullish: isNullish(value) };
    };
  }
  return (scope) => {
    const values = list.map((expression) => expression(scope));
    // A list of one operand means the operand itself.
    return {
      plain: values.length === 1 ? literal(values[0]) : values.map(literal),
      nullish: values.some(isNullish),
    };
  };
};

/** `whenNull`: the answer for a null operand; undefined leaves it to the operator. */
const delegated =
  (run: unknown, kind: NumberKind, whenNull?: null): Operator =>
  (operand, compile, name) => {
    const evaluate = operandsOf(operand, compile);
    return (scope) => {
      const { plain, nullish } = evaluate(scope);
      if (nullish && whenNull === null) return null;
      return fromPlain(
        delegate(name, () => (run as MingoOperator)({} as never, plain as never, OPTIONS)),
        kind,
      );
    };
  };

const group = (
  operators: object,
  names: readonly string[],
  kind: NumberKind,
  whenNull?: null,
): OperatorTable =>
  Object.fromEntries(
    names.map((name) => [name, delegated((operators as Record<string, unknown>)[name], kind, whenNull)]),
  );

/**
 * Operators that `mingo` evaluates: those whose operands and results lose nothing as JavaScript values. Ordering,
 * equality and arithmetic on BSON numbers are not among them.
 */
export const DELEGATED: OperatorTable = {
  ...group(dateOperators, ['$dateDiff'], 'long', null),
  ...group(dateOperators, ['$dateTrunc'], 'int', null),
  ...group(dateOperators, ['$dateFromString'], 'int'),
  ...group(stringOperators, ['$replaceAll', '$replaceOne', '$split'], 'int', null),
  ...group(stringOperators, ['$substr', '$substrBytes', '$substrCP'], 'int'),
  ...group(
    trigonometry,
    [
      '$acos',
      '$acosh',
      '$asin',
      '$asinh',
      '$atan',
      '$atan2',
      '$atanh',
      '$cos',
      '$cosh',
      '$degreesToRadians',
      '$radiansToDegrees',
      '$sin',
      '$sinh',
      '$tan',
      '$tanh',
    ],
    'double',
    null,
  ),
  $median: delegated($median, 'double', null),
  $percentile: delegated($percentile, 'double', null),
};
