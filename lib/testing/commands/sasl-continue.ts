import type { Command } from './command.js';
import { continueSasl } from '../auth/sasl.js';

export const saslContinue: Command = {
  name: 'saslContinue',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  run: (context, { body }) => continueSasl(context, body),
};
