import type { Command } from './command.js';
import { CommandError } from '../command-error.js';

const LOGS = ['global', 'startupWarnings'];

export const getLog: Command = {
  name: 'getLog',
  kind: 'admin',
  adminOnly: true,
  run: (_context, { body }) => {
    const name = body.get('getLog');
    if (name === '*') return { names: LOGS };
    if (typeof name !== 'string')
      throw new CommandError('TypeMismatch', 'Argument to getLog must be of type String');
    if (!LOGS.includes(name)) throw new CommandError('OperationFailed', `No log named '${name}'`);
    return { totalLinesWritten: 0, log: [] };
  },
};
