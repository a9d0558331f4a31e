import type { Command } from './command.js';
import { requireRouter } from './router-only.js';

/** All data lives on one shard, so there is nothing to be done. */
export const enableSharding: Command = {
  name: 'enableSharding',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context) => {
    requireRouter(context, 'enableSharding');
    return {};
  },
};
