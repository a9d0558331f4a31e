import type { Command } from './command.js';
import { requiredString, stringField } from './command-fields.js';
import { requireSharding } from './router-only.js';

export const enableSharding: Command = {
  name: 'enableSharding',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context, { body }) => {
    const sharding = requireSharding(context, 'enableSharding');
    const database = requiredString('enableSharding', body, 'enableSharding');
    const primary = stringField('enableSharding', body, 'primaryShard');
    if (primary === undefined) sharding.primaryOf(database);
    else sharding.place(database, sharding.named(primary));
    return {};
  },
};
