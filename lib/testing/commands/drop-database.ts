import type { Command } from './command.js';

export const dropDatabase: Command = {
  name: 'dropDatabase',
  kind: 'write',
  stable: true,
  fields: ['comment'],
  run: ({ store }, { database }) => ({ dropped: store.dropDatabase(database) ? database : undefined }),
};
