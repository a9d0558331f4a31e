import type { Command } from './command.js';

export const ping: Command = {
  name: 'ping',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  fields: [],
  run: () => ({}),
};
