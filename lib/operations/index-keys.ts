import { describe } from './document-shape.js';

/** Direction of a key or kind of the index. */
export type IndexDirection = 1 | -1 | '2d' | '2dsphere' | 'text' | 'hashed' | (number & {}) | (string & {});

/** How an index's keys may be given: a name, `[name, direction]` pairs, a list of either, a document or a map. */
export type IndexKeys =
  | string
  | readonly [string, IndexDirection]
  | readonly (string | readonly [string, IndexDirection])[]
  | Readonly<Record<string, IndexDirection>>
  | ReadonlyMap<string, IndexDirection>;

const isPair = (keys: readonly unknown[]): boolean =>
  keys.length === 2 && typeof keys[0] === 'string' && (typeof keys[1] === 'number' || isKind(keys[1]));

const KINDS: ReadonlySet<unknown> = new Set(['2d', '2dsphere', 'text', 'hashed', 'geoHaystack']);
const isKind = (value: unknown): boolean => KINDS.has(value);

const entriesOf = (keys: IndexKeys): [string, IndexDirection][] => {
  if (typeof keys === 'string') return [[keys, 1]];
  if (keys instanceof Map) return [...(keys as Map<string, IndexDirection>)];
  if (Array.isArray(keys)) {
    if (isPair(keys)) return [keys as unknown as [string, IndexDirection]];
    return (keys as readonly (string | readonly [string, IndexDirection])[]).flatMap((key) =>
      entriesOf(typeof key === 'string' ? key : new Map([key])),
    );
  }
  if (typeof keys !== 'object' || keys === null)
    throw new TypeError(`Index keys must not be ${describe(keys)}`);
  return Object.entries(keys as Record<string, IndexDirection>);
};

/** The keys of an index in their order, which is part of what the index is. */
export const indexKeys = (keys: IndexKeys): ReadonlyMap<string, IndexDirection> => {
  const entries = entriesOf(keys);
  if (entries.length === 0) throw new TypeError('An index needs at least one key');
  return new Map(entries);
};

/** Name of an index that was given none: `name_1_dob_-1` (index management specification, "Index Name Generation"). */
export const indexName = (keys: ReadonlyMap<string, IndexDirection>): string =>
  [...keys].map(([key, direction]) => `${key}_${String(direction)}`).join('_');
