/**
 * `source/server-discovery-and-monitoring/tests/README.md`, "Prose Tests", and
 * `server-discovery-and-monitoring-tests.md`, by their titles. What is said there of OP_INSERT and OP_QUERY does not
 * concern a driver that sends OP_MSG.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AsyncMongoClient, ClientEvents } from '../../lib/index.js';
import { commandError, stateChangeIn } from '../../lib/operations/server-error.js';
import { startDeployment, type Deployment, type DeploymentOptions } from '../../lib/testing.js';
import { clientOf, closeAll, deadAddress, rejectionOf, startServer } from '../client/client-fixture.js';
import { failCommand } from '../support/observed-commands.js';
import { member, networkError, SET_HOSTS, topologyFixture } from '../topology/topology-fixture.js';

afterEach(closeAll);

const TOPOLOGIES: readonly NonNullable<DeploymentOptions['topology']>[] = [
  'standalone',
  'replicaset',
  'sharded',
];

const deployments = new Map<string, Deployment>();
const deploymentOf = (topology: string): Deployment => deployments.get(topology)!;

beforeAll(async () => {
  for (const topology of TOPOLOGIES) {
    const members = topology === 'replicaset' ? 2 : 1;
    deployments.set(topology, await startDeployment({ topology, members }));
  }
});
afterAll(async () => {
  for (const deployment of deployments.values()) await deployment.stop();
});

/** Resolves with the next events of a name, as many as wanted. */
const next = <N extends keyof ClientEvents>(
  client: AsyncMongoClient,
  name: N,
  count = 1,
): Promise<ClientEvents[N][]> =>
  new Promise((resolve) => {
    const seen: ClientEvents[N][] = [];
    const listener = (event: ClientEvents[N]): void => {
      seen.push(event);
      if (seen.length === count) resolve(seen);
    };
    client.on(name, listener as never);
  });

/** Fails handshakes and checks alike, under the name that each goes by. */
const HELLO = ['hello', 'isMaster', 'ismaster'];

/** When the first server of a deployment told by itself how it is, four times, in milliseconds. */
const toldAt = async ({ uri, hosts }: Deployment): Promise<readonly number[]> => {
  const client = clientOf(uri, { heartbeatFrequencyMS: 500 });
  const times: number[] = [];
  const enough = new Promise<void>((resolve) => {
    client.on('serverHeartbeatSucceeded', ({ connectionId, awaited }) => {
      if (awaited && connectionId === hosts[0]) times.push(performance.now());
      if (times.length === 4) resolve();
    });
  });
  await client.connect();
  await enough;
  return times;
};

describe('streaming protocol tests', () => {
  it('1. heartbeatFrequencyMS is kept to, whatever the topology', async () => {
    for (const times of await Promise.all([...deployments.values()].map(toldAt))) {
      // The first may tell of what has changed since the handshake.
      const [, from = 0, , to = 0] = times;
      expect(to - from).toBeGreaterThan(900);
      expect(to - from).toBeLessThan(5_000);
    }
  });
});

describe('RTT tests', () => {
  it('1. the round-trip time is updated all the time', async () => {
    const deployment = deploymentOf('standalone');
    const client = clientOf(deployment, { heartbeatFrequencyMS: 500, appName: 'streamingRttTest' });
    const changes: ClientEvents['serverDescriptionChanged'][] = [];
    client.on('serverDescriptionChanged', (event) => changes.push(event));
    const heartbeats = next(client, 'serverHeartbeatSucceeded', 2);
    await client.db('t').collection('c').findOne();
    await heartbeats;
    expect(changes.length).toBeGreaterThan(0);
    for (const { newDescription } of changes) expect(newDescription.roundTripTime).toBeGreaterThan(0);
    const control = clientOf(deployment);
    await failCommand(
      control,
      { times: 1000 },
      {
        failCommands: HELLO,
        blockConnection: true,
        blockTimeMS: 500,
        appName: 'streamingRttTest',
      },
    );
    try {
      const [host = ''] = deployment.hosts;
      const roundTripTime = (): number => client.topologyDescription.servers.get(host)?.roundTripTime ?? 0;
      for (let beats = 0; roundTripTime() <= 250; beats++) {
        expect(beats).toBeLessThan(20);
        await next(client, 'serverHeartbeatSucceeded');
      }
    } finally {
      await failCommand(control, 'off');
    }
  });
});

