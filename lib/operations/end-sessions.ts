import type { Operation } from './operation.js';

/** Ids per command (sessions specification, "endSessions"). */
export const MAX_SESSIONS_PER_COMMAND = 10_000;

export const endSessions = (lsids: readonly object[]): Operation<undefined> => ({
  name: 'endSessions',
  database: 'admin',
  access: 'read',
  retry: 'none',
  build: () => ({ name: 'endSessions', database: 'admin', body: { endSessions: [...lsids] } }),
  parse: () => undefined,
});
