import { isArray, isDoc, type Doc, type Maybe, type Value } from './value.js';

const INDEX = /^(?:0|[1-9]\d*)$/;

/** The array index that a path component stands for; undefined where it is none. */
export const arrayIndex = (part: string): number | undefined => (INDEX.test(part) ? Number(part) : undefined);

/** What a match is tested on: the value, and the index in the outermost array that was walked through on the way. */
export type Visit = (value: Maybe, outerIndex: number | undefined) => boolean;

/** The elements of a leaf array are offered one by one, then the array itself. */
const visitLeaf = (value: Maybe, expand: boolean, outer: number | undefined, visit: Visit): boolean => {
  if (expand && isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (visit(value[i], outer ?? i)) return true;
  }
  return visit(value, outer);
};

const visitArray = (
  array: readonly Value[],
  parts: readonly string[],
  at: number,
  expand: boolean,
  outer: number | undefined,
  visit: Visit,
): boolean => {
  const index = arrayIndex(parts[at] ?? '');
  for (let i = 0; i < array.length; i += 1) {
    const item = array[i];
    if (isDoc(item) && visitFrom(item, parts, at, expand, outer ?? i, visit)) return true;
    if (i !== index) continue;
    // An index at the end of the path offers the element itself, not the elements of an inner array.
    if (at === parts.length - 1) {
      if (visit(item, outer ?? i)) return true;
    } else if (isArray(item)) {
      if (visitArray(item, parts, at + 1, expand, outer ?? i, visit)) return true;
    } else if (isDoc(item) && visitFrom(item, parts, at + 1, expand, outer ?? i, visit)) return true;
  }
  return false;
};

const visitFrom = (
  doc: Doc,
  parts: readonly string[],
  at: number,
  expand: boolean,
  outer: number | undefined,
  visit: Visit,
): boolean => {
  const value = doc.get(parts[at] ?? '');
  if (at === parts.length - 1) return visitLeaf(value, expand, outer, visit);
  if (isDoc(value)) return visitFrom(value, parts, at + 1, expand, outer, visit);
  if (isArray(value)) return visitArray(value, parts, at + 1, expand, outer, visit);
  return visit(undefined, outer);
};

/**
 * Offers every value at a dotted path to `visit` until it returns true; arrays on the way are walked through. With
 * `expand` the elements of an array at the end are offered too. A missing field is offered as undefined, except where
 * an array on the way holds no documents at all.
 */
export const visitPath = (doc: Doc, parts: readonly string[], expand: boolean, visit: Visit): boolean =>
  visitFrom(doc, parts, 0, expand, undefined, visit);

/** All values at the path, for index keys and `distinct`: leaf arrays are taken apart, not offered themselves. */
export const valuesAt = (doc: Doc, parts: readonly string[]): { values: Maybe[]; multikey: boolean } => {
  const values: Maybe[] = [];
  let multikey = false;
  visitPath(doc, parts, false, (value, outer) => {
    if (outer !== undefined) multikey = true;
    if (isArray(value)) {
      multikey = true;
      values.push(...value);
      if (value.length === 0) values.push(undefined);
    } else values.push(value);
    return false;
  });
  return { values, multikey };
};

/** The value a path leads to without walking through arrays. */
export const plainPath = (doc: Doc, parts: readonly string[]): Maybe => {
  let value: Maybe = doc;
  for (const part of parts) value = isDoc(value) ? value.get(part) : undefined;
  return value;
};
