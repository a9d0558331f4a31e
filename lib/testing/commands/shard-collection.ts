import type { Command } from './command.js';
import { splitNamespace } from '../store/namespace.js';
import type { Value } from '../query/value.js';
import { requiredDoc, requiredString } from './command-fields.js';
import { requireRouter } from './router-only.js';

/** All data lives on one shard: the collection keeps its place. */
export const shardCollection: Command = {
  name: 'shardCollection',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context, { body }) => {
    requireRouter(context, 'shardCollection');
    const namespace = requiredString('shardCollection', body, 'shardCollection');
    const key = requiredDoc('shardCollection', body, 'key');
    const [database, name] = splitNamespace(namespace);
    const collection = context.store.collectionForWrite(database, name);
    context.store.append({
      op: 'n',
      ns: namespace,
      ui: collection.uuid,
      o: new Map<string, Value>([
        ['shardCollection', name],
        ['shardKey', key],
        ['unique', body.get('unique') ?? false],
      ]),
    });
    return { collectionsharded: namespace };
  },
};
