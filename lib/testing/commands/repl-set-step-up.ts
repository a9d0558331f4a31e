import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { requireReplica, requireReplicaSet } from './replica-set-only.js';

export const replSetStepUp: Command = {
  name: 'replSetStepUp',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    const set = requireReplicaSet(context);
    const replica = requireReplica(context);
    if (!replica.isPrimary && !set.elections.campaign(replica)) {
      throw new CommandError('CommandFailed', 'Election failed.');
    }
    return {};
  },
};
