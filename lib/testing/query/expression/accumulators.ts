import { Double } from 'bson';
import { CommandError } from '../../command-error.js';
import { compare } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { asDouble, exactInteger, isNumber } from '../number.js';
import { compileSort } from '../sort.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import {
  isNullish,
  operands,
  type Compile,
  type Operator,
  type OperatorTable,
  type Scope,
} from './operator.js';
import { average, COLLECTORS, deviation, extreme, sum, type Collector } from './collectors.js';

/** Collects one value from each document of a group. */
export interface Accumulation {
  add(scope: Scope): void;
  readonly result: Maybe;
}

const countOf = (name: string, value: Maybe): number => {
  const integer = isNumber(value) ? exactInteger(value) : undefined;
  if (integer === undefined)
    throw new CommandError(
      5787902,
      `Value for 'n' of ${name} must be of integral type, but found ${typeName(value)}`,
    );
  if (integer <= 0n)
    throw new CommandError(5787908, `'n' must be greater than 0, found ${String(integer)} for ${name}`);
  return Number(integer);
};

const field = (name: string, operand: Doc, key: string): Value => {
  const value = operand.get(key);
  if (value === undefined) throw new CommandError(5787906, `Missing value for '${key}' in ${name}`);
  return value;
};

/** `$firstN` and its like: `n` values of `input`, all collected, cut at the end. */
const several = (
  name: string,
  operand: Value,
  compile: Compile,
  evaluation: Evaluation,
): (() => Accumulation) => {
  if (!isDoc(operand))
    throw new CommandError(5787801, `specification must be an object; found ${name}: ${typeName(operand)}`);
  const input = compile(field(name, operand, 'input'));
  const count = compile(field(name, operand, 'n'));
  const order = name === '$maxN' ? -1 : 1;
  const ranked = name === '$maxN' || name === '$minN';
  return () => {
    const values: Value[] = [];
    let n: number | undefined;
    return {
      add: (scope) => {
        n ??= countOf(name, count(scope));
        const value = input(scope);
        if (!ranked || !isNullish(value)) values.push(value ?? null);
      },
      get result() {
        const most = n ?? 1;
        if (name === '$lastN') return values.slice(-most);
        const list = ranked ? values.sort((a, b) => order * compare(a, b, evaluation.collation)) : values;
        return list.slice(0, most);
      },
    };
  };
};

/** `$top`, `$bottom` and their N forms: outputs in the order of `sortBy`. */
const placed = (
  name: string,
  operand: Value,
  compile: Compile,
  evaluation: Evaluation,
): (() => Accumulation) => {
  if (!isDoc(operand))
    throw new CommandError(5788001, `specification must be an object; found ${name}: ${typeName(operand)}`);
  const by = field(name, operand, 'sortBy');
  if (!isDoc(by)) throw new CommandError(5788604, `${name} 'sortBy' must be an object`);
  const order = compileSort(by, evaluation);
  const output = compile(field(name, operand, 'output'));
  const single = !name.endsWith('N');
  const count = single ? undefined : compile(field(name, operand, 'n'));
  const bottom = name.startsWith('$bottom');
  return () => {
    const rows: { readonly key: readonly Value[]; readonly value: Value }[] = [];
    let n = 1;
    return {
      add: (scope) => {
        if (count !== undefined && rows.length === 0) n = countOf(name, count(scope));
        rows.push({
          key: order.keyOf(isDoc(scope.root) ? scope.root : new Map()),
          value: output(scope) ?? null,
        });
      },
      get result() {
        const sorted = rows.sort((a, b) => order.compareKeys(a.key, b.key)).map(({ value }) => value);
        const chosen = bottom ? sorted.slice(-n) : sorted.slice(0, n);
        return single ? (chosen[0] ?? null) : chosen;
      },
    };
  };
};

/** The value at a share of the sorted numbers: the nearest rank, as the server's approximate method answers it. */
const rank = (numbers: readonly number[], share: number): Value => {
  if (numbers.length === 0) return null;
  const index = Math.max(0, Math.ceil(share * numbers.length) - 1);
  return new Double(numbers[Math.min(index, numbers.length - 1)] ?? NaN);
};

const percentile = (name: string, operand: Value, compile: Compile): (() => Accumulation) => {
  if (!isDoc(operand))
    throw new CommandError(7429703, `specification must be an object; found ${name}: ${typeName(operand)}`);
  const input = compile(field(name, operand, 'input'));
  if (operand.get('method') !== 'approximate')
    throw new CommandError('BadValue', "Currently only 'approximate' can be used as percentile 'method'.");
  const shares = name === '$median' ? undefined : compile(field(name, operand, 'p'));
  return () => {
    const numbers: number[] = [];
    let wanted: Maybe;
    return {
      add: (scope) => {
        wanted ??= shares?.(scope);
        const value = input(scope);
        if (isNumber(value)) numbers.push(asDouble(value));
      },
      get result() {
        numbers.sort((a, b) => a - b);
        if (shares === undefined) return rank(numbers, 0.5);
        return isArray(wanted)
          ? wanted.map((share) => rank(numbers, isNumber(share) ? asDouble(share) : NaN))
          : null;
      },
    };
  };
};

const SEVERAL = new Set(['$firstN', '$lastN', '$maxN', '$minN']);
const PLACED = new Set(['$top', '$topN', '$bottom', '$bottomN']);

export const isAccumulator = (name: string): boolean =>
  Object.hasOwn(COLLECTORS, name) ||
  SEVERAL.has(name) ||
  PLACED.has(name) ||
  ['$count', '$median', '$percentile'].includes(name);

/** Compiles one accumulator of `$group`; the result starts a new accumulation for each group. */
export const compileAccumulator = (
  name: string,
  operand: Value,
  compile: Compile,
  evaluation: Evaluation,
): (() => Accumulation) => {
  if (SEVERAL.has(name)) return several(name, operand, compile, evaluation);
  if (PLACED.has(name)) return placed(name, operand, compile, evaluation);
  if (name === '$median' || name === '$percentile') return percentile(name, operand, compile);
  if (name === '$count' && !(isDoc(operand) && operand.size === 0)) {
    throw new CommandError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
  }
  const collector = name === '$count' ? sum : COLLECTORS[name];
  if (collector === undefined) throw new CommandError(15952, `unknown group operator '${name}'`);
  if (isArray(operand) && operand.length !== 1 && name !== '$push' && name !== '$addToSet') {
    throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
  }
  const expression = compile(name === '$count' ? 1 : operand);
  return () => {
    const collected = collector(evaluation);
    return {
      add: (scope) => collected.add(expression(scope)),
      get result() {
        return collected.result();
      },
    };
  };
};

/** The expression form: over the items of one array, or over several operands. */
const asExpression =
  (collector: (evaluation: Evaluation) => Collector): Operator =>
  (operand, compile, _name, evaluation) => {
    const list = operands(operand).map((item) => compile(item));
    return (scope) => {
      const collected = collector(evaluation);
      const values = list.map((expression) => expression(scope));
      const [only] = values;
      for (const value of values.length === 1 && isArray(only) ? only : values) collected.add(value);
      return collected.result();
    };
  };

export const ACCUMULATIONS: OperatorTable = {
  $avg: asExpression(average),
  $max: asExpression(extreme(-1)),
  $min: asExpression(extreme(1)),
  $stdDevPop: asExpression(deviation(false)),
  $stdDevSamp: asExpression(deviation(true)),
  $sum: asExpression(sum),
};
