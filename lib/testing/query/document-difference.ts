import { encodeDoc, sizeOfDoc } from './bson-writer.js';
import { isPositional } from './update/update-path.js';
import type { UpdatedPath } from './update/update.js';
import { isArray, isDoc, type Doc, type Value } from './value.js';

/** Field names and array indexes from the document down. */
export type DifferencePath = readonly (string | number)[];

/** What makes one document out of another. */
export interface Difference {
  readonly updated: (readonly [path: DifferencePath, value: Value])[];
  readonly removed: DifferencePath[];
  /** Arrays that became shorter, with their new size. */
  readonly truncated: (readonly [path: DifferencePath, size: number])[];
}

const none = (): Difference => ({ updated: [], removed: [], truncated: [] });

const bytesOf = (value: Value): Buffer => encodeDoc(new Map([['', value]]));

/** Of the same type and value to the last bit, unlike values that merely compare as equal. */
const same = (a: Value, b: Value): boolean => a === b || bytesOf(a).equals(bytesOf(b));

const TRUNCATION_BYTES = 7;

/** Bytes that the log would take for it. */
const cost = ({ updated, removed, truncated }: Difference): number =>
  updated.reduce((sum, [, value]) => sum + sizeOfDoc(new Map([['', value]])), 0) +
  removed.length * TRUNCATION_BYTES +
  truncated.length * TRUNCATION_BYTES;

const append = (to: Difference, from: Difference): void => {
  to.updated.push(...from.updated);
  to.removed.push(...from.removed);
  to.truncated.push(...from.truncated);
};

/** The paths that the operators of an update name, from here on; undefined: documents are compared. */
type Named = readonly UpdatedPath[] | undefined;

const within = (named: Named, part: string): Named =>
  named
    ?.filter(({ parts: [first] }) => first !== undefined && (first === part || isPositional(first)))
    .map(({ parts, appends }) => ({ parts: parts.slice(1), appends }));

const target = (named: Named): UpdatedPath | undefined => named?.find(({ parts }) => parts.length === 0);

const isPrefix = (shorter: readonly Value[], longer: readonly Value[]): boolean =>
  shorter.every((item, i) => same(item, longer[i] ?? null));

const differAt = (before: Value, after: Value, path: DifferencePath, named: Named): Difference => {
  const difference = none();
  if (same(before, after)) return difference;
  const reached = target(named);
  if (reached?.appends === true && isArray(before) && isArray(after) && isPrefix(before, after)) {
    for (let i = before.length; i < after.length; i += 1) {
      difference.updated.push([[...path, i], after[i] ?? null]);
    }
    return difference;
  }
  const inner = reached === undefined ? innerDifference(before, after, path, named) : undefined;
  // Like a server's log, the shorter way of telling it is taken.
  if (inner !== undefined && (named !== undefined || cost(inner) < bytesOf(after).length)) return inner;
  difference.updated.push([path, after]);
  return difference;
};

const innerDifference = (
  before: Value,
  after: Value,
  path: DifferencePath,
  named: Named,
): Difference | undefined => {
  if (isDoc(before) && isDoc(after)) return differenceOf(before, after, named, path);
  return isArray(before) && isArray(after) ? arrayDifference(before, after, path, named) : undefined;
};

const arrayDifference = (
  before: readonly Value[],
  after: readonly Value[],
  path: DifferencePath,
  named: Named,
): Difference => {
  const difference = none();
  if (after.length < before.length) difference.truncated.push([path, after.length]);
  for (const [i, item] of after.entries()) {
    const [old, at] = [before[i], [...path, i]];
    if (old === undefined) difference.updated.push([at, item]);
    else append(difference, differAt(old, item, at, within(named, String(i))));
  }
  return difference;
};

/**
 * What an update made of a document. `named`: the paths that its operators name, whose values are told as a whole;
 * without them the documents are compared.
 */
export const differenceOf = (
  before: Doc,
  after: Doc,
  named: readonly UpdatedPath[] | undefined,
  path: DifferencePath = [],
): Difference => {
  const difference = none();
  for (const [key, value] of after) {
    const [old, at] = [before.get(key), [...path, key]];
    if (old === undefined) difference.updated.push([at, value]);
    else append(difference, differAt(old, value, at, within(named, key)));
  }
  for (const key of before.keys()) if (!after.has(key)) difference.removed.push([...path, key]);
  return difference;
};
