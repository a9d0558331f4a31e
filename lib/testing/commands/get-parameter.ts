import type { Command } from './command.js';
import { CommandError } from '../command-error.js';

/** What the command and the generic arguments are called: not names of parameters. */
const NOT_PARAMETERS =
  /^(?:getParameter|comment|lsid|txnNumber|maxTimeMS|apiVersion|apiStrict|apiDeprecationErrors|\$.*)$/;

export const getParameter: Command = {
  name: 'getParameter',
  kind: 'admin',
  adminOnly: true,
  run: ({ member }, { body }) => {
    const which = body.get('getParameter');
    const all = which === '*' || (which instanceof Map && which.get('allParameters') === true);
    if (all) return Object.fromEntries(member.parameters);
    const names = [...body.keys()].filter(
      (name) => !NOT_PARAMETERS.test(name) && member.parameters.has(name),
    );
    if (names.length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
    return Object.fromEntries(names.map((name) => [name, member.parameters.get(name)]));
  },
};
