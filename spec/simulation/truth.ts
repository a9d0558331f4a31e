import type { ServerType, TopologyType } from '../../lib/topology/description/topology-types.js';
import type { Truth } from './invariants/convergence.js';
import type { DeploymentPlan } from './schedule.js';

const TYPES: Readonly<Record<DeploymentPlan['topology'], TopologyType>> = {
  standalone: 'Single',
  replicaset: 'ReplicaSetWithPrimary',
  sharded: 'Sharded',
};

/** What a deployment is that has a primary and whose members all run. */
export const truthOf = (
  { topology, members }: DeploymentPlan,
  hosts: readonly string[],
  primary: number | undefined,
): Truth => {
  const typeOf = (index: number): ServerType => {
    if (topology === 'standalone') return 'Standalone';
    if (topology === 'sharded') return 'Mongos';
    if (members[index]?.arbiter === true) return 'RSArbiter';
    return index === primary ? 'RSPrimary' : 'RSSecondary';
  };
  const visible = hosts.flatMap((host, index): [string, ServerType][] =>
    members[index]?.hidden === true ? [] : [[host, typeOf(index)]],
  );
  return { topologyType: TYPES[topology], servers: new Map(visible) };
};
