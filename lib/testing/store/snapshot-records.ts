import type { RawDocument } from '../net/raw-document.js';
import type { Records } from './collection-access.js';
import type { Changes } from './snapshot.js';

/** Records in their order, some of them shown as they were, or as a transaction has written them. */
export class SnapshotRecords implements Records {
  readonly #base: Records;
  readonly #changes: () => Changes;
  readonly #own: Changes;

  /** `own` goes before `changes`, and both before `base`. */
  constructor(base: Records, changes: () => Changes, own: Changes) {
    this.#base = base;
    this.#changes = changes;
    this.#own = own;
  }

  get(record: number): RawDocument | undefined {
    if (this.#own.has(record)) return this.#own.get(record);
    const changes = this.#changes();
    return changes.has(record) ? changes.get(record) : this.#base.get(record);
  }

  get size(): number {
    return this.#all().length;
  }

  /** Put together when the walk begins: what others write during a walk does not move it. */
  #all(): readonly (readonly [number, RawDocument])[] {
    const changes = this.#changes();
    if (changes.size + this.#own.size === 0) return [...this.#base];
    const all: (readonly [number, RawDocument])[] = [];
    for (const pair of this.#base) if (!changes.has(pair[0]) && !this.#own.has(pair[0])) all.push(pair);
    const unchanged = all.length;
    for (const [record, raw] of changes) {
      if (raw !== undefined && !this.#own.has(record)) all.push([record, raw]);
    }
    for (const [record, raw] of this.#own) if (raw !== undefined) all.push([record, raw]);
    return all.length === unchanged ? all : all.sort((a, b) => a[0] - b[0]);
  }

  *[Symbol.iterator](): Iterator<readonly [number, RawDocument]> {
    yield* this.#all();
  }

  *keys(): Iterable<number> {
    for (const [record] of this.#all()) yield record;
  }

  *values(): Iterable<RawDocument> {
    for (const [, raw] of this.#all()) yield raw;
  }
}
