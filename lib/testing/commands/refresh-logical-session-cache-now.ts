import type { Command } from './command.js';

/** Sessions are kept in memory only: there is no cache to write out. */
export const refreshLogicalSessionCacheNow: Command = {
  name: 'refreshLogicalSessionCacheNow',
  kind: 'admin',
  run: () => ({}),
};
