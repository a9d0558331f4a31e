import { differenceOf, type DifferencePath } from '../query/document-difference.js';
import type { UpdatedPath } from '../query/update/update.js';
import type { Doc, Value } from '../query/value.js';

const text = (path: DifferencePath): string => path.join('.');

/** A path whose text could mean another one: a field name with a dot, or one that looks like an array index. */
const isAmbiguous = (path: DifferencePath): boolean =>
  path.some((part) => typeof part === 'string' && (part.includes('.') || /^\d+$/.test(part)));

export interface DescriptionOptions {
  /** Since 5.0: arrays that became shorter are told as such. */
  readonly truncatedArrays: boolean;
  readonly disambiguatedPaths: boolean;
}

/**
 * `updateDescription` of an update event. `named`: the paths that update operators name (manual, "update Event").
 */
export const updateDescription = (
  before: Doc,
  after: Doc,
  named: readonly UpdatedPath[] | undefined,
  options: DescriptionOptions,
): Doc => {
  const { updated, removed, truncated } = differenceOf(before, after, named);
  const description: Doc = new Map<string, Value>([
    ['updatedFields', new Map(updated.map(([path, value]) => [text(path), value]))],
    ['removedFields', removed.map(text)],
  ]);
  if (options.truncatedArrays) {
    const arrays = truncated.map(
      ([path, size]) =>
        new Map<string, Value>([
          ['field', text(path)],
          ['newSize', size],
        ]),
    );
    description.set('truncatedArrays', arrays);
  }
  if (options.disambiguatedPaths) {
    const paths = [...updated, ...truncated].map(([path]) => path).concat(removed);
    description.set(
      'disambiguatedPaths',
      new Map(paths.filter(isAmbiguous).map((path) => [text(path), path])),
    );
  }
  return description;
};
