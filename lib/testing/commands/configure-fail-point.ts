import type { Command } from './command.js';
import { CommandError } from '../command-error.js';

export const configureFailPoint: Command = {
  name: 'configureFailPoint',
  kind: 'admin',
  adminOnly: true,
  run: ({ member }, { body }) => {
    const name = body.get('configureFailPoint');
    if (typeof name !== 'string')
      throw new CommandError('TypeMismatch', "BSON field 'configureFailPoint' is no string");
    return { count: member.failPoints.configure(name, body.get('mode'), body.get('data')) };
  },
};
