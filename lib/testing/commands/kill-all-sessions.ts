import type { Command } from './command.js';
import { killInSessions } from '../sessions/kill-sessions.js';

/** Ends the sessions of the listed users; of all users where the list is empty, or where there are none. */
export const killAllSessions: Command = {
  name: 'killAllSessions',
  aliases: ['killAllSessionsByPattern'],
  kind: 'admin',
  run: (context) => {
    killInSessions(context, () => true);
    context.member.data.sessions.endAll();
    return {};
  },
};
