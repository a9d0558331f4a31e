import type { Combination } from './combinations.js';
import { obtainDeployment, type Deployment } from './deployments.js';
import type { Doc, TopologyKind } from './format.js';
import { connectInternal, type InternalClient } from './internal-client.js';
import type { DeploymentFacts } from './requirements.js';

/** A running deployment with the client the runner uses for its own work (data, outcomes, assertions). */
export interface Environment {
  readonly deployment: Deployment;
  readonly internal: InternalClient;
  readonly facts: DeploymentFacts;
  close(): Promise<void>;
}

export const openEnvironment = async (combination?: Combination): Promise<Environment> => {
  const deployment = await obtainDeployment(combination);
  let internal: InternalClient | undefined;
  try {
    // Behind a load balancer, fail points are set and cleared on the one router that all ways lead to.
    const balanced = /[?&]loadBalanced=true/i.test(deployment.uri);
    internal = await connectInternal(
      balanced ? deployment.singleRouterUri : deployment.uri,
      combination?.version,
    );
    const client = internal;
    const facts = await gatherFacts(client, deployment.uri);
    return {
      deployment,
      internal: client,
      facts,
      close: async () => {
        await client.close();
        await deployment.release();
      },
    };
  } catch (error) {
    await internal?.close();
    await deployment.release();
    throw error;
  }
};

const gatherFacts = async (client: InternalClient, uri: string): Promise<DeploymentFacts> => {
  const [hello, buildInfo, parameters] = await Promise.all([
    client.command('admin', { isMaster: 1 }),
    client.command('admin', { buildInfo: 1 }),
    client.command('admin', { getParameter: '*' }),
  ]);
  return {
    version: (buildInfo['versionArray'] as number[]).slice(0, 3).join('.'),
    topology: topologyOf(hello, uri),
    auth: client.authenticates,
    parameters,
  };
};

const topologyOf = (hello: Doc, uri: string): TopologyKind => {
  if (/[?&]loadBalanced=true/i.test(uri)) return 'load-balanced';
  if (hello['msg'] === 'isdbgrid') return 'sharded';
  return typeof hello['setName'] === 'string' ? 'replicaset' : 'single';
};

/** Ends every transaction a case may have left open ("Terminating Open Transactions"). */
export const killAllSessions = async (client: InternalClient): Promise<void> => {
  const IGNORED = [11601, 13, 59];
  try {
    await client.command('admin', { killAllSessions: [] });
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === undefined || !IGNORED.includes(code)) throw error;
  }
};
