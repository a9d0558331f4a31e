import type { Command } from './command.js';
import { killInSessions } from '../sessions/kill-sessions.js';
import { sessionsOf } from './session-list.js';

export const endSessions: Command = {
  name: 'endSessions',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  run: (context, { body }) => {
    const { cluster, userKey } = context;
    const ended = sessionsOf(body, 'endSessions').map((lsid) => cluster.sessions.end(lsid, userKey));
    killInSessions(cluster, context, (key) => ended.includes(key));
    return {};
  },
};
