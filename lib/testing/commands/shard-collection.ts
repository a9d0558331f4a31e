import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import type { Doc, Value } from '../query/value.js';
import { parseShardKey } from '../sharding/shard-key.js';
import type { CollectionAccess } from '../store/collection-access.js';
import type { Collection } from '../store/collection.js';
import { parseIndexSpec } from '../store/index-spec.js';
import { splitNamespace } from '../store/namespace.js';
import type { Command } from './command.js';
import { boolField, requiredDoc, requiredString } from './command-fields.js';
import type { CommandContext } from './context.js';
import { requireSharding } from './router-only.js';

/** Whether the fields of a shard key are the first of an index. */
export const beginsWith = (index: Doc, pattern: Doc): boolean => {
  const first = new Map([...index].slice(0, pattern.size));
  return equal(first, pattern);
};

const ID_KEY: Doc = new Map([['_id', 1]]);

/** The index that a shard key needs is made where there is nothing yet (manual, shardCollection). */
const ensureIndex = (
  context: CommandContext,
  collection: CollectionAccess,
  pattern: Doc,
  unique: boolean,
): void => {
  const indexes = [...collection.indexes.values()].map(({ spec }) => spec);
  const fits = indexes.some(({ key, unique: strict }) => beginsWith(key, pattern) && (!unique || strict));
  if (fits || beginsWith(ID_KEY, pattern)) return;
  if (collection.records.size > 0) {
    throw new CommandError(
      'InvalidOptions',
      'Please create an index that starts with the proposed shard key before sharding the collection',
    );
  }
  const name = [...pattern].map(([path, kind]) => `${path}_${String(kind)}`).join('_');
  const specification: Doc = new Map<string, Value>([
    ['key', pattern],
    ['name', name],
  ]);
  if (unique) specification.set('unique', true);
  const spec = parseIndexSpec(specification, collection.collation);
  collection.createIndex(spec);
  context.store.logIndexes(collection, [spec]);
};

const refuseOtherUniqueIndexes = ({ indexes }: Collection, pattern: Doc): void => {
  for (const { spec } of indexes.values()) {
    if (!spec.unique || beginsWith(spec.key, pattern)) continue;
    throw new CommandError(
      'InvalidOptions',
      `can't shard collection with unique index on ${spec.name}, which does not begin with the shard key`,
    );
  }
};

export const shardCollection: Command = {
  name: 'shardCollection',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context, { body }) => {
    const sharding = requireSharding(context, 'shardCollection');
    const namespace = requiredString('shardCollection', body, 'shardCollection');
    const pattern = requiredDoc('shardCollection', body, 'key');
    const unique = boolField('shardCollection', body, 'unique');
    const key = parseShardKey(pattern);
    const [database, name] = splitNamespace(namespace);
    const collection = context.store.collectionForWrite(database, name);
    const known = sharding.spreadOf(collection);
    if (known !== undefined) {
      if (equal(known.key.pattern, pattern) && known.unique === unique)
        return { collectionsharded: namespace };
      throw new CommandError(
        'AlreadyInitialized',
        `sharding already enabled for collection ${namespace} with another key`,
      );
    }
    refuseOtherUniqueIndexes(collection, pattern);
    ensureIndex(context, collection, pattern, unique);
    sharding.shard(collection, key, unique);
    context.store.append({
      op: 'n',
      ns: namespace,
      ui: collection.uuid,
      o: new Map<string, Value>([
        ['shardCollection', name],
        ['shardKey', pattern],
        ['unique', unique],
      ]),
    });
    return { collectionsharded: namespace };
  },
};
