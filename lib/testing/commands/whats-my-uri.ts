import type { Command } from './command.js';

export const whatsMyUri: Command = {
  name: 'whatsmyuri',
  kind: 'admin',
  needsAuth: false,
  run: ({ connection }) => ({ you: connection.remoteAddress }),
};
