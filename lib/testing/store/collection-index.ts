import { CommandError } from '../command-error.js';
import { keyOf } from '../query/bson-order.js';
import { PLAIN_EVALUATION } from '../query/evaluation.js';
import { compileFilter, type Predicate } from '../query/matcher.js';
import { docText } from '../query/text.js';
import type { Doc, Maybe, Value } from '../query/value.js';
import { indexKeys } from './index-keys.js';
import type { IndexSpec } from './index-spec.js';

/** What an entry of the index refers to; most keys have one record. */
type Entry = number | Set<number>;

/** One secondary index: by key text, the records that have the key. */
export class CollectionIndex {
  spec: IndexSpec;
  /** New duplicates are refused although the index is not unique yet (collMod prepareUnique). */
  prepareUnique = false;
  readonly paths: readonly string[];
  readonly #parts: readonly (readonly string[])[];
  readonly #filter: Predicate | undefined;
  readonly #entries = new Map<string, Entry>();
  /** Text, geospatial and wildcard indexes are listed, but hold nothing. */
  readonly ordinary: boolean;

  constructor(spec: IndexSpec) {
    this.spec = spec;
    this.paths = [...spec.key.keys()];
    this.#parts = this.paths.map((path) => path.split('.'));
    this.#filter =
      spec.partialFilter === undefined ? undefined : compileFilter(spec.partialFilter, PLAIN_EVALUATION);
    this.ordinary =
      [...spec.key.values()].every((value) => typeof value !== 'string' || value === 'hashed') &&
      !this.paths.some((path) => path.includes('$**'));
  }

  /** Whether the index holds the document at all. */
  covers(doc: Doc): boolean {
    return (this.#filter?.(doc) ?? true) && (!this.spec.sparse || this.#valuesOf(doc).length > 0);
  }

  /** Whether two records may not have the same key. */
  get refusesDuplicates(): boolean {
    return this.spec.unique || this.prepareUnique;
  }

  #valuesOf(doc: Doc): Maybe[][] {
    const keys = indexKeys(doc, this.paths, this.#parts);
    return this.spec.sparse ? keys.filter((key) => key.some((value) => value !== undefined)) : keys;
  }

  #textOf(key: readonly Maybe[]): string {
    return key.map((value) => keyOf(value ?? null, this.spec.collation)).join('');
  }

  /** The keys as texts, each once, with the values of the first that has the text. */
  keysOf(doc: Doc): ReadonlyMap<string, readonly Maybe[]> {
    const texts = new Map<string, readonly Maybe[]>();
    if (!this.ordinary || this.#filter?.(doc) === false) return texts;
    for (const key of this.#valuesOf(doc)) {
      const text = this.#textOf(key);
      if (!texts.has(text)) texts.set(text, key);
    }
    return texts;
  }

  /** Throws the duplicate key error if another record has one of the document's keys and the index is unique. */
  check(doc: Doc, self: number | undefined, namespace: string): void {
    if (!this.refusesDuplicates) {
      this.keysOf(doc);
      return;
    }
    for (const [text, key] of this.keysOf(doc)) {
      if (this.holders(text).some((record) => record !== self)) throw duplicateKey(namespace, this.spec, key);
    }
  }

  add(doc: Doc, record: number): void {
    for (const text of this.keysOf(doc).keys()) {
      const entry = this.#entries.get(text);
      if (entry === undefined) this.#entries.set(text, record);
      else if (typeof entry === 'number') this.#entries.set(text, new Set([entry, record]));
      else entry.add(record);
    }
  }

  remove(doc: Doc, record: number): void {
    for (const text of this.keysOf(doc).keys()) {
      const entry = this.#entries.get(text);
      if (typeof entry === 'number') this.#entries.delete(text);
      else if (entry !== undefined) {
        entry.delete(record);
        if (entry.size === 0) this.#entries.delete(text);
      }
    }
  }

  /** Records whose whole key is `key`. */
  find(key: readonly Value[]): readonly number[] {
    return this.holders(this.#textOf(key));
  }

  /** Records that have the key with this text. */
  holders(text: string): readonly number[] {
    const entry = this.#entries.get(text);
    return typeof entry === 'number' ? [entry] : [...(entry ?? [])];
  }

  /** Groups of records that share a key: what keeps the index from being made unique. */
  duplicates(): readonly (readonly number[])[] {
    return [...this.#entries.values()].flatMap((entry) =>
      typeof entry === 'number' || entry.size < 2 ? [] : [[...entry]],
    );
  }
}

/** Error 11000 as the server words it. */
export const duplicateKey = (
  namespace: string,
  { name, key: pattern, collation }: Pick<IndexSpec, 'name' | 'key' | 'collation'>,
  key: readonly Maybe[],
): CommandError => {
  const value: Doc = new Map([...pattern.keys()].map((path, i) => [path, key[i] ?? null]));
  const collationText = collation === undefined ? '' : ` collation: ${docText(collation.specification)}`;
  return new CommandError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${name}${collationText} dup key: ${docText(value)}`,
    { extra: { keyPattern: pattern, keyValue: value } },
  );
};
