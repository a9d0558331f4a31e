import type { ClientRecord } from './client-record.js';
import type { Driver, TopologyFacts } from './driver.js';
import type { TestThread } from './test-thread.js';

/** The types an entity can have; `value` is a saved result of BSON values or a list of events. */
interface EntityTypes {
  client: ClientRecord;
  database: unknown;
  collection: unknown;
  session: unknown;
  bucket: unknown;
  thread: TestThread;
  cursor: unknown;
  clientEncryption: unknown;
  topologyDescription: TopologyFacts;
  value: unknown;
}
export type EntityKind = keyof EntityTypes;

/** The named objects of one test case. Names are unique and every look-up states the type it needs. */
export class EntityMap {
  readonly #entities = new Map<string, { kind: EntityKind; value: unknown }>();
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  add<K extends EntityKind>(name: string, kind: K, value: EntityTypes[K]): void {
    if (this.#entities.has(name)) throw new Error(`an entity named ${name} exists already`);
    this.#entities.set(name, { kind, value });
  }

  get<K extends EntityKind>(name: string, kind: K): EntityTypes[K] {
    const entity = this.lookUp(name);
    if (entity.kind !== kind) throw new Error(`entity ${name} is a ${entity.kind}, not a ${kind}`);
    return entity.value as EntityTypes[K];
  }

  lookUp(name: string): { readonly kind: EntityKind; readonly value: unknown } {
    const entity = this.#entities.get(name);
    if (!entity) throw new Error(`no entity is named ${name}`);
    return entity;
  }

  has(name: string): boolean {
    return this.#entities.has(name);
  }

  value(name: string): unknown {
    return this.get(name, 'value');
  }

  lsid(name: string): unknown {
    return this.#driver.sessionFacts(this.get(name, 'session')).lsid;
  }

  all<K extends EntityKind>(kind: K): EntityTypes[K][] {
    return [...this.#entities.values()]
      .filter((entity) => entity.kind === kind)
      .map((entity) => entity.value as EntityTypes[K]);
  }
}
