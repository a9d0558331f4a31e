import { CommandError } from '../../command-error.js';
import { arrayIndex } from '../path.js';
import { docText } from '../text.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';

/** The predicates of `arrayFilters`, by identifier. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

const MAX_PADDING = 1_500_000;

export const isPositional = (part: string): boolean => part === '$' || part.startsWith('$[');

/** The concrete paths that a path with `$`, `$[]` and `$[identifier]` stands for in one document. */
export const expandPath = (
  doc: Doc,
  parts: readonly string[],
  matchedIndex: number | undefined,
  filters: ArrayFilters,
): string[][] => {
  if (!parts.some(isPositional)) return [[...parts]];
  const found: string[][] = [];
  const walk = (value: Maybe, at: number, prefix: readonly string[]): void => {
    const part = parts[at];
    if (part === undefined) {
      found.push([...prefix]);
      return;
    }
    if (part === '$') {
      if (matchedIndex === undefined) {
        throw new CommandError(
          'BadValue',
          'The positional operator did not find the match needed from the query.',
        );
      }
      step(value, String(matchedIndex), at, prefix);
      return;
    }
    if (!part.startsWith('$[')) {
      step(value, part, at, prefix);
      return;
    }
    const path = prefix.join('.');
    if (value === undefined) {
      throw new CommandError(
        'BadValue',
        `The path '${path}' must exist in the document in order to apply array updates.`,
      );
    }
    if (!isArray(value)) {
      throw new CommandError(
        'BadValue',
        `Cannot apply array updates to non-array element ${docText([[prefix.at(-1) ?? '', value]]).slice(2, -2)}`,
      );
    }
    const filter = part === '$[]' ? undefined : filters.get(part.slice(2, -1));
    for (const [i, item] of value.entries()) {
      if (filter === undefined || filter(item)) walk(item, at + 1, [...prefix, String(i)]);
    }
  };
  const step = (value: Maybe, part: string, at: number, prefix: readonly string[]): void => {
    const index = arrayIndex(part);
    const next = isDoc(value)
      ? value.get(part)
      : isArray(value) && index !== undefined
        ? value[index]
        : undefined;
    walk(next, at + 1, [...prefix, part]);
  };
  walk(doc, 0, []);
  return found;
};

const notViable = (part: string, name: string | undefined, value: Value): never => {
  throw new CommandError(
    'PathNotViable',
    `Cannot create field '${part}' in element ${name === undefined ? docText([]) : `{${docText([[name, value]]).slice(2, -2)}}`}`,
  );
};

const changeDoc = (
  doc: Doc,
  parts: readonly string[],
  at: number,
  creates: boolean,
  leaf: (current: Maybe) => Maybe,
): Doc => {
  const part = parts[at] ?? '';
  const current = doc.get(part);
  const next = changeAt(current, parts, at + 1, creates, leaf);
  if (next === current) return doc;
  const copy = new Map(doc);
  if (next === undefined) copy.delete(part);
  else copy.set(part, next);
  return copy;
};

const changeArray = (
  array: readonly Value[],
  parts: readonly string[],
  at: number,
  creates: boolean,
  leaf: (current: Maybe) => Maybe,
): readonly Value[] => {
  const part = parts[at] ?? '';
  const index = arrayIndex(part);
  if (index === undefined) return creates ? notViable(part, parts[at - 1], array) : array;
  const current = array[index];
  const next = changeAt(current, parts, at + 1, creates, leaf);
  if (next === current) return array;
  if (index - array.length > MAX_PADDING)
    throw new CommandError('CannotBackfillArray', "can't backfill more than 1500000 elements");
  const copy = [...array];
  while (copy.length < index) copy.push(null);
  // Removing an element of an array leaves null behind, so that the others keep their index.
  copy[index] = next ?? null;
  return copy;
};

const changeAt = (
  value: Maybe,
  parts: readonly string[],
  at: number,
  creates: boolean,
  leaf: (current: Maybe) => Maybe,
): Maybe => {
  if (at === parts.length) return leaf(value);
  if (isDoc(value)) return changeDoc(value, parts, at, creates, leaf);
  if (isArray(value)) return changeArray(value, parts, at, creates, leaf);
  if (!creates) return value;
  if (value !== undefined) return notViable(parts[at] ?? '', parts[at - 1], value);
  const made = changeDoc(new Map(), parts, at, creates, leaf);
  return made.size === 0 ? undefined : made;
};

/** The document with the value at a concrete path changed; what is not on the path is shared with the old one. */
export const changePath = (
  doc: Doc,
  parts: readonly string[],
  creates: boolean,
  leaf: (current: Maybe) => Maybe,
): Doc => changeDoc(doc, parts, 0, creates, leaf);

/** The order in which the server applies changes: names as text, array positions as numbers. */
export const comparePaths = (a: readonly string[], b: readonly string[]): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [left = '', right = ''] = [a[i], b[i]];
    if (left === right) continue;
    const [m, n] = [arrayIndex(left), arrayIndex(right)];
    if (m !== undefined && n !== undefined) return m - n;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
};
