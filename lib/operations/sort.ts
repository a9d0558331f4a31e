import type { Document } from '../bson/document.js';
import { describe } from './document-shape.js';

export type SortDirection = 1 | -1 | 'asc' | 'ascending' | 'desc' | 'descending' | { readonly $meta: string };

/** An order: a field, `[field, direction]` pairs, a document or a map. */
export type Sort =
  | string
  | readonly [string, SortDirection]
  | readonly (readonly [string, SortDirection])[]
  | ReadonlyMap<string, SortDirection>
  | Document;

const WORDS: Readonly<Record<string, 1 | -1>> = { asc: 1, ascending: 1, desc: -1, descending: -1 };

const direction = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const number = Object.hasOwn(WORDS, value) ? WORDS[value] : undefined;
  if (number === undefined) throw new TypeError(`A sort direction is 1, -1, 'asc' or 'desc', not '${value}'`);
  return number;
};

const entriesOf = (sort: Sort): readonly (readonly [string, unknown])[] => {
  if (typeof sort === 'string') return [[sort, 1]];
  if (sort instanceof Map) return [...(sort as Map<string, unknown>)];
  if (Array.isArray(sort)) {
    const pairs = (typeof sort[0] === 'string' ? [sort] : sort) as readonly (readonly [string, unknown])[];
    if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs;
    throw new TypeError('A sort given as a list must consist of [field, direction] pairs');
  }
  if (typeof sort !== 'object' || sort === null) throw new TypeError(`A sort must not be ${describe(sort)}`);
  return Object.entries(sort);
};

/** The order as the server takes it; the fields keep their order, integer-like ones too. */
export const sortDocument = (sort: Sort): ReadonlyMap<string, unknown> =>
  new Map(entriesOf(sort).map(([field, value]) => [field, direction(value)]));

/** Adds `sort` where one was given. */
export const putSort = (body: Record<string, unknown>, sort: Sort | undefined): void => {
  if (sort !== undefined) body['sort'] = sortDocument(sort);
};
