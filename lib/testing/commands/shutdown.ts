import { CommandError } from '../command-error.js';
import { stepDown } from '../replication/step-down.js';
import type { Command } from './command.js';
import { boolField, countField } from './command-fields.js';

/** How long a primary waits for one that takes over; seconds. */
const DEFAULT_TIMEOUT = 10;

/** Ends the process in an orderly way: there is no reply but the end of the connection (manual, shutdown). */
export const shutdown: Command = {
  name: 'shutdown',
  kind: 'admin',
  adminOnly: true,
  run: async (context, { body }) => {
    const { cluster, member, replica, runtime } = context;
    const force = boolField('shutdown', body, 'force');
    const timeout = countField('shutdown', body, 'timeoutSecs') ?? DEFAULT_TIMEOUT;
    if (cluster.replicaSet !== undefined && replica?.isPrimary === true) {
      const catchUpMS = timeout * 1000;
      await stepDown(runtime, cluster.replicaSet, replica, { passiveMS: catchUpMS, catchUpMS, force });
    }
    const error = new CommandError('InterruptedAtShutdown', 'interrupted at shutdown');
    for (const operation of cluster.running.values()) {
      if (operation !== context && operation.member === member) operation.interrupt(error);
    }
    // Those that were interrupted are still told so.
    runtime.setImmediate(() => member.terminate());
    await context.wait(Infinity);
    return {};
  },
};
