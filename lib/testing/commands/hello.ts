import type { Command } from './command.js';
import { answerHello } from './hello-reply.js';

export const hello: Command = {
  name: 'hello',
  kind: 'admin',
  needsAuth: false,
  stable: true,
  since: '4.4',
  run: (context, request) => answerHello(context, request, 'isWritablePrimary'),
};
