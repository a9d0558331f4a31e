import { combinationName, type Combination } from './combinations.js';
import { startCombination, type RunningDeployment } from './start-combination.js';

/** A deployment a suite runs on. */
export interface Deployment {
  readonly uri: string;
  /** Reaches one router only; the same as `uri` where there is nothing to choose. */
  readonly singleRouterUri: string;
  /** The suite is done with it; whoever started it decides whether it ends. */
  release(): Promise<void>;
}

const environmentUri = (name: string): string | undefined => process.env[name] || undefined;

/** The deployment named by `MONGODB_URI`, when set: then it is the only combination. */
export const externalUri = (): string | undefined => environmentUri('MONGODB_URI');

/**
 * Without a combination, the one of `MONGODB_URI`. Otherwise an embedded one: from the broker of `npm run test:spec`,
 * which keeps it for the later files of this worker, or a child process of this one.
 */
export const obtainDeployment = async (combination?: Combination): Promise<Deployment> => {
  if (!combination) return external();
  const broker = environmentUri('SPEC_DEPLOYMENT_BROKER');
  if (broker !== undefined) return fromBroker(broker, combination);
  const running = await startCombination(combination);
  return { ...running, release: () => running.stop() };
};

const external = (): Deployment => {
  const uri = environmentUri('MULTI_MONGOS_LB_URI') ?? externalUri();
  if (uri === undefined) throw new Error('MONGODB_URI is not set');
  return {
    uri,
    singleRouterUri: environmentUri('SINGLE_MONGOS_LB_URI') ?? uri,
    release: () => Promise.resolve(),
  };
};

const fromBroker = async (broker: string, combination: Combination): Promise<Deployment> => {
  const query = new URLSearchParams({
    worker: process.env['JEST_WORKER_ID'] ?? '1',
    version: combination.version,
    topology: combination.topology,
    auth: String(combination.auth),
  });
  const response = await fetch(`${broker}?${query.toString()}`);
  const body = await response.text();
  if (!response.ok) throw new Error(`no deployment for ${combinationName(combination)}: ${body}`);
  const { uri, singleRouterUri } = JSON.parse(body) as Omit<RunningDeployment, 'stop'>;
  return { uri, singleRouterUri, release: () => Promise.resolve() };
};
