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
} as const;

/** Two routers, so that sessions have something to be pinned to; secondaries, so that reads can go there. */
const MEMBERS = { single: 1, replicaset: 3, sharded: 2 } as const;

/** Starts an embedded deployment as a child process: fail points are global, so it belongs to one jest worker alone. */
export const startCombination = async ({
  version,
  topology,
  auth,
}: Combination): Promise<RunningDeployment> => {
  if (topology === 'load-balanced') throw new Error('the embedded deployment has no load balancer');
  // Only whoever owns the deployments loads the module: with a broker, no jest worker does.
  const { spawnDeployment } = await import('../../../lib/testing/spawn-deployment.js');
  const deployment = await spawnDeployment({
    topology: NAMES[topology],
    version,
    members: MEMBERS[topology],
    ...(auth && { auth: true }),
  });
  return { uri: deployment.uri, singleRouterUri: deployment.uri, stop: () => deployment.stop() };
};
