import type { CommandContext } from './context.js';
import { CommandError } from '../command-error.js';

/** Refuses the replSet commands where there is no replica set. */
export const requireReplicaSet = ({ cluster }: CommandContext): void => {
  if (cluster.topology !== 'replicaset')
    throw new CommandError('NoReplicationEnabled', 'not running with --replSet');
};
