import { Binary } from 'bson';
import type { Command } from './command.js';
import { SESSION_TIMEOUT_MINUTES } from '../sessions/session-registry.js';

export const startSession: Command = {
  name: 'startSession',
  kind: 'admin',
  run: ({ member, runtime, userKey }) => {
    const bytes = Uint8Array.from(runtime.randomBytes(16));
    // Version 4, variant 1 of RFC 9562.
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const id = new Binary(bytes, Binary.SUBTYPE_UUID);
    member.data.sessions.use(new Map([['id', id]]), userKey);
    return { id: { id }, timeoutMinutes: SESSION_TIMEOUT_MINUTES };
  },
};
