import { MinKey } from 'bson';
import { compare } from '../query/bson-order.js';
import type { Value } from '../query/value.js';
import type { ShardKey } from './shard-key.js';
import type { Shard } from './shard.js';

/** Documents whose key lies from `min` up to the next chunk's. */
interface Chunk {
  readonly min: readonly Value[];
  shard: Shard;
}

const order = (a: readonly Value[], b: readonly Value[]): number => {
  for (const [i, value] of a.entries()) {
    const sign = compare(value, b[i]);
    if (sign !== 0) return sign;
  }
  return 0;
};

/** Steps of the hashes: 2^64 different ones. */
const HASHES = 2n ** 64n;
const LOWEST_HASH = -(2n ** 63n);

/** How the documents of one collection are spread over the shards. */
export class ShardedCollection {
  readonly key: ShardKey;
  readonly unique: boolean;
  /** In the order of their `min`; the first begins where everything does. */
  readonly #chunks: Chunk[];

  /** A hashed key spreads documents over `shards` from the beginning, any other over the first alone. */
  constructor(key: ShardKey, unique: boolean, shards: readonly Shard[]) {
    this.key = key;
    this.unique = unique;
    const lowest = key.fields.map(() => new MinKey());
    const spread = key.fields[0]?.hashed === true ? shards : shards.slice(0, 1);
    const width = HASHES / BigInt(spread.length);
    this.#chunks = spread.map((shard, i) => ({
      min: i === 0 ? lowest : [LOWEST_HASH + width * BigInt(i), ...lowest.slice(1)],
      shard,
    }));
  }

  /** The shards that have chunks. */
  get shards(): ReadonlySet<Shard> {
    return new Set(this.#chunks.map(({ shard }) => shard));
  }

  shardOf(place: readonly Value[]): Shard {
    return this.#chunkOf(place).shard;
  }

  /** The chunk of `place` ends there, and another begins. */
  split(place: readonly Value[]): void {
    const chunk = this.#chunkOf(place);
    if (order(chunk.min, place) === 0) return;
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, { min: place, shard: chunk.shard });
  }

  /** The chunk of `place` goes to another shard. */
  move(place: readonly Value[], shard: Shard): void {
    this.#chunkOf(place).shard = shard;
  }

  #chunkOf(place: readonly Value[]): Chunk {
    const chunk = this.#chunks.findLast(({ min }) => order(min, place) <= 0);
    if (chunk === undefined) throw new Error('A chunk begins below every key');
    return chunk;
  }
}
