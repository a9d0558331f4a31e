import type { Cluster } from '../cluster.js';
import { CommandError } from '../command-error.js';
import type { RunningOperation } from '../running-operation.js';

/** Ends what the sessions that `test` picks have open: cursors at once, running commands at their next check. */
export const killInSessions = (
  cluster: Cluster,
  by: RunningOperation,
  test: (key: string) => boolean,
): void => {
  cluster.store.cursors.killWhere(({ session }) => session !== undefined && test(session));
  for (const operation of cluster.running.values()) {
    if (operation !== by && operation.sessionKey !== undefined && test(operation.sessionKey)) {
      operation.interrupt(new CommandError('Interrupted', 'operation was interrupted'));
    }
  }
};
