import type { Replica } from '../replication/replica.js';
import type { ReplicaSet } from '../replication/replica-set.js';
import type { CommandContext } from './context.js';
import { CommandError } from '../command-error.js';

const noSet = (): CommandError => new CommandError('NoReplicationEnabled', 'not running with --replSet');

/** Refuses the replSet commands where there is no replica set. */
export const requireReplicaSet = ({ cluster }: CommandContext): ReplicaSet => {
  if (cluster.replicaSet === undefined) throw noSet();
  return cluster.replicaSet;
};

/** The member of a replica set that runs the command. */
export const requireReplica = ({ replica }: CommandContext): Replica => {
  if (replica === undefined) throw noSet();
  return replica;
};
