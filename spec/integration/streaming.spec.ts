import { afterEach, describe, expect, it } from '@jest/globals';
import { startDeployment } from '../../lib/testing/deployment.js';
import { clientOf, closeAll, closeLater } from '../client/client-fixture.js';

afterEach(closeAll);

describe('monitoring of the embedded deployment', () => {
  it('[TOPO-5] [POOL-16] listens to what the embedded deployment tells, on one connection of two', async () => {
    const deployment = closeLater(
      await startDeployment().then((started) => ({ uri: started.uri, close: () => started.stop() })),
    );
    const client = clientOf(deployment, { heartbeatFrequencyMS: 500 });
    let failures = 0;
    client.on('serverHeartbeatFailed', () => failures++);
    await new Promise<void>((resolve) => {
      let awaited = 0;
      client.on('serverHeartbeatSucceeded', (event) => {
        if (event.awaited && ++awaited === 3) resolve();
      });
      void client.connect();
    });
    expect(failures).toBe(0);
    expect([...client.topologyDescription.servers.values()][0]?.minRoundTripTime).toBeGreaterThan(0);
  });
});
