import { Binary, EJSON } from 'bson';
import { inspect } from 'node:util';
import type { EntityMap } from './entity-map.js';
import { asBson, isDocument, numericValue, typeNames } from './bson-values.js';
import { parseTestJson } from './extended-json.js';
import type { Doc } from './format.js';

/** Raised when an actual value is not what a file expects; names the place. */
export class Mismatch extends Error {}

export const fail = (where: string, why: string): never => {
  throw new Mismatch(`${where}: ${why}`);
};

const show = (value: unknown): string =>
  inspect(value, { depth: 6, breakLength: 140, maxArrayLength: 20, maxStringLength: 300 });

/**
 * Asserts that a value fits an expectation ("Evaluating Matches"). A root-level document may have more fields than
 * expected; a nested one may not, unless `surplus` is set.
 */
export const match = (
  expected: unknown,
  actual: unknown,
  entities: EntityMap,
  root = true,
  where = 'value',
  surplus = false,
): void => {
  matchValue(asExpected(expected), asBson(actual), { entities, surplus }, root, where);
};

/** Documents are compared in the same typed form on both sides. */
const asExpected = (expected: unknown): unknown => (expected === undefined ? undefined : asBson(expected));

interface Matching {
  readonly entities: EntityMap;
  readonly surplus: boolean;
}

const matchValue = (
  expected: unknown,
  actual: unknown,
  matching: Matching,
  root: boolean,
  where: string,
): void => {
  if (isDocument(expected)) {
    const operator = specialOperator(expected);
    if (operator)
      return matchOperator(operator, expected[operator], actual, actual !== undefined, matching, root, where);
    return matchDocument(expected, actual, matching, root, where);
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return fail(where, `expected an array, got ${show(actual)}`);
    if (actual.length !== expected.length)
      fail(where, `expected ${expected.length} elements, got ${show(actual)}`);
    // Elements of an array are not root-level documents, unless the caller says so (a cursor's documents).
    for (const [index, element] of expected.entries())
      matchValue(element, actual[index], matching, false, `${where}[${index}]`);
    return;
  }
  matchScalar(expected, actual, where);
};

const matchDocument = (
  expected: Doc,
  actual: unknown,
  matching: Matching,
  root: boolean,
  where: string,
): void => {
  if (!isDocument(actual)) return fail(where, `expected a document ${show(expected)}, got ${show(actual)}`);
  for (const [key, value] of Object.entries(expected)) {
    const present = Object.hasOwn(actual, key);
    const operator = isDocument(value) ? specialOperator(value) : undefined;
    const path = `${where}.${key}`;
    if (operator)
      matchOperator(operator, (value as Doc)[operator], actual[key], present, matching, false, path);
    else if (!present) fail(path, `expected ${show(value)}, but the key is missing in ${show(actual)}`);
    else matchValue(value, actual[key], matching, false, path);
  }
  if (root || matching.surplus) return;
  const extra = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  if (extra.length > 0) fail(where, `unexpected ${extra.join(', ')} in ${show(actual)}`);
};

const specialOperator = (value: Doc): string | undefined => {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0]?.startsWith('$$') ? keys[0] : undefined;
};

const matchOperator = (
  operator: string,
  operand: unknown,
  actual: unknown,
  present: boolean,
  matching: Matching,
  root: boolean,
  where: string,
): void => {
  const requirePresent = (): void => {
    if (!present) fail(where, `expected ${operator} ${show(operand)}, but the key is missing`);
  };
  switch (operator) {
    case '$$exists':
      if (typeof operand !== 'boolean') fail(where, '$$exists takes a boolean');
      if (present !== operand)
        fail(where, operand ? 'expected the key to exist' : `expected no such key, got ${show(actual)}`);
      return;
    case '$$unsetOrMatches':
      if (present && actual !== undefined) matchValue(operand, actual, matching, root, where);
      return;
    case '$$type': {
      requirePresent();
      const wanted = [operand].flat().map(String);
      const names = typeNames(actual);
      if (!wanted.some((name) => names.includes(name)))
        fail(where, `expected type ${wanted.join(' or ')}, got ${names[0] ?? ''}`);
      return;
    }
    case '$$matchesEntity':
      requirePresent();
      return matchValue(asBson(matching.entities.value(String(operand))), actual, matching, root, where);
    case '$$sessionLsid':
      requirePresent();
      return matchValue(asBson(matching.entities.lsid(String(operand))), actual, matching, false, where);
    case '$$matchesHexBytes': {
      requirePresent();
      const wanted = hexBytes(operand, where);
      const got = actual instanceof Binary ? Buffer.from(actual.value()).toString('hex') : show(actual);
      if (got !== wanted.toString('hex')) fail(where, `expected bytes ${wanted.toString('hex')}, got ${got}`);
      return;
    }
    case '$$lte': {
      requirePresent();
      const limit = numericValue(operand);
      const value = numericValue(actual);
      if (limit === undefined) return fail(where, '$$lte takes a number');
      if (value === undefined || value > limit)
        fail(where, `expected at most ${String(limit)}, got ${show(actual)}`);
      return;
    }
    case '$$matchAsDocument':
      requirePresent();
      if (typeof actual !== 'string') return fail(where, `expected extended JSON text, got ${show(actual)}`);
      return matchValue(operand, parseLogged(actual, where), matching, false, where);
    case '$$matchAsRoot':
      requirePresent();
      return matchValue(operand, actual, matching, true, where);
    default:
      fail(where, `unknown operator ${operator}`);
  }
};

const parseLogged = (text: string, where: string): unknown => {
  try {
    return asBson(parseTestJson(text));
  } catch (error) {
    return fail(where, `not extended JSON (${(error as Error).message}): ${text.slice(0, 200)}`);
  }
};

export const hexBytes = (hex: unknown, where: string): Buffer => {
  if (typeof hex !== 'string' || hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex))
    return fail(where, `malformed hex bytes ${show(hex)}`);
  return Buffer.from(hex, 'hex');
};

const matchScalar = (expected: unknown, actual: unknown, where: string): void => {
  const wanted = numericValue(expected);
  if (wanted !== undefined) {
    const got = numericValue(actual);
    const bothNaN = Number.isNaN(wanted) && Number.isNaN(got);
    if (got !== wanted && !bothNaN) fail(where, `expected ${String(wanted)}, got ${show(actual)}`);
    return;
  }
  if (canonical(expected) !== canonical(actual))
    fail(where, `expected ${show(expected)}, got ${show(actual)}`);
};

const canonical = (value: unknown): string =>
  value === undefined ? 'undefined' : EJSON.stringify({ value }, { relaxed: false });

/** Exact equality but for the order of keys, for `outcome`. */
export const sameDocument = (expected: unknown, actual: unknown): boolean =>
  canonical(sorted(asBson(expected))) === canonical(sorted(asBson(actual)));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  const number = numericValue(value);
  if (number !== undefined) return { number: String(number) };
  if (!isDocument(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
};
