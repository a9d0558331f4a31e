import type { Command } from './command.js';
import { requireSharding } from './router-only.js';

export const listShards: Command = {
  name: 'listShards',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    requireSharding(context, 'listShards');
    const shards = context.cluster.sharding?.shards ?? [];
    return {
      shards: shards.map(({ name }) => ({ _id: name, host: `${name}/${context.member.address}`, state: 1 })),
    };
  },
};
