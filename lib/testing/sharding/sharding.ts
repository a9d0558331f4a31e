import type { UUID } from 'bson';
import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import { shardKeyIn, shardKeyOf, type ShardKey } from './shard-key.js';
import { Shard } from './shard.js';
import { ShardedCollection } from './sharded-collection.js';

/** What a document's place depends on: its collection, of a database. */
export interface PlacedCollection {
  readonly database: string;
  readonly namespace: string;
  readonly uuid: UUID;
}

/** What the routers of a cluster know: which shards there are, and which documents are where. */
export class Sharding {
  readonly shards: readonly Shard[];
  readonly #primaries = new Map<string, Shard>();
  readonly #collections = new Map<string, ShardedCollection>();

  constructor(count: number) {
    this.shards = Array.from(
      { length: count },
      (_, i) => new Shard(`shard${String(i + 1).padStart(2, '0')}`),
    );
  }

  get allUp(): boolean {
    return this.shards.every(({ up }) => up);
  }

  /** The shard that has what is not sharded of a database: for a new one, the shard with the fewest. */
  primaryOf(database: string): Shard {
    const known = this.#primaries.get(database);
    if (known !== undefined) return known;
    const load = (shard: Shard): number =>
      [...this.#primaries.values()].filter((primary) => primary === shard).length;
    const primary = this.shards.reduce((best, shard) => (load(shard) < load(best) ? shard : best));
    this.#primaries.set(database, primary);
    return primary;
  }

  /** Makes a shard the primary of a database that has none yet. */
  place(database: string, primary: Shard): void {
    if (!this.#primaries.has(database)) this.#primaries.set(database, primary);
    else if (this.primaryOf(database) !== primary) {
      throw new CommandError(
        'NamespaceExists',
        `database already created on a primary which is different from ${primary.name}`,
      );
    }
  }

  /** Throws ShardNotFound. */
  named(name: string): Shard {
    const shard = this.shards.find((candidate) => candidate.name === name);
    if (shard === undefined) throw new CommandError('ShardNotFound', `Shard ${name} not found`);
    return shard;
  }

  spreadOf({ uuid }: PlacedCollection): ShardedCollection | undefined {
    return this.#collections.get(uuid.toHexString());
  }

  /** Spreads a collection over the shards from now on. */
  shard(collection: PlacedCollection, key: ShardKey, unique: boolean): void {
    const primary = this.primaryOf(collection.database);
    const order = [primary, ...this.shards.filter((shard) => shard !== primary)];
    this.#collections.set(collection.uuid.toHexString(), new ShardedCollection(key, unique, order));
  }

  shardsOf(collection: PlacedCollection): ReadonlySet<Shard> {
    return this.spreadOf(collection)?.shards ?? new Set([this.primaryOf(collection.database)]);
  }

  shardOf(collection: PlacedCollection, document: Doc): Shard {
    const spread = this.spreadOf(collection);
    return spread === undefined
      ? this.primaryOf(collection.database)
      : spread.shardOf(shardKeyOf(spread.key, document));
  }

  /** The shards that may have documents that match. */
  shardsFor(collection: PlacedCollection, filter: Doc): ReadonlySet<Shard> {
    const spread = this.spreadOf(collection);
    const place = spread && shardKeyIn(spread.key, filter);
    return spread === undefined || place === undefined
      ? this.shardsOf(collection)
      : new Set([spread.shardOf(place)]);
  }
}
