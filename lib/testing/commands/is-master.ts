import type { Command } from './command.js';
import { answerHello } from './hello-reply.js';

/** The legacy hello. */
export const isMaster: Command = {
  name: 'isMaster',
  aliases: ['ismaster'],
  kind: 'admin',
  needsAuth: false,
  run: (context, request) => answerHello(context, request, 'ismaster'),
};
