import type { Command } from './command.js';
import { startSasl } from '../auth/sasl.js';

export const saslStart: Command = {
  name: 'saslStart',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  run: (context, { database, body }) => startSasl(context, database, body),
};
