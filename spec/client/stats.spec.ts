import { afterEach, describe, expect, it } from '@jest/globals';
import { clientOf, closeAll, serverAndClient, startServer } from './client-fixture.js';
import { gate } from '../requirements/requirements-fixture.js';

afterEach(closeAll);

describe('client.stats()', () => {
  it('is empty before servers are looked for, and does no I/O', async () => {
    const server = await startServer();
    const client = clientOf(server, { connect: false });
    expect(client.stats()).toEqual({ topologyType: 'Unknown', servers: {} });
    expect(server.connections).toHaveLength(0);
  });

  it('counts connections in use, idle and those who wait', async () => {
    const reply = gate({ ok: 1 });
    const { client, server } = await serverAndClient(
      { script: { ping: () => reply.promise } },
      { maxPoolSize: 2 },
    );
    const pings = Array.from({ length: 5 }, () => client.ping());
    await server.waitFor('ping', 2);
    expect(client.stats().servers[server.address]).toMatchObject({
      address: server.address,
      serverType: 'Standalone',
      operations: 5,
      inUse: 2,
      idle: 0,
      waiting: 3,
      roundTripMS: expect.any(Number),
      minRoundTripMS: expect.any(Number),
    });
    reply.open();
    await Promise.all(pings);
    const after = client.stats().servers[server.address];
    expect(after).toMatchObject({ operations: 0, inUse: 0, idle: 2, connecting: 0, waiting: 0 });
    expect(after?.waitP99MS).toBeGreaterThan(0);
    expect(after?.waitP50MS).toBeLessThanOrEqual(after!.waitP99MS);
  });

  it('is a frozen snapshot', async () => {
    const { client, server } = await serverAndClient();
    await client.ping();
    const stats = client.stats();
    expect([stats, stats.servers, stats.servers[server.address]].every(Object.isFrozen)).toBe(true);
    await client.close();
    expect(stats.servers[server.address]).toMatchObject({ idle: 1 });
    expect(client.stats().servers).toEqual({});
  });
});
