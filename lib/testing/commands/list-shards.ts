import type { Command } from './command.js';
import { requireRouter } from './router-only.js';

export const listShards: Command = {
  name: 'listShards',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    requireRouter(context, 'listShards');
    return { shards: [{ _id: 'shard0', host: `shard0/${context.member.address}`, state: 1 }] };
  },
};
