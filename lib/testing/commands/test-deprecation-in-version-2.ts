import { CommandError } from '../command-error.js';
import type { Command } from './command.js';

/** A command of the server's test builds that is deprecated in API version 2. */
export const testDeprecationInVersion2: Command = {
  name: 'testDeprecationInVersion2',
  kind: 'admin',
  since: '5.0',
  run: (_context, { body }) => {
    if (body.get('apiDeprecationErrors') === true && body.get('apiVersion') === '2') {
      throw new CommandError(
        'APIDeprecationError',
        'Provided apiDeprecationErrors:true, but the command testDeprecationInVersion2 is deprecated in API Version 2',
      );
    }
    return {};
  },
};
