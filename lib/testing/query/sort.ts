import { CommandError } from '../command-error.js';
import { compare } from './bson-order.js';
import type { Evaluation } from './evaluation.js';
import { asDouble, isNumber } from './number.js';
import { visitPath } from './path.js';
import { isArray, isDoc, UNDEFINED, type Doc, type Maybe, type Value } from './value.js';

/** An order of documents. Keys are taken once a document, so that sorting does not walk paths again and again. */
export interface SortOrder {
  keyOf(doc: Doc): readonly Value[];
  compareKeys(a: readonly Value[], b: readonly Value[]): number;
  /** The fields, in order, with their direction; what a sort by an index needs. */
  readonly fields: readonly SortField[];
}

export interface SortField {
  readonly path: string;
  readonly direction: 1 | -1;
}

/** Of an array the least element counts when ascending, the greatest when descending; an empty one is below null. */
const keyAt = (doc: Doc, parts: readonly string[], direction: 1 | -1, evaluation: Evaluation): Value => {
  let best: Maybe;
  const offer = (value: Value): void => {
    if (best === undefined || direction * compare(value, best, evaluation.collation) < 0) best = value;
  };
  visitPath(doc, parts, false, (value) => {
    if (isArray(value)) {
      if (value.length === 0) offer(UNDEFINED);
      value.forEach(offer);
    } else offer(value ?? null);
    return false;
  });
  return best ?? null;
};

const directionOf = (path: string, value: Value): 1 | -1 => {
  if (!isNumber(value))
    throw new CommandError(15974, `Illegal key in $sort specification: ${path}: ${String(value)}`);
  const number = asDouble(value);
  if (number !== 1 && number !== -1) {
    throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
  }
  return number;
};

const checkPath = (path: string): void => {
  if (path === '') throw new CommandError('BadValue', 'FieldPath cannot be constructed with empty string');
  const parts = path.split('.');
  if (parts.some((part) => part === ''))
    throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  if (parts.some((part) => part.startsWith('$') && !['$id', '$ref', '$db'].includes(part))) {
    throw new CommandError(
      16410,
      "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
    );
  }
};

/** A path with its direction, or metadata of the document. */
const compileKey = (path: string, value: Value, evaluation: Evaluation) => {
  if (isDoc(value)) {
    const meta = value.get('$meta');
    if (meta === 'randVal')
      return { field: { path, direction: 1 as const }, key: () => Math.floor(evaluation.random() * 2 ** 31) };
    throw new CommandError('BadValue', `query requires ${String(meta)} metadata, but it is not available`);
  }
  checkPath(path);
  const direction = directionOf(path, value);
  const parts = path.split('.');
  return { field: { path, direction }, key: (doc: Doc) => keyAt(doc, parts, direction, evaluation) };
};

/** Compiles a sort document; `$natural` is not for here. */
export const compileSort = (specification: Doc, evaluation: Evaluation): SortOrder => {
  if (specification.size > 32) throw new CommandError(13103, 'too many compound keys');
  const keys = [...specification].map(([path, value]) => compileKey(path, value, evaluation));
  return {
    fields: keys.map(({ field }) => field),
    keyOf: (doc) => keys.map(({ key }) => key(doc) as Value),
    compareKeys: (a, b) => {
      for (let i = 0; i < keys.length; i += 1) {
        const order = compare(a[i], b[i], evaluation.collation);
        if (order !== 0) return order * (keys[i]?.field.direction ?? 1);
      }
      return 0;
    },
  };
};

/** Sorts by the document that `docOf` finds in an item; equal items keep their order. */
export const sortBy = <T>(items: Iterable<T>, order: SortOrder, docOf: (item: T) => Doc): T[] => {
  const keyed = Array.from(items, (item) => ({ item, key: order.keyOf(docOf(item)) }));
  keyed.sort((a, b) => order.compareKeys(a.key, b.key));
  return keyed.map(({ item }) => item);
};
