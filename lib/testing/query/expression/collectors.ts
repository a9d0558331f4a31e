import { Double } from 'bson';
import { CommandError } from '../../command-error.js';
import { compare, keyOf } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { asDouble, isNumber } from '../number.js';
import { isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { isNullish } from './operator.js';
import { Summation } from './summation.js';

/** Takes values one by one; the result may be asked for once. */
export interface Collector {
  add(value: Maybe): void;
  result(): Maybe;
}

export const sum = (): Collector => {
  const total = new Summation();
  return { add: (value) => total.add(value), result: () => total.total };
};

export const average = (): Collector => {
  const total = new Summation();
  return { add: (value) => total.add(value), result: () => total.average ?? null };
};

export const extreme =
  (direction: 1 | -1) =>
  ({ collation }: Evaluation): Collector => {
    let best: Maybe;
    return {
      add: (value) => {
        if (isNullish(value)) return;
        if (best === undefined || direction * compare(value, best, collation) < 0) best = value;
      },
      result: () => best ?? null,
    };
  };

const push = (): Collector => {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (value !== undefined) values.push(value);
    },
    result: () => values,
  };
};

const addToSet = ({ collation }: Evaluation): Collector => {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      const key = keyOf(value, collation);
      if (value !== undefined && !values.has(key)) values.set(key, value);
    },
    result: () => [...values.values()],
  };
};

const first = (): Collector => {
  let seen = false;
  let kept: Maybe;
  return {
    add: (value) => {
      if (!seen) kept = value;
      seen = true;
    },
    result: () => kept ?? null,
  };
};

const last = (): Collector => {
  let kept: Maybe;
  return {
    add: (value) => {
      kept = value;
    },
    result: () => kept ?? null,
  };
};

/** Welford's running variance. */
export const deviation = (sample: boolean) => (): Collector => {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add: (value) => {
      if (!isNumber(value)) return;
      const number = asDouble(value);
      count += 1;
      const delta = number - mean;
      mean += delta / count;
      squares += delta * (number - mean);
    },
    result: () => {
      const divisor = sample ? count - 1 : count;
      return divisor <= 0 ? null : new Double(Math.sqrt(squares / divisor));
    },
  };
};

const merge = (): Collector => {
  const result: Doc = new Map();
  return {
    add: (value) => {
      if (isNullish(value)) return;
      if (!isDoc(value))
        throw new CommandError(
          40400,
          `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`,
        );
      for (const [key, field] of value) result.set(key, field);
    },
    result: () => result,
  };
};

/** Accumulators of one value a document; most are expressions over lists as well. */
export const COLLECTORS: Readonly<Record<string, (evaluation: Evaluation) => Collector>> = {
  $addToSet: addToSet,
  $avg: average,
  $first: first,
  $last: last,
  $max: extreme(-1),
  $mergeObjects: merge,
  $min: extreme(1),
  $push: push,
  $stdDevPop: deviation(false),
  $stdDevSamp: deviation(true),
  $sum: sum,
};
