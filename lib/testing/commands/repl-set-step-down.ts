import { CommandError } from '../command-error.js';
import { stepDown } from '../replication/step-down.js';
import type { Command } from './command.js';
import { boolField, countField } from './command-fields.js';
import { requireReplica, requireReplicaSet } from './replica-set-only.js';

/** Seconds, where the command does not say. */
const DEFAULT_PERIOD = 60;
const DEFAULT_CATCH_UP = 10;

export const replSetStepDown: Command = {
  name: 'replSetStepDown',
  kind: 'admin',
  adminOnly: true,
  run: async (context, { body }) => {
    const set = requireReplicaSet(context);
    const replica = requireReplica(context);
    if (!replica.isPrimary) {
      throw new CommandError('NotWritablePrimary', "not primary so can't step down");
    }
    const force = boolField('replSetStepDown', body, 'force');
    const period = countField('replSetStepDown', body, 'replSetStepDown') ?? DEFAULT_PERIOD;
    const catchUp =
      countField('replSetStepDown', body, 'secondaryCatchUpPeriodSecs') ?? (force ? 0 : DEFAULT_CATCH_UP);
    if (period < catchUp) {
      throw new CommandError('BadValue', 'stepdown period must be longer than secondaryCatchUpPeriodSecs');
    }
    const options = {
      passiveMS: (period === 0 ? DEFAULT_PERIOD : period) * 1000,
      catchUpMS: catchUp * 1000,
      force,
    };
    await stepDown(context.runtime, set, replica, options);
    return {};
  },
};
