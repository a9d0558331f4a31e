import type { Command } from './command.js';

export const dropAllUsersFromDatabase: Command = {
  name: 'dropAllUsersFromDatabase',
  kind: 'admin',
  secondary: 'never',
  takesWriteConcern: () => true,
  run: ({ cluster }, { database }) => {
    const dropped = [...cluster.users.all()].filter((user) => user.database === database);
    for (const { user } of dropped) cluster.users.drop(database, user);
    return { n: dropped.length };
  },
};
