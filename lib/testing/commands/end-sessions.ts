import type { Command } from './command.js';
import { sessionsOf } from './session-list.js';

export const endSessions: Command = {
  name: 'endSessions',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  run: ({ cluster, userKey }, { body }) => {
    for (const lsid of sessionsOf(body, 'endSessions')) cluster.sessions.end(lsid, userKey);
    return {};
  },
};
