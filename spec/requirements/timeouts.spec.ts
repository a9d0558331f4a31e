import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import * as net from 'node:net';
import {
  ConfigurationError,
  ConnectionFailure,
  NetworkTimeout,
  parseConnectionString,
  ServerSelectionTimeoutError,
} from '../../lib/index.js';
import { startScriptedServer } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  deadAddress,
  rejectionOf,
  serverAndClient,
} from '../client/client-fixture.js';
import { arrival, isHello, settled } from './requirements-fixture.js';

afterEach(closeAll);

/** Accepts connections and never says a word. */
const muteServer = async () => {
  const sockets: net.Socket[] = [];
  const listener = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  return closeLater({
    uri: `mongodb://127.0.0.1:${String(port)}/`,
    address: `127.0.0.1:${String(port)}`,
    sockets,
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await Promise.resolve();
    },
  });
};

const elapsed = async (
  action: Promise<unknown>,
): Promise<{ readonly error: unknown; readonly ms: number }> => {
  const start = performance.now();
  const error = await rejectionOf(action);
  return { error, ms: performance.now() - start };
};

describe('limits of time', () => {
  it('[TIME-1] socketTimeoutMS rejects with NetworkTimeout and destroys the socket', async () => {
    const { server, client } = await serverAndClient(
      { script: { find: 'silence' } },
      { socketTimeoutMS: 100, retryReads: false },
    );
    await client.ping();
    const { error, ms } = await elapsed(client.db('d').collection('c').findOne());
    expect(error).toBeInstanceOf(NetworkTimeout);
    expect(ms).toBeGreaterThan(90);
    expect(ms).toBeLessThan(1_000);
    const stuck = server.received('find')[0]?.connection;
    await stuck?.closed;
    await client.ping();
    expect(server.received('ping').at(-1)?.connection).not.toBe(stuck);
  });

  it.each([0, null, undefined])(
    '[TIME-1] socketTimeoutMS %p waits without a limit',
    async (socketTimeoutMS) => {
      const { server, client } = await serverAndClient({ script: { find: 'silence' } }, { socketTimeoutMS });
      expect(client.options.socketTimeoutMS).toBe(0);
      const controller = new AbortController();
      const find = client.db('d').collection('c').findOne({}, { signal: controller.signal });
      await server.waitFor('find');
      if (socketTimeoutMS === 0) await new Promise((resolve) => setTimeout(resolve, 5_000));
      expect(await settled([find])).toBe(0);
      controller.abort();
      await rejectionOf(find);
    },
  );

  it('[TIME-2] a server that accepts and never answers hello is Unknown after connectTimeoutMS', async () => {
    const server = await muteServer();
    const client = clientOf(server, {
      connectTimeoutMS: 200,
      serverSelectionTimeoutMS: 5_000,
      connect: false,
    });
    const failed = new Promise<{ failure: unknown; duration: number }>((resolve) => {
      client.once('serverHeartbeatFailed', resolve);
    });
    const ping = client
      .db('admin')
      .command('ping')
      .catch((error: unknown) => error);
    const { failure, duration } = await failed;
    expect(duration).toBeGreaterThan(180);
    expect(duration).toBeLessThan(1_000);
    expect(failure).toBeInstanceOf(NetworkTimeout);
    const described = client.topologyDescription.servers.get(server.address);
    expect(described?.serverType).toBe('Unknown');
    await client.close();
    await ping;
    expect(clientOf(server, { connect: false }).options.connectTimeoutMS).toBe(20_000);
    expect(clientOf(server, { connect: false, connectTimeoutMS: null }).options.connectTimeoutMS).toBe(0);
  });

  it('[TIME-3] serverSelectionTimeoutMS rejects with the reason of each server', async () => {
    const addresses = [await deadAddress(), await deadAddress()];
    const client = clientOf(`mongodb://${addresses.join(',')}/?replicaSet=rs`, {
      serverSelectionTimeoutMS: 200,
    });
    const { error, ms } = await elapsed(client.db('d').collection('c').findOne());
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    expect(ms).toBeGreaterThan(190);
    expect(ms).toBeLessThan(1_000);
    const { message, topologyDescription, timeout } = error as ServerSelectionTimeoutError;
    expect(timeout).toBe(true);
    for (const address of addresses) {
      expect(message.split('\n').find((line) => line.includes(`${address}:`))).toMatch(/ECONNREFUSED/);
    }
    expect([...(topologyDescription as typeof client.topologyDescription).servers.keys()]).toEqual(addresses);
    expect(
      clientOf('mongodb://h', { connect: false, serverSelectionTimeoutMS: undefined }).options,
    ).toMatchObject({
      serverSelectionTimeoutMS: 30_000,
    });
  });

  it('[TIME-3] a server that never answers costs a selection no more than its own limit', async () => {
    const server = await muteServer();
    const client = clientOf(server, { connectTimeoutMS: 0, serverSelectionTimeoutMS: 200 });
    const { error, ms } = await elapsed(client.db('admin').command('ping'));
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    expect(ms).toBeLessThan(1_000);
    expect(String(error)).toContain(server.address);
  });

  it('[TIME-4] a server that comes up during a selection is found long before the next heartbeat', async () => {
    const address = await deadAddress();
    const client = clientOf(`mongodb://${address}`, {
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 300,
    });
    expect(client.options.heartbeatFrequencyMS).toBe(10_000);
    const attempts: number[] = [];
    client.on('serverHeartbeatFailed', () => attempts.push(performance.now()));
    const start = performance.now();
    const ping = client.db('admin').command('ping');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const server = closeLater(await startScriptedServer({ port: Number(address.split(':')[1]) }));
    await ping;
    expect(performance.now() - start).toBeLessThan(2_500);
    expect(server.received('ping')).toHaveLength(1);
    expect(attempts.length).toBeGreaterThanOrEqual(2);
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan(450);
  });

  it('[TIME-4] each round of checks is bounded by connectTimeoutMS on its own', async () => {
    const server = await muteServer();
    const client = clientOf(server, { serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 150 });
    const durations: number[] = [];
    client.on('serverHeartbeatFailed', ({ duration }) => durations.push(duration));
    await rejectionOf(client.db('admin').command('ping'));
    expect(durations.length).toBeGreaterThanOrEqual(2);
    for (const duration of durations) expect(duration).toBeLessThan(500);
  });

  it('[TIME-7] milliseconds are numbers that are not negative; a URI holds them as decimals', () => {
    expect(() => clientOf('mongodb://h', { socketTimeoutMS: -1 })).toThrow(ConfigurationError);
    expect(() => clientOf('mongodb://h', { socketTimeoutMS: '5' as any })).toThrow(TypeError);
    const { options, warnings } = parseConnectionString(
      'mongodb://h/?connectTimeoutMS=abc&socketTimeoutMS=1500',
    );
    expect(warnings).toHaveLength(1);
    expect(options).not.toHaveProperty('connectTimeoutMS');
    expect(options).toHaveProperty('socketTimeoutMS', 1_500);
    const client = clientOf('mongodb://h/?connectTimeoutMS=2500', { connect: false });
    expect(client.options.connectTimeoutMS).toBe(2_500);
  });

  it('[TIME-8] a limit beyond the range of timers does not fire early', async () => {
    const client = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 2 ** 32 });
    const controller = new AbortController();
    const ping = client.db('admin').command('ping', { signal: controller.signal });
    const other = client.db('admin').command('ping', { timeoutMS: 2 ** 33, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await settled([ping, other])).toBe(0);
    controller.abort();
    await Promise.allSettled([ping, other]);
  });
});

