import type { Command } from './command.js';

/** The defaults of the cluster; they cannot be changed. */
export const getDefaultRWConcern: Command = {
  name: 'getDefaultRWConcern',
  kind: 'admin',
  adminOnly: true,
  since: '4.4',
  run: ({ runtime }) => ({
    defaultReadConcern: { level: 'local' },
    defaultWriteConcern: { w: 'majority', wtimeout: 0 },
    defaultWriteConcernSource: 'implicit',
    defaultReadConcernSource: 'implicit',
    localUpdateWallClockTime: new Date(runtime.wallClock()),
  }),
};
