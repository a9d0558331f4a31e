import { MongoClient } from 'mongodb';
import type { Combination } from './combinations.js';
import { obtainDeployment, type Deployment } from './deployments.js';
import type { Doc, TopologyKind } from './format.js';
import type { DeploymentFacts } from './requirements.js';

/** A running deployment with the client the runner uses for its own work (data, outcomes, assertions). */
export interface Environment {
  readonly deployment: Deployment;
  /** Always the `mongodb` package, so that a fault of the driver under test cannot hide in setup or judgement. */
  readonly internal: MongoClient;
  readonly facts: DeploymentFacts;
  close(): Promise<void>;
}

export const openEnvironment = async (combination?: Combination): Promise<Environment> => {
  const deployment = await obtainDeployment(combination);
  const internal = new MongoClient(deployment.uri, { serverSelectionTimeoutMS: 15_000 });
  try {
    const facts = await gatherFacts(internal, deployment.uri);
    return {
      deployment,
      internal,
      facts,
      close: async () => {
        await internal.close();
        await deployment.release();
      },
    };
  } catch (error) {
    await internal.close();
    await deployment.release();
    throw error;
  }
};

const gatherFacts = async (client: MongoClient, uri: string): Promise<DeploymentFacts> => {
  const admin = client.db('admin');
  const [hello, buildInfo, parameters] = await Promise.all([
    admin.command({ hello: 1 }),
    admin.command({ buildInfo: 1 }),
    admin.command({ getParameter: '*' }),
  ]);
  return {
    version: (buildInfo['versionArray'] as number[]).slice(0, 3).join('.'),
    topology: topologyOf(hello, uri),
    auth: client.options.credentials !== undefined,
    parameters,
  };
};

const topologyOf = (hello: Doc, uri: string): TopologyKind => {
  if (/[?&]loadBalanced=true/i.test(uri)) return 'load-balanced';
  if (hello['msg'] === 'isdbgrid') return 'sharded';
  return typeof hello['setName'] === 'string' ? 'replicaset' : 'single';
};

/** Ends every transaction a case may have left open ("Terminating Open Transactions"). */
export const killAllSessions = async (client: MongoClient): Promise<void> => {
  const IGNORED = [11601, 13, 59];
  try {
    await client.db('admin').command({ killAllSessions: [] });
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === undefined || !IGNORED.includes(code)) throw error;
  }
};
