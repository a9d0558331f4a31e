import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { combinationName, type Combination } from '../official/unified/combinations.js';
import type { TopologyKind } from '../official/unified/format.js';
import { startCombination, type RunningDeployment } from '../official/unified/start-combination.js';

export interface DeploymentBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** A worker uses one deployment at a time and comes back to few; the full matrix would hold dozens. */
const KEPT_PER_WORKER = 4;

/**
 * Hands out embedded deployments over loopback HTTP, one per jest worker and combination. A suite that comes later in the
 * same worker gets the one its predecessor used; all end with the broker.
 */
export const startDeploymentBroker = async (): Promise<DeploymentBroker> => {
  /** By worker, the least recently used first. */
  const workers = new Map<string, Map<string, Promise<RunningDeployment>>>();
  const stop = async (deployment: Promise<RunningDeployment>): Promise<void> => {
    // One that did not start was reported to whoever asked for it.
    await deployment.then((started) => started.stop()).catch(() => undefined);
  };
  const obtain = async (worker: string, combination: Combination): Promise<RunningDeployment> => {
    const running = workers.get(worker) ?? new Map<string, Promise<RunningDeployment>>();
    workers.set(worker, running);
    const name = combinationName(combination);
    const deployment = running.get(name) ?? startCombination(combination);
    running.delete(name);
    running.set(name, deployment);
    const [oldest] = running;
    if (running.size > KEPT_PER_WORKER && oldest) {
      running.delete(oldest[0]);
      await stop(oldest[1]);
    }
    return await deployment;
  };

  const server = createServer((request, response) => {
    // A worker asks again minutes later; a connection kept until then may be closing just as it is reused.
    response.setHeader('connection', 'close');
    const query = new URL(request.url ?? '/', 'http://broker').searchParams;
    const combination: Combination = {
      version: query.get('version') ?? '',
      topology: query.get('topology') as TopologyKind,
      auth: query.get('auth') === 'true',
    };
    obtain(query.get('worker') ?? '', combination).then(
      ({ uri, singleRouterUri }) => response.end(JSON.stringify({ uri, singleRouterUri })),
      (error: unknown) => {
        response.statusCode = 503;
        response.end((error as Error).message);
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...workers.values()].flatMap((running) => [...running.values()].map(stop)));
    },
  };
};
