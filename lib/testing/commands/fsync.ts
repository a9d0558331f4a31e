import type { Command } from './command.js';

/** There is nothing to flush; `lock: true` holds back writes until fsyncUnlock. */
export const fsync: Command = {
  name: 'fsync',
  kind: 'admin',
  adminOnly: true,
  run: ({ cluster }, { body }) => {
    if (body.get('lock') !== true) return { numFiles: 1 };
    return {
      info: 'now locked against writes, use db.fsyncUnlock() to unlock',
      lockCount: cluster.writeLock.lock(),
    };
  },
};
