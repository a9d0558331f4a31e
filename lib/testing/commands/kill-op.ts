import type { Command } from './command.js';
import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';

export const killOp: Command = {
  name: 'killOp',
  kind: 'admin',
  adminOnly: true,
  run: ({ cluster }, { body }) => {
    const id = exactInteger(body.get('op'));
    if (id === undefined) throw new CommandError('NoSuchKey', 'Did not provide "op" field');
    cluster.running.get(Number(id))?.interrupt(new CommandError('Interrupted', 'operation was interrupted'));
    return { info: 'attempting to kill op' };
  },
};
