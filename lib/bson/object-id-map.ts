import type { ObjectId } from 'bson';

/** A text that two ids share exactly when they are equal: a key for `Map`, `Set` and objects. */
export const objectIdKey = (id: ObjectId): string => id.toHexString();

/** A `Map` whose keys are ids compared by value: two `ObjectId` objects of the same bytes are one key. */
export class ObjectIdMap<V> implements Iterable<[ObjectId, V]> {
  readonly #entries = new Map<string, [ObjectId, V]>();

  constructor(entries: Iterable<readonly [ObjectId, V]> = []) {
    for (const [id, value] of entries) this.set(id, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: ObjectId): V | undefined {
    return this.#entries.get(objectIdKey(id))?.[1];
  }

  has(id: ObjectId): boolean {
    return this.#entries.has(objectIdKey(id));
  }

  set(id: ObjectId, value: V): this {
    this.#entries.set(objectIdKey(id), [id, value]);
    return this;
  }

  delete(id: ObjectId): boolean {
    return this.#entries.delete(objectIdKey(id));
  }

  clear(): void {
    this.#entries.clear();
  }

  [Symbol.iterator](): Iterator<[ObjectId, V]> {
    return this.#entries.values();
  }
}

/** A `Set` of ids compared by value. */
export class ObjectIdSet implements Iterable<ObjectId> {
  readonly #ids = new Map<string, ObjectId>();

  constructor(ids: Iterable<ObjectId> = []) {
    for (const id of ids) this.add(id);
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: ObjectId): boolean {
    return this.#ids.has(objectIdKey(id));
  }

  add(id: ObjectId): this {
    this.#ids.set(objectIdKey(id), id);
    return this;
  }

  delete(id: ObjectId): boolean {
    return this.#ids.delete(objectIdKey(id));
  }

  clear(): void {
    this.#ids.clear();
  }

  [Symbol.iterator](): Iterator<ObjectId> {
    return this.#ids.values();
  }
}
