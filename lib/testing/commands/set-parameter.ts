import type { Command, Reply } from './command.js';
import { CommandError } from '../command-error.js';

const NOT_PARAMETERS =
  /^(?:setParameter|comment|lsid|txnNumber|maxTimeMS|apiVersion|apiStrict|apiDeprecationErrors|\$.*)$/;

export const setParameter: Command = {
  name: 'setParameter',
  kind: 'admin',
  adminOnly: true,
  run: ({ member }, { body }) => {
    const reply: Reply = {};
    const names = [...body.keys()].filter((name) => !NOT_PARAMETERS.test(name));
    if (names.length === 0)
      throw new CommandError('InvalidOptions', 'no option found to set, use help:true to see options ');
    for (const name of names) {
      if (!member.parameters.has(name)) {
        throw new CommandError(
          'InvalidOptions',
          `attempted to set unrecognized parameter [${name}], use help:true to see options `,
        );
      }
    }
    for (const name of names) {
      reply['was'] ??= member.parameters.get(name);
      member.parameters.set(name, body.get(name));
    }
    return reply;
  },
};
