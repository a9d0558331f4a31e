import { CommandError } from '../../command-error.js';
import { compare, equal, keyOf } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import { fitsInt32, isNumber } from '../number.js';
import { compileSort } from '../sort.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import {
  arrayOperand,
  integerOperand,
  isNullish,
  named,
  nary,
  optionalExpression,
  unary,
  type Operator,
  type OperatorTable,
} from './operator.js';
import { truthy } from './truth.js';

const at = (array: readonly Value[], index: number): Maybe => array[index < 0 ? array.length + index : index];

const arrayElemAt = nary(2, 2, ([array, index], name) => {
  if (isNullish(array) || isNullish(index)) return null;
  if (!isArray(array)) {
    throw new CommandError(28689, `${name}'s first argument must be an array, but is ${typeName(array)}`);
  }
  return at(array, integerOperand(name, 'a second argument', index, 28690));
});

const edge = (index: 0 | -1): Operator => unary((value, name) => at(arrayOperand(name, value, 28689), index));

const concatArrays = nary(0, Infinity, (values, name) => {
  const result: Value[] = [];
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isArray(value))
      throw new CommandError(28664, `${name} only supports arrays, not ${typeName(value)}`);
    result.push(...value);
  }
  return result;
});

const isIn = nary(2, 2, ([value, array], name, { collation }) => {
  if (!isArray(array)) {
    throw new CommandError(
      40081,
      `${name} requires an array as a second argument, found: ${typeName(array)}`,
    );
  }
  return array.some((item) => equal(item, value, collation));
});

const indexOfArray = nary(2, 4, ([array, value, start = 0, end], name, { collation }) => {
  if (isNullish(array)) return null;
  if (!isArray(array))
    throw new CommandError(40090, `${name} requires an array as a first argument, found: ${typeName(array)}`);
  const from = integerOperand(name, 'a starting index', start, 40096);
  const to = end === undefined ? array.length : integerOperand(name, 'an ending index', end, 40096);
  if (from < 0 || to < 0) throw new CommandError(40097, `${name} requires a nonnegative index`);
  for (let i = from; i < Math.min(to, array.length); i += 1) if (equal(array[i], value, collation)) return i;
  return -1;
});

const range = nary(2, 3, ([start, end, step = 1], name) => {
  const [from, to, by] = [
    integerOperand(name, 'a starting value', start, 34443),
    integerOperand(name, 'an ending value', end, 34445),
    integerOperand(name, 'a step value', step, 34447),
  ];
  if (by === 0) throw new CommandError(34449, `${name} requires a non-zero step value`);
  const result: number[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) result.push(i);
  return result;
});

const slice = nary(2, 3, ([array, first, second], name) => {
  if (isNullish(array) || isNullish(first) || second === null) return null;
  if (!isArray(array))
    throw new CommandError(
      28724,
      `First argument to ${name} must be an array, but is of type: ${typeName(array)}`,
    );
  const position = integerOperand(name, 'a second argument', first, 28725);
  if (second === undefined) return position >= 0 ? array.slice(0, position) : array.slice(position);
  const count = integerOperand(name, 'a third argument', second, 28727);
  if (count <= 0)
    throw new CommandError(28729, `Third argument to ${name} must be positive: ${String(count)}`);
  const from = position < 0 ? Math.max(0, array.length + position) : position;
  return array.slice(from, from + count);
});

const zip = named(['inputs'], ['useLongestLength', 'defaults'], (fields, compile, name) => {
  const list = fields.get('inputs');
  if (!isArray(list)) throw new CommandError(34461, `inputs must be an array of expressions`);
  if (list.length === 0) throw new CommandError(34465, `${name} requires at least one input array`);
  const inputs = list.map(compile);
  const longest = fields.get('useLongestLength') === true;
  const defaultList = fields.get('defaults');
  const defaults = isArray(defaultList) ? defaultList.map(compile) : [];
  return (scope) => {
    const arrays: (readonly Value[])[] = [];
    for (const input of inputs) {
      const value = input(scope);
      if (isNullish(value)) return null;
      if (!isArray(value))
        throw new CommandError(34468, `${name} found a non-array expression in input: ${typeName(value)}`);
      arrays.push(value);
    }
    const lengths = arrays.map((array) => array.length);
    const length = longest ? Math.max(...lengths) : Math.min(...lengths);
    return Array.from({ length }, (_, i) =>
      arrays.map((array, j) => array[i] ?? defaults[j]?.(scope) ?? null),
    );
  };
});

const distinctItems = (values: Iterable<Value>, collation: Parameters<typeof keyOf>[1]): Value[] => [
  ...new Map([...values].map((value) => [keyOf(value, collation), value])).values(),
];

/** Set operators answer their members in order: the server leaves it open, tests like it stable. */
const sorted = (values: Value[]): Value[] => values.sort((a, b) => compare(a, b));

const setOperand = (name: string, value: Maybe, code: number): readonly Value[] => {
  if (isArray(value)) return value;
  throw new CommandError(
    code,
    `All operands of ${name} must be arrays. One argument is of type: ${typeName(value)}`,
  );
};

const setUnion = nary(0, Infinity, (values, name, { collation }) => {
  if (values.some(isNullish)) return null;
  return sorted(
    distinctItems(
      values.flatMap((value) => [...setOperand(name, value, 17043)]),
      collation,
    ),
  );
});

