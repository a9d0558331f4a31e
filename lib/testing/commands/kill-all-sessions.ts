import type { Command } from './command.js';

/** Ends the sessions of the listed users; of all users where the list is empty, or where there are none. */
export const killAllSessions: Command = {
  name: 'killAllSessions',
  aliases: ['killAllSessionsByPattern'],
  kind: 'admin',
  run: ({ cluster }) => {
    cluster.sessions.endAll();
    return {};
  },
};
