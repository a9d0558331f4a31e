import { CommandError } from '../command-error.js';
import { arrayIndex } from '../query/path.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../query/value.js';

interface Walk {
  readonly node: Maybe;
  readonly rest: readonly string[];
}

/** The element that a path component names by its position, unless elements have a field of that name. */
const positional = (array: readonly Value[], part: string): Maybe => {
  const index = arrayIndex(part);
  if (index === undefined || array.some((item) => isDoc(item) && item.has(part))) return undefined;
  return array[index];
};

/** Goes down through documents to the end of the path or to the first array on it. */
const descend = ({ node, rest }: Walk): Walk => {
  let value = node;
  let at = 0;
  while (at < rest.length) {
    const part = rest[at] ?? '';
    const next = isDoc(value) ? value.get(part) : isArray(value) ? positional(value, part) : undefined;
    if (isArray(value) && next === undefined) break;
    value = next;
    at += 1;
    if (value === undefined) return { node: undefined, rest: [] };
  }
  return { node: value, rest: rest.slice(at) };
};

const step = (walk: Walk, item: Maybe): Walk =>
  isDoc(item) ? { node: item, rest: walk.rest } : { node: undefined, rest: [] };

const expand = (walks: readonly Walk[], paths: readonly string[], keys: Maybe[][], depth: number): void => {
  const reached = walks.map(descend);
  const arrays = reached.flatMap((walk, i) =>
    isArray(walk.node) && (depth === 0 || walk.rest.length > 0 || walks[i]?.rest.length !== 0)
      ? [{ walk, i }]
      : [],
  );
  const [first] = arrays;
  if (first === undefined) {
    keys.push(reached.map(({ node }) => node));
    return;
  }
  const array = first.walk.node;
  const other = arrays.find(({ walk }) => walk.node !== array);
  if (other !== undefined) {
    throw new CommandError(
      'CannotIndexParallelArrays',
      `cannot index parallel arrays [${paths[other.i]?.split('.').at(-1) ?? ''}] [${paths[first.i]?.split('.').at(-1) ?? ''}]`,
    );
  }
  if (!isArray(array)) return;
  const same = new Set(arrays.map(({ i }) => i));
  const items: readonly Maybe[] = array.length === 0 ? [undefined] : array;
  const finished = (walk: Walk): Walk => ({ node: walk.node, rest: [] });
  for (const item of items) {
    const next = reached.map((walk, i) => {
      if (!same.has(i)) return finished(walk);
      if (walk.rest.length === 0) return { node: item, rest: [] };
      return step(walk, item);
    });
    expand(next, paths, keys, depth + 1);
  }
};

/**
 * The keys of a document in an index on the paths: one for each element where an array lies on a path. Undefined
 * stands for a missing field.
 */
export const indexKeys = (
  doc: Doc,
  paths: readonly string[],
  parts: readonly (readonly string[])[],
): Maybe[][] => {
  const keys: Maybe[][] = [];
  expand(
    parts.map((rest) => ({ node: doc, rest })),
    paths,
    keys,
    0,
  );
  return keys;
};
