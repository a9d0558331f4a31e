import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';

/**
 * Ends what the sessions that `test` picks have open on the member that runs the command: cursors at once, commands at
 * their next check.
 */
export const killInSessions = (context: CommandContext, test: (key: string) => boolean): void => {
  context.cursors.killWhere(({ session }) => session !== undefined && test(session));
  for (const operation of context.cluster.running.values()) {
    if (operation !== context && operation.sessionKey !== undefined && test(operation.sessionKey)) {
      operation.interrupt(new CommandError('Interrupted', 'operation was interrupted'));
    }
  }
};