const setIntersection = nary(0, Infinity, (values, name, { collation }) => {
  if (values.some(isNullish)) return null;
  const [first = [], ...rest] = values.map((value) => setOperand(name, value, 17047));
  const others = rest.map((array) => new Set(array.map((item) => keyOf(item, collation))));
  return sorted(
    distinctItems(
      first.filter((item) => others.every((other) => other.has(keyOf(item, collation)))),
      collation,
    ),
  );
});

const setDifference = nary(2, 2, ([left, right], name, { collation }) => {
  if (isNullish(left) || isNullish(right)) return null;
  const without = new Set(setOperand(name, right, 17049).map((item) => keyOf(item, collation)));
  return distinctItems(
    setOperand(name, left, 17048).filter((item) => !without.has(keyOf(item, collation))),
    collation,
  );
});

const keysOf = (
  name: string,
  value: Maybe,
  code: number,
  collation: Parameters<typeof keyOf>[1],
): Set<string> => new Set(setOperand(name, value, code).map((item) => keyOf(item, collation)));

const setEquals = nary(2, Infinity, (values, name, { collation }) => {
  const [first, ...rest] = values.map((value) => keysOf(name, value, 17044, collation));
  return rest.every((set) => set.size === first?.size && [...set].every((key) => first.has(key)));
});

const setIsSubset = nary(2, 2, ([left, right], name, { collation }) => {
  const outer = keysOf(name, right, 17042, collation);
  return [...keysOf(name, left, 17046, collation)].every((key) => outer.has(key));
});

const elements = (quantify: (array: readonly Value[]) => boolean, code: number): Operator =>
  nary(1, 1, ([array], name) => {
    if (!isArray(array))
      throw new CommandError(code, `${name}'s argument must be an array, but is ${typeName(array)}`);
    return quantify(array);
  });

const sortArray = named(['input', 'sortBy'], [], (fields, compile, name, evaluation) => {
  const input = compile(fields.get('input') ?? null);
  const by = fields.get('sortBy') ?? null;
  if (!isDoc(by) && by !== 1 && by !== -1) throw new CommandError(2942507, `${name} 'sortBy' is invalid`);
  const direction = isNumber(by) ? Number(by) : 1;
  const order = isDoc(by) ? compileSort(by, evaluation) : undefined;
  return (scope) => {
    const array = input(scope);
    if (isNullish(array)) return null;
    if (!isArray(array))
      throw new CommandError(
        2942504,
        `The input argument to ${name} must be an array, but was of type: ${typeName(array)}`,
      );
    if (order === undefined)
      return [...array].sort((a, b) => direction * compare(a, b, evaluation.collation));
    const docs = array.map((item) => [order.keyOf(isDoc(item) ? item : new Map()), item] as const);
    return docs.sort((a, b) => order.compareKeys(a[0], b[0])).map(([, item]) => item);
  };
});

const pick = (
  choose: (array: readonly Value[], n: number, collation: Parameters<typeof compare>[2]) => Value[],
): Operator =>
  named(['n', 'input'], [], (fields, compile, name, { collation }) => {
    const input = optionalExpression(fields, 'input', compile);
    const count = optionalExpression(fields, 'n', compile);
    return (scope) => {
      const n = integerOperand(name, 'n', count(scope), 5787903);
      if (n <= 0 || !fitsInt32(n))
        throw new CommandError(5787908, `'n' must be greater than 0, found ${String(n)}`);
      const array = input(scope);
      if (!isArray(array)) throw new CommandError(5788200, 'Input must be an array');
      return choose(array, n, collation);
    };
  });

const ranked = (direction: 1 | -1): Operator =>
  pick((array, n, collation) =>
    array
      .filter((item) => !isNullish(item))
      .sort((a, b) => direction * compare(a, b, collation))
      .slice(0, n),
  );

const arrayToObject = unary((value, name) => {
  const array = arrayOperand(name, value, 40386);
  const result: Doc = new Map();
  for (const item of array) {
    const [key, field] = isArray(item) ? item : isDoc(item) ? [item.get('k'), item.get('v')] : [];
    const shaped = isArray(item)
      ? item.length === 2
      : isDoc(item) && item.size === 2 && item.has('k') && item.has('v');
    if (!shaped)
      throw new CommandError(isArray(item) ? 40397 : 40392, `${name} requires an array of key-value pairs`);
    if (typeof key !== 'string')
      throw new CommandError(40395, `${name} requires keys to be of type string, found ${typeName(key)}`);
    result.set(key, field ?? null);
  }
  return result;
});

export const ARRAYS: OperatorTable = {
  $allElementsTrue: elements((array) => array.every((item) => truthy(item)), 17040),
  $anyElementTrue: elements((array) => array.some((item) => truthy(item)), 17041),
  $arrayElemAt: arrayElemAt,
  $arrayToObject: arrayToObject,
  $concatArrays: concatArrays,
  $first: edge(0),
  $firstN: pick((array, n) => array.slice(0, n)),
  $in: isIn,
  $indexOfArray: indexOfArray,
  $isArray: nary(1, 1, ([value]) => isArray(value)),
  $last: edge(-1),
  $lastN: pick((array, n) => array.slice(-n)),
  $maxN: ranked(-1),
  $minN: ranked(1),
  $range: range,
  $reverseArray: unary((value, name) => [...arrayOperand(name, value, 34435)].reverse()),
  $setDifference: setDifference,
  $setEquals: setEquals,
  $setIntersection: setIntersection,
  $setIsSubset: setIsSubset,
  $setUnion: setUnion,
  $size: nary(1, 1, ([value], name) => arrayOperand(name, value, 17124).length),
  $slice: slice,
  $sortArray: sortArray,
  $zip: zip,
};
