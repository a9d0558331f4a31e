import type { Command } from './command.js';
import { killInSessions } from '../sessions/kill-sessions.js';
import { sessionsOf } from './session-list.js';

export const killSessions: Command = {
  name: 'killSessions',
  kind: 'admin',
  run: (context, { body }) => {
    const { member, userKey } = context;
    const listed = sessionsOf(body, 'killSessions');
    const keys = listed.map((lsid) => member.data.sessions.end(lsid, userKey));
    killInSessions(context, (key) => listed.length === 0 || keys.includes(key));
    if (listed.length === 0) member.data.sessions.endAll();
    return {};
  },
};
