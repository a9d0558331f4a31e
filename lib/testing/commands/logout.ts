import type { Command } from './command.js';

export const logout: Command = {
  name: 'logout',
  kind: 'admin',
  needsAuth: false,
  run: ({ connection }) => {
    connection.user = undefined;
    return {};
  },
};
