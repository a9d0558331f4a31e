import type { Command } from './command.js';
import { sessionsOf } from './session-list.js';

export const refreshSessions: Command = {
  name: 'refreshSessions',
  kind: 'admin',
  stable: true,
  run: ({ member, userKey }, { body }) => {
    for (const lsid of sessionsOf(body, 'refreshSessions')) member.data.sessions.use(lsid, userKey);
    return {};
  },
};
