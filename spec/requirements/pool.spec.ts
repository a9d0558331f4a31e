import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as net from 'node:net';
import {
  ConfigurationError,
  ConnectionFailure,
  ExceededMaxWaiters,
  WaitQueueTimeoutError,
  type ConnectionClosedEvent,
} from '../../lib/index.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { cursorReply, type Answer, type ScriptedConnection } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  rejectionOf,
  serverAndClient,
  startServer,
} from '../client/client-fixture.js';
import { arrival, gate, pooledConnections, settled } from './requirements-fixture.js';

afterEach(closeAll);

const NOTHING = cursorReply('d.c', []);

/** A server whose finds wait behind a gate. */
const slowServer = async (options = {}) => {
  const opened = gate<Answer>(NOTHING);
  const { server, client } = await serverAndClient(
    { script: { find: () => opened.promise } },
    { maxConnecting: 8, ...options },
  );
  const find = (x = 0) => client.db('d').collection('c').findOne({ x });
  return { server, client, find, answerAll: opened.open };
};

describe('connections of a pool', () => {
  it('[POOL-1] three members have a pool each, created with the address of its server', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    const client = clientOf(set, { connect: false });
    const created: string[] = [];
    client.on('connectionPoolCreated', ({ address }) => created.push(address));
    await client.connect();
    await arrival(() => client.nodes.size === 3);
    expect(created.sort()).toEqual([...set.hosts].sort());
  });

  it('[POOL-2] ten finds in turn share one connection, ten at once have one each', async () => {
    const { server, find, answerAll } = await slowServer();
    const atOnce = Array.from({ length: 10 }, () => find());
    await server.waitFor('find', 10);
    expect(pooledConnections(server)).toHaveLength(10);
    answerAll();
    await Promise.all(atOnce);

    const { server: other, client } = await serverAndClient({ script: { find: NOTHING } });
    for (let x = 0; x < 10; x++) await client.db('d').collection('c').findOne({ x });
    expect(other.received('find')).toHaveLength(10);
    expect(pooledConnections(other)).toHaveLength(1);
  });

  it('[POOL-3] an operation goes to the connection that was returned last, whoever calls', async () => {
    const { server, client } = await serverAndClient();
    const [first, second] = [gate<Answer>({}), gate<Answer>({})];
    server.once('ping', () => first.promise);
    server.once('ping', () => second.promise);
    const pings = [client.ping(), client.ping()];
    await server.waitFor('ping', 2);
    const [one, two] = server.received('ping').map(({ connection }) => connection);
    for (const [opened, index, expected] of [
      [first, 0, one],
      [second, 1, two],
    ] as const) {
      opened.open();
      await pings[index];
      await client.ping();
      await client.db('other').command('ping');
      expect(server.received('ping').at(-1)?.connection).toBe(expected);
      expect(server.received('ping').at(-2)?.connection).toBe(expected);
    }
    expect(one).not.toBe(two);
  });

  it('[POOL-4] maxPoolSize caps the connections to each server separately', async () => {
    const set = closeLater(await scriptedReplicaSet(2));
    const opened = gate<Answer>(NOTHING);
    for (const server of set.servers) server.on('find', () => opened.promise);
    const client = clientOf(set, { maxPoolSize: 3 });
    expect(client.options.maxPoolSize).toBe(3);
    await client.connect();
    await arrival(() => client.nodes.size === 2);
    const run = (mode: 'primary' | 'secondary') =>
      Array.from({ length: 20 }, () =>
        client.db('d', { readPreference: mode }).collection('c').findOne().catch(String),
      );
    const finds = [...run('primary'), ...run('secondary')];
    await Promise.all(set.servers.map((server) => server.waitFor('find', 3)));
    opened.open();
    expect(await Promise.all(finds)).toEqual(Array.from({ length: 40 }, () => null));
    for (const server of set.servers) {
      expect(server.received('find')).toHaveLength(20);
      expect(pooledConnections(server)).toHaveLength(3);
    }
  });

  it.each([null, 0])(
    '[POOL-5] maxPoolSize %p opens a connection for each of 300 operations',
    async (maxPoolSize) => {
      const { server, find, answerAll } = await slowServer({ maxPoolSize });
      const finds = Array.from({ length: 300 }, () => find());
      await server.waitFor('find', 300);
      expect(pooledConnections(server)).toHaveLength(300);
      answerAll();
      await Promise.all(finds);
    },
  );

  it('[POOL-6] with one connection, operations start in the order of their calls, one after the other', async () => {
    const { server, client } = await serverAndClient({ script: { find: NOTHING } }, { maxPoolSize: 1 });
    const events: string[] = [];
    server.on('find', ({ command }) => {
      events.push(`sent ${String(command['filter'].name)}`);
      return NOTHING;
    });
    const collection = client.db('d').collection('c');
    await Promise.all(
      ['A', 'B', 'C'].map(async (name) => {
        await collection.findOne({ name });
        events.push(`done ${name}`);
      }),
    );
    const order = (kind: string) => events.filter((event) => event.startsWith(kind));
    expect(order('sent')).toEqual(['sent A', 'sent B', 'sent C']);
    expect(order('done')).toEqual(['done A', 'done B', 'done C']);
    expect(pooledConnections(server)).toHaveLength(1);
  });

  it('[POOL-7] minPoolSize connections are opened without an operation', async () => {
    const server = await startServer();
    const client = clientOf(server, { connect: false, minPoolSize: 3 });
    const ready: number[] = [];
    client.on('connectionReady', ({ connectionId }) => ready.push(connectionId));
    await client.connect();
    await arrival(() => ready.length === 3);
    expect(server.connections.filter(({ open }) => open)).toHaveLength(4);
    expect(server.requests.every(({ commandName }) => /hello|ismaster/i.test(commandName))).toBe(true);
  });

  it('[POOL-8] lost idle connections are replaced without an operation', async () => {
    const server = await startServer();
    const client = clientOf(server, { connect: false, minPoolSize: 3 });
    const ready: number[] = [];
    client.on('connectionReady', ({ connectionId }) => ready.push(connectionId));
    await client.connect();
    await arrival(() => ready.length === 3);
    const pooled = server.connections.slice(1);
    pooled[0]?.destroy();
    pooled[1]?.destroy();
    await arrival(() => ready.length === 5);
    await arrival(() => server.connections.filter(({ open }) => open).length === 4);
    const fresh = server.connections.slice(4);
    expect(fresh).toHaveLength(2);
    for (const { requests } of fresh) expect(requests.length).toBeGreaterThanOrEqual(1);
    expect(server.received('ping')).toHaveLength(0);
  });

  it('[POOL-9] a minPoolSize above maxPoolSize is refused', () => {
    expect(() => clientOf('mongodb://h', { minPoolSize: 5, maxPoolSize: 2 })).toThrow(ConfigurationError);
  });

  it('[POOL-10] a connection idle for longer than maxIdleTimeMS is closed as idle and not used again', async () => {
    const { server, client } = await serverAndClient({}, { maxIdleTimeMS: 50 });
    const closed: ConnectionClosedEvent[] = [];
    client.on('connectionClosed', (event) => closed.push(event));
    await client.ping();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.ping();
    const [one, two] = server.received('ping').map(({ connection }) => connection);
    expect(one).not.toBe(two);
    expect(closed.map(({ reason }) => reason)).toEqual(['idle']);
    await one?.closed;
  });

  it('[POOL-11] at most two connections are being established at a time', async () => {
    let [establishing, most] = [0, 0];
    const monitors = new Set<ScriptedConnection>();
    const delayed = async ({ connection }: { connection: ScriptedConnection }): Promise<undefined> => {
      if (monitors.size === 0) monitors.add(connection);
      if (monitors.has(connection)) return undefined;
      most = Math.max(most, ++establishing);
      await new Promise((resolve) => setTimeout(resolve, 5));
      establishing--;
      return undefined;
    };
    const opened = gate<Answer>(NOTHING);
    const { server, client } = await serverAndClient({
      script: { hello: delayed, isMaster: delayed, ismaster: delayed, find: () => opened.promise },
    });
    await client.connect();
    const finds = Array.from({ length: 50 }, () => client.db('d').collection('c').findOne());
    await server.waitFor('find', 50);
    expect(most).toBe(2);
    opened.open();
    await Promise.all(finds);
  });
});

