import type { Command } from './command.js';
import { CommandError } from '../command-error.js';

const NONCE_BYTES = 8;

/** The first step of an authentication mechanism that is long gone; the command went with 6.2. */
export const getnonce: Command = {
  name: 'getnonce',
  aliases: ['getNonce'],
  kind: 'admin',
  needsAuth: false,
  run: ({ version, runtime }) => {
    if (version.atLeast('7.0')) throw new CommandError('CommandNotFound', "no such command: 'getnonce'");
    return { nonce: Buffer.from(runtime.randomBytes(NONCE_BYTES)).toString('hex') };
  },
};
