import type { Command } from './command.js';
import { killInSessions } from '../sessions/kill-sessions.js';
import { sessionsOf } from './session-list.js';

export const endSessions: Command = {
  name: 'endSessions',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  run: (context, { body }) => {
    const { member, userKey } = context;
    const ended = sessionsOf(body, 'endSessions').map((lsid) => member.data.sessions.end(lsid, userKey));
    killInSessions(context, (key) => ended.includes(key));
    return {};
  },
};
