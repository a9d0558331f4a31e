import type { Combination } from './combinations.js';

export interface RunningDeployment {
  readonly uri: string;
  readonly singleRouterUri: string;
  stop(): Promise<void>;
}

const NAMES = {
  single: 'standalone',
  replicaset: 'replicaset',
  sharded: 'sharded',
  'load-balanced': 'load-balanced',
} as const;

/** Two routers, so that sessions have something to be pinned to; secondaries, so that reads can go there. */
const MEMBERS = { single: 1, replicaset: 3, sharded: 2, 'load-balanced': 2 } as const;

/** Starts an embedded deployment as a child process: fail points are global, so it belongs to one jest worker alone. */
export const startCombination = async ({
  version,
  topology,
  auth,
}: Combination): Promise<RunningDeployment> => {
  // Only whoever owns the deployments loads the module: with a broker, no jest worker does.
  const { spawnDeployment } = await import('../../../lib/testing/spawn-deployment.js');
  const deployment = await spawnDeployment({
    topology: NAMES[topology],
    version,
    members: MEMBERS[topology],
    ...(auth && { auth: true }),
  });
  const { uri, singleRouterUri } = deployment;
  return {
    uri,
    // Without a load balancer the runner shortens the list of routers itself.
    singleRouterUri: topology === 'load-balanced' ? singleRouterUri : uri,
    stop: () => deployment.stop(),
  };
};
