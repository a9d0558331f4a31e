import { encodeDoc, sizeOfDoc } from '../query/bson-writer.js';
import { isPositional } from '../query/update/update-path.js';
import type { UpdatedPath } from '../query/update/update.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';

/** Field names and array indexes from the document down. */
type Path = readonly (string | number)[];

interface Difference {
  readonly updated: (readonly [path: Path, value: Value])[];
  readonly removed: Path[];
  readonly truncated: (readonly [path: Path, size: number])[];
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

const isNamed = (named: Named): boolean => named?.some(({ parts }) => parts.length === 0) === true;

const differAt = (before: Value, after: Value, path: Path, named: Named): Difference => {
  const difference = none();
  if (same(before, after)) return difference;
  const appends = named?.some((target) => target.parts.length === 0 && target.appends) === true;
  if (
    isArray(before) &&
    isArray(after) &&
    appends &&
    before.every((item, i) => same(item, after[i] ?? null))
  ) {
    after.slice(before.length).forEach((item, i) => {
      difference.updated.push([[...path, before.length + i], item]);
    });
    return difference;
  }
  if (!isNamed(named)) {
    const inner =
      isDoc(before) && isDoc(after)
        ? differenceOf(before, after, path, named)
        : isArray(before) && isArray(after)
          ? arrayDifference(before, after, path, named)
          : undefined;
    // Like a server's log, the shorter way of telling it is taken.
    if (inner !== undefined && (named !== undefined || cost(inner) < bytesOf(after).length)) return inner;
  }
  difference.updated.push([path, after]);
  return difference;
};

const arrayDifference = (
  before: readonly Value[],
  after: readonly Value[],
  path: Path,
  named: Named,
): Difference => {
  const difference = none();
  if (after.length < before.length) difference.truncated.push([path, after.length]);
  after.forEach((item, i) => {
    const old = before[i];
    const at = [...path, i];
    if (old === undefined) difference.updated.push([at, item]);
    else append(difference, differAt(old, item, at, within(named, String(i))));
  });
  return difference;
};

const differenceOf = (before: Doc, after: Doc, path: Path, named: Named): Difference => {
  const difference = none();
  for (const [key, value] of after) {
    const old = before.get(key);
    const at = [...path, key];
    if (old === undefined) difference.updated.push([at, value]);
    else append(difference, differAt(old, value, at, within(named, key)));
  }
  for (const key of before.keys()) if (!after.has(key)) difference.removed.push([...path, key]);
  return difference;
};

const text = (path: Path): string => path.join('.');

/** A path whose text could mean another one: a field name with a dot, or one that looks like an array index. */
const isAmbiguous = (path: Path): boolean =>
  path.some((part) => typeof part === 'string' && (part.includes('.') || /^\d+$/.test(part)));

export interface DescriptionOptions {
  /** Since 5.0: arrays that became shorter are told as such. */
  readonly truncatedArrays: boolean;
  readonly disambiguatedPaths: boolean;
}

/**
 * `updateDescription` of an update event. `named`: the paths that update operators name, whose values are told as a
 * whole; without them the documents are compared (manual, "update Event").
 */
export const updateDescription = (
  before: Doc,
  after: Doc,
  named: readonly UpdatedPath[] | undefined,
  options: DescriptionOptions,
): Doc => {
  const { updated, removed, truncated } = differenceOf(before, after, [], named);
  const description: Doc = new Map<string, Value>([
    ['updatedFields', new Map(updated.map(([path, value]) => [text(path), value]))],
    ['removedFields', removed.map(text)],
  ]);
  if (options.truncatedArrays) {
    description.set(
      'truncatedArrays',
      truncated.map(
        ([path, size]) =>
          new Map<string, Value>([
            ['field', text(path)],
            ['newSize', size],
          ]),
      ),
    );
  }
  if (options.disambiguatedPaths) {
    const paths = [...updated.map(([path]) => path), ...removed, ...truncated.map(([path]) => path)];
    description.set(
      'disambiguatedPaths',
      new Map(paths.filter(isAmbiguous).map((path) => [text(path), path])),
    );
  }
  return description;
};