describe('a server that accepts and never answers', () => {
  it('after hello: the operation ends by its timeoutMS, the connection is not used again', async () => {
    const { server, client } = await serverAndClient(
      { script: { insert: 'silence' } },
      { retryWrites: false },
    );
    const { error, ms } = await elapsed(
      client.db('d').collection('c').insertOne({ x: 1 }, { timeoutMS: 100 }),
    );
    expect(error).toMatchObject({ timeout: true });
    expect(ms).toBeLessThan(1_000);
    await client.ping();
    const stuck = server.received('insert')[0]?.connection;
    if (server.received('ping').at(-1)?.connection === stuck) throw new Error('an unread reply may be on it');
  });

  it('on new pool connections: the operation ends by connectTimeoutMS and the server is reported', async () => {
    const { server, client } = await serverAndClient({}, { connectTimeoutMS: 200, retryReads: false });
    await client.connect();
    const [monitor] = server.connections;
    const mute = ({ connection }: { connection: unknown }) =>
      connection === monitor ? undefined : ('silence' as const);
    for (const name of ['hello', 'isMaster', 'ismaster']) server.on(name, mute);
    const { error, ms } = await elapsed(client.db('admin').command('ping'));
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(ms).toBeLessThan(1_000);
    for (const name of ['hello', 'isMaster', 'ismaster']) server.on(name, undefined);
    await client.ping();
    await arrival(() => server.connections.filter(({ open }) => open).length === 2);
    expect(server.requests.some(({ commandName }) => isHello(commandName))).toBe(true);
  });
});