describe('waiting for a connection', () => {
  it('[POOL-12] waitQueueTimeoutMS ends the wait with a ConnectionFailure', async () => {
    const { server, find, answerAll } = await slowServer({ maxPoolSize: 1, waitQueueTimeoutMS: 100 });
    const first = find();
    await server.waitFor('find');
    const start = performance.now();
    const error = await rejectionOf(find());
    const waited = performance.now() - start;
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(error).toBeInstanceOf(WaitQueueTimeoutError);
    expect(waited).toBeGreaterThan(90);
    expect(waited).toBeLessThan(1_000);
    answerAll();
    await first;
    await find();
    expect(server.received('find')).toHaveLength(2);
  });

  it('[POOL-13] ten thousand operations wait behind one connection, and none is rejected', async () => {
    const { server, find, answerAll } = await slowServer({ maxPoolSize: 1 });
    expect(clientOf(server, { connect: false }).options).toMatchObject({
      waitQueueTimeoutMS: 0,
      waitQueueMultiple: 0,
    });
    const finds = Array.from({ length: 10_000 }, (_, x) => find(x));
    await server.waitFor('find');
    answerAll();
    expect(await Promise.all(finds)).toHaveLength(10_000);
    expect(server.received('find').map(({ command }) => command['filter'].x)).toEqual(
      Array.from({ length: 10_000 }, (_, x) => x),
    );
    expect(pooledConnections(server)).toHaveLength(1);
  }, 60_000);

  it('[POOL-14] fifty run and five hundred wait: the next is refused at once', async () => {
    const { server, find, answerAll } = await slowServer({ maxPoolSize: 50, waitQueueMultiple: 10 });
    const accepted = Array.from({ length: 50 }, () => find());
    await server.waitFor('find', 50);
    accepted.push(...Array.from({ length: 500 }, () => find()));
    expect(await rejectionOf(find())).toBeInstanceOf(ExceededMaxWaiters);
    expect(await settled(accepted)).toBe(0);
    answerAll();
    expect(await Promise.all(accepted)).toHaveLength(550);
  });
});

