import type { Command } from './command.js';
import { nameOf } from './user-arguments.js';

export const dropUser: Command = {
  name: 'dropUser',
  kind: 'admin',
  secondary: 'never',
  takesWriteConcern: () => true,
  run: ({ cluster }, { body, database }) => {
    cluster.users.drop(database, nameOf(body, 'dropUser'));
    return {};
  },
};
