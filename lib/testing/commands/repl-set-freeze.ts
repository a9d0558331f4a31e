import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { countField } from './command-fields.js';
import { requireReplica, requireReplicaSet } from './replica-set-only.js';

/** Keeps a member from standing for election for so many seconds; 0 ends that. */
export const replSetFreeze: Command = {
  name: 'replSetFreeze',
  kind: 'admin',
  adminOnly: true,
  run: (context, { body }) => {
    const set = requireReplicaSet(context);
    const replica = requireReplica(context);
    if (replica.isPrimary) {
      throw new CommandError(
        'NotSecondary',
        'cannot freeze node when primary or running for election. state: Primary',
      );
    }
    const seconds = countField('replSetFreeze', body, 'replSetFreeze') ?? 0;
    replica.passiveUntil = seconds === 0 ? 0 : context.runtime.now() + seconds * 1000;
    set.changed();
    return seconds === 0 ? { info: 'unfreezing' } : {};
  },
};
