const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A view of a map through which nobody can change it: `Object.freeze` does not reach the entries of a `Map`. */
export class ReadOnlyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #entries: ReadonlyMap<K, V>;

  constructor(entries: ReadonlyMap<K, V>) {
    this.#entries = entries instanceof ReadOnlyMap ? (entries as ReadOnlyMap<K, V>).#entries : entries;
    Object.freeze(this);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void, self?: unknown): void {
    for (const [key, value] of this.#entries) visit.call(self, value, key, this);
  }

  entries(): MapIterator<[K, V]> {
    return this.#entries.entries();
  }

  keys(): MapIterator<K> {
    return this.#entries.keys();
  }

  values(): MapIterator<V> {
    return this.#entries.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#entries.entries();
  }

  get [Symbol.toStringTag](): string {
    return 'ReadOnlyMap';
  }

  [INSPECT](): ReadonlyMap<K, V> {
    return this.#entries;
  }
}
