import type { Command } from './command.js';
import { requireRouter } from './router-only.js';

/** All data lives on one shard: the collection keeps its place. */
export const shardCollection: Command = {
  name: 'shardCollection',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context, { body }) => {
    requireRouter(context, 'shardCollection');
    return { collectionsharded: body.get('shardCollection') };
  },
};
