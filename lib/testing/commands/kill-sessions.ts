import type { Command } from './command.js';
import { sessionsOf } from './session-list.js';

export const killSessions: Command = {
  name: 'killSessions',
  kind: 'admin',
  run: ({ cluster, userKey }, { body }) => {
    const killed = sessionsOf(body, 'killSessions');
    for (const lsid of killed) cluster.sessions.end(lsid, userKey);
    if (killed.length === 0) cluster.sessions.endAll();
    return {};
  },
};