describe('sockets', () => {
  it('[POOL-15] keep-alive is on by default and off with socketKeepAlive: false', async () => {
    const setKeepAlive = jest.spyOn(net.Socket.prototype, 'setKeepAlive');
    try {
      const { client } = await serverAndClient();
      await client.ping();
      // One for the monitor, one for the pool.
      expect(setKeepAlive.mock.calls.map(([on]) => on)).toEqual([true, true]);
      setKeepAlive.mockClear();
      const { client: other } = await serverAndClient({}, { socketKeepAlive: false });
      await other.ping();
      expect(setKeepAlive.mock.calls.filter(([on]) => on)).toEqual([]);
    } finally {
      setKeepAlive.mockRestore();
    }
  });

  it('[POOL-16] each server has a monitoring connection of its own beside the pool', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    const opened = gate<Answer>(NOTHING);
    for (const server of set.servers) server.on('find', () => opened.promise);
    const client = clientOf(set, { maxPoolSize: 1, heartbeatFrequencyMS: 500 });
    const find = client.db('d').collection('c').findOne();
    const primary = set.servers[0];
    await primary?.waitFor('find');
    const sentAt = primary?.received('find')[0]?.at ?? Infinity;
    await Promise.all(
      set.servers.map((server) =>
        server.waitFor(({ commandName, at }) => /hello|ismaster/i.test(commandName) && at > sentAt, 2),
      ),
    );
    for (const server of set.servers) {
      const monitors = server.connections.filter(({ requests }) =>
        requests.every(({ commandName }) => /hello|ismaster/i.test(commandName)),
      );
      expect(monitors).toHaveLength(1);
      expect(server.received('saslStart')).toHaveLength(0);
    }
    expect(primary?.connections).toHaveLength(2);
    opened.open();
    await find;
  });

  it('[POOL-17] only pools that are used grow', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    const opened = gate<Answer>(NOTHING);
    for (const server of set.servers) server.on('find', () => opened.promise);
    const client = clientOf(set, { maxPoolSize: 100 });
    const collection = client.db('d').collection('c');
    await client.connect();
    await arrival(() => client.nodes.size === 3);
    const reads = Array.from({ length: 120 }, () => collection.findOne());
    await set.servers[0]?.waitFor('find', 100);
    expect(set.servers.map((server) => pooledConnections(server).length)).toEqual([100, 0, 0]);
    expect(set.servers.map(({ connections }) => connections.length)).toEqual([101, 1, 1]);
    const secondaries = collection.withOptions({ readPreference: 'secondary' });
    reads.push(...Array.from({ length: 20 }, () => secondaries.findOne()));
    const [, one, two] = set.servers;
    await arrival(() => (one?.received('find').length ?? 0) + (two?.received('find').length ?? 0) === 20);
    expect(pooledConnections(one).length).toBeGreaterThan(0);
    expect(pooledConnections(two).length).toBeGreaterThan(0);
    opened.open();
    await Promise.all(reads);
  });

  it('[POOL-18] close() ends idle connections at once and a busy one after its reply', async () => {
    const { server, client, find, answerAll } = await slowServer();
    await Promise.all([client.ping(), client.ping()]);
    const busy = find();
    await server.waitFor('find');
    const inUse = server.received('find')[0]?.connection;
    const closing = client.close();
    const others = server.connections.filter((connection) => connection !== inUse);
    await Promise.all(others.map(({ closed }) => closed));
    expect(inUse?.open).toBe(true);
    answerAll();
    expect(await busy).toBeNull();
    await closing;
    await inUse?.closed;
  });
});
