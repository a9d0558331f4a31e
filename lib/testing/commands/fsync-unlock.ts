import type { Command } from './command.js';
import { CommandError } from '../command-error.js';

export const fsyncUnlock: Command = {
  name: 'fsyncUnlock',
  kind: 'admin',
  adminOnly: true,
  run: ({ cluster }) => {
    if (!cluster.writeLock.locked)
      throw new CommandError('IllegalOperation', 'fsyncUnlock called when not locked');
    return { info: 'fsyncUnlock completed', lockCount: cluster.writeLock.unlock() };
  },
};
