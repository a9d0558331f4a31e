import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { combinationName, type Combination } from '../official/unified/combinations.js';
import type { TopologyKind } from '../official/unified/format.js';
import { startCombination, type RunningDeployment } from '../official/unified/start-combination.js';

export interface DeploymentBroker {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Hands out embedded deployments over loopback HTTP, one per jest worker and combination. A suite that comes later in the
 * same worker gets the one its predecessor used; all end with the broker.
 */
export const startDeploymentBroker = async (): Promise<DeploymentBroker> => {
  const running = new Map<string, Promise<RunningDeployment>>();
  const obtain = (worker: string, combination: Combination): Promise<RunningDeployment> => {
    const key = `${worker} ${combinationName(combination)}`;
    const known = running.get(key) ?? startCombination(combination);
    running.set(key, known);
    return known;
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
      const started = await Promise.allSettled(running.values());
      await Promise.all(
        started.map((entry) => (entry.status === 'fulfilled' ? entry.value.stop() : undefined)),
      );
    },
  };
};