describe('heartbeat tests', () => {
  it('1. serverHeartbeatStarted comes before the socket', async () => {
    const events: string[] = [];
    const server = createServer((socket) => {
      events.push('client connected');
      socket
        .on('error', () => undefined)
        .on('data', () => {
          events.push('client hello received');
          socket.destroy();
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = clientOf(`mongodb://127.0.0.1:${String(port)}`, { serverSelectionTimeoutMS: 500 });
    for (const name of ['serverHeartbeatStarted', 'serverHeartbeatFailed'] as const) {
      client.on(name, () => events.push(name));
    }
    await rejectionOf(client.connect());
    await client.close();
    server.close();
    expect(events.slice(0, 4)).toEqual([
      'serverHeartbeatStarted',
      'client connected',
      'client hello received',
      'serverHeartbeatFailed',
    ]);
  });
});

describe('test plan', () => {
  it('All servers unavailable: a client can be made', async () => {
    const uri = `mongodb://${await deadAddress()},${await deadAddress()}`;
    expect(clientOf(uri).topologyDescription.topologyType).toBe('Unknown');
  });

  /** A set whose primary is a:27017 and whose checks wait for the test. */
  const discovered = async () => {
    const fixture = topologyFixture({ seeds: SET_HOSTS, replicaSet: 'rs' });
    fixture.topology.start();
    await fixture.monitors.answer('a:27017', member('primary'));
    await fixture.monitors.answer('b:27017', member('secondary'));
    await fixture.monitors.answer('c:27017', member('secondary'));
    const report = (address: string, error: unknown): void => {
      const { generation } = fixture.topology.server(address)!.pool;
      fixture.topology.report({ address, generation, phase: 'in-use', error });
    };
    /** Milliseconds until the server is checked again. */
    const untilCheck = async (address: string): Promise<number> => {
      for (let waited = 0; ; waited += 100) {
        if (fixture.monitors.isPending(address)) return waited;
        await fixture.runtime.advance(100);
      }
    };
    const typeOf = (address: string) => fixture.topology.description.servers.get(address)?.serverType;
    return { ...fixture, report, untilCheck, typeOf };
  };

  const where = { address: 'a:27017', command: 'find', namespace: 't.c' };
  const refused = (reply: object) => commandError({ ok: 0, ...reply }, where);

  it('Network error writing to primary', async () => {
    const { topology, report, typeOf, monitors } = await discovered();
    report('a:27017', networkError('a:27017'));
    expect(typeOf('a:27017')).toBe('Unknown');
    expect(topology.description.topologyType).toBe('ReplicaSetNoPrimary');
    expect(monitors.isPending('a:27017')).toBe(false);
    await topology.close();
  });

  it.each([
    [
      '"Not writable primary" error when reading without SecondaryOk bit',
      'a:27017',
      'ReplicaSetNoPrimary',
      refused({ code: 10107 }),
    ],
    [
      '"Node is recovering" error reading with SecondaryOk bit',
      'b:27017',
      'ReplicaSetWithPrimary',
      refused({ code: 13436 }),
    ],
    [
      '"Node is recovering" error from a write concern error',
      'a:27017',
      'ReplicaSetNoPrimary',
      stateChangeIn({ code: 91, errmsg: 'Replication is being shut down' }, undefined, where),
    ],
    ['Parsing: Write command', 'a:27017', 'ReplicaSetNoPrimary', refused({ errmsg: 'not master' })],
    ['Parsing: Count', 'b:27017', 'ReplicaSetWithPrimary', refused({ errmsg: 'node is recovering' })],
  ])('%s', async (_title, address, type, error) => {
    const { topology, report, typeOf, untilCheck } = await discovered();
    report(address, error);
    expect(typeOf(address)).toBe('Unknown');
    expect(topology.description.servers.get(address)?.error).toBe(error);
    expect(topology.description.topologyType).toBe(type);
    // The specification itself asks for a check at once, which is at the end of the pause between any two.
    expect(await untilCheck(address)).toBeLessThanOrEqual(500);
    await topology.close();
  });

  describe('Topology discovery and direct connection', () => {
    const write = (uri: string): Promise<unknown> =>
      clientOf(uri).db('t').collection('c').insertOne({ x: 1 });

    it('Topology discovery: directConnection=false writes to the primary', async () => {
      const [, secondary = ''] = deploymentOf('replicaset').hosts;
      await write(`mongodb://${secondary}/?directConnection=false`);
    });

    it('Direct connection: directConnection=true is refused by the secondary', async () => {
      const [, secondary = ''] = deploymentOf('replicaset').hosts;
      expect(await rejectionOf(write(`mongodb://${secondary}/?directConnection=true`))).toMatchObject({
        name: 'NotPrimaryError',
        code: 10107,
      });
    });

    it('Existing behavior: without the option the primary is found', async () => {
      const [, secondary = ''] = deploymentOf('replicaset').hosts;
      await write(`mongodb://${secondary}/`);
    });
  });

  it('Monitors sleep at least minHeartbeatFrequencyMS between checks', async () => {
    const deployment = deploymentOf('standalone');
    const appName = 'SDAMMinHeartbeatFrequencyTest';
    await failCommand(clientOf(deployment), { times: 5 }, { failCommands: HELLO, errorCode: 1234, appName });
    const client = clientOf(deployment, {
      directConnection: true,
      appName,
      serverSelectionTimeoutMS: 20_000,
    });
    const failures = next(client, 'serverHeartbeatFailed', 5);
    const start = performance.now();
    await client.db('admin').command('ping');
    // Five failures, a pause after each of them.
    expect(performance.now() - start).toBeGreaterThan(5 * 450);
    expect(await failures).toHaveLength(5);
  });

  it('Connection Pool Management', async () => {
    const deployment = deploymentOf('standalone');
    const appName = 'SDAMPoolManagementTest';
    const client = clientOf(deployment, { directConnection: true, appName, heartbeatFrequencyMS: 500 });
    const seen: string[] = [];
    for (const name of [
      'connectionPoolReady',
      'connectionPoolCleared',
      'serverHeartbeatSucceeded',
      'serverHeartbeatFailed',
    ] as const) {
      client.on(name, () => seen.push(name));
    }
    await client.connect();
    expect(seen.slice(0, 2)).toEqual(['serverHeartbeatSucceeded', 'connectionPoolReady']);
    seen.length = 0;
    const ready = next(client, 'connectionPoolReady');
    await failCommand(clientOf(deployment), { times: 2 }, { failCommands: HELLO, errorCode: 1234, appName });
    await ready;
    const events = seen.slice(seen.indexOf('serverHeartbeatFailed'));
    expect(events.slice(0, 2)).toEqual(['serverHeartbeatFailed', 'connectionPoolCleared']);
    expect(events.slice(-2)).toEqual(['serverHeartbeatSucceeded', 'connectionPoolReady']);
  });

  it('Connection Pool Backpressure', async () => {
    let turnedAway = 0;
    let storm = false;
    const server = await startServer({
      script: { find: { cursor: { id: 0n, ns: 't.c', firstBatch: [] } } },
      // What a server does that limits how fast connections are set up: it closes those that are too many.
      onConnection: (socket) => {
        if (!storm || server.connections.filter(({ open }) => open).length <= 20) return true;
        turnedAway++;
        socket.destroy();
        return false;
      },
    });
    const client = clientOf(server, { maxConnecting: 100, serverMonitoringMode: 'poll' });
    await client.db('t').collection('c').findOne();
    const failed: unknown[] = [];
    const cleared: unknown[] = [];
    client.on('connectionCheckOutFailed', (event) => failed.push(event));
    client.on('connectionPoolCleared', (event) => cleared.push(event));
    storm = true;
    await Promise.allSettled(Array.from({ length: 100 }, () => client.db('t').collection('c').findOne()));
    expect(turnedAway).toBeGreaterThan(10);
    expect(failed.length).toBeGreaterThan(10);
    expect(cleared).toEqual([]);
    expect(await client.ping()).toBe(true);
  });
});
