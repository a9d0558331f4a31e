import { CommandError } from '../command-error.js';
import { collectionStats } from '../store/statistics.js';
import type { Sharding } from '../sharding/sharding.js';
import type { CollectionAccess } from '../store/collection-access.js';
import type { Command, Reply } from './command.js';
import { collectionName, countField } from './command-fields.js';

/** What routers add: how many documents each shard has. */
const spreadStats = (sharding: Sharding, collection: CollectionAccess): Reply => {
  const counts = new Map([...sharding.shardsOf(collection)].map(({ name }) => [name, 0]));
  for (const { doc } of collection.records.values()) {
    const { name } = sharding.shardOf(collection, doc);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const shards = [...counts].map(([name, count]) => [name, { ns: collection.namespace, count }] as const);
  return { sharded: sharding.spreadOf(collection) !== undefined, shards: Object.fromEntries(shards) };
};

export const collStats: Command = {
  name: 'collStats',
  aliases: ['collstats'],
  kind: 'admin',
  secondary: 'opt-in',
  fields: ['scale', 'comment'],
  run: ({ store, cluster }, { body, database, name: command }) => {
    const name = collectionName(command, body);
    const scale = countField('collStats', body, 'scale') ?? 1;
    if (scale === 0) throw new CommandError('BadValue', 'scale has to be >= 1');
    const collection = store.collection(database, name);
    if (collection !== undefined) {
      const stats = Object.fromEntries(collectionStats(collection, scale));
      return { ...stats, ...(cluster.sharding && spreadStats(cluster.sharding, collection)) };
    }
    if (store.view(database, name) !== undefined) {
      throw new CommandError(
        'CommandNotSupportedOnView',
        `Namespace ${database}.${name} is a view, not a collection`,
      );
    }
    return {
      ns: `${database}.${name}`,
      size: 0,
      count: 0,
      storageSize: 0,
      totalSize: 0,
      nindexes: 0,
      totalIndexSize: 0,
      indexDetails: {},
      indexSizes: {},
      scaleFactor: scale,
    };
  },
};
