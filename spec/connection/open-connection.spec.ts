import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectId } from 'bson';
import type { Connection } from '../../lib/connection/connection.js';
import type { OpenConnectionOptions } from '../../lib/connection/open-connection.js';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import {
  AutoReconnect,
  ConnectionFailure,
  NetworkTimeout,
  OperationTimeout,
  ProtocolError,
} from '../../lib/core/errors/connection.js';
import { OperationFailure } from '../../lib/core/errors/server.js';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { HostAddress } from '../../lib/options/host-address.js';
import { openTestConnection, ping, rejectionOf } from '../support/open-test-connection.js';
import {
  memberHello,
  startScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../support/scripted-server.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const serve = async (options: ScriptedServerOptions = {}): Promise<ScriptedServer> => {
  const server = await startScriptedServer(options);
  closers.push(() => server.close());
  return server;
};

const open = async (
  target: number | HostAddress,
  options: Partial<OpenConnectionOptions> = {},
): Promise<Connection> => {
  const connection = await openTestConnection(target, options);
  closers.push(() => connection.destroy());
  return connection;
};

/** A port on which nobody listens. */
const freePort = async (): Promise<number> => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as net.AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
};

describe('the handshake', () => {
  it('starts with the legacy hello as OP_QUERY and goes on with OP_MSG', async () => {
    const server = await serve();
    const connection = await open(server.port);
    await connection.command(ping(), { deadline: NO_DEADLINE });
    const [hello, next] = server.requests;
    expect(hello).toMatchObject({ opCode: 'OP_QUERY', database: 'admin' });
    expect(hello!.command).toMatchObject({
      isMaster: 1,
      helloOk: true,
      client: { driver: { name: 'asyncmongo' } },
    });
    expect(Object.keys(hello!.command)[0]).toBe('isMaster');
    expect(next!.opCode).toBe('OP_MSG');
  });

  it('starts with hello as OP_MSG where an API version is declared, and declares it', async () => {
    const server = await serve();
    await open(server.port, { serverApi: { version: '1', strict: true } });
    expect(server.requests[0]).toMatchObject({ opCode: 'OP_MSG', commandName: 'hello', database: 'admin' });
    expect(server.requests[0]!.command).toMatchObject({
      hello: 1,
      apiVersion: '1',
      apiStrict: true,
      helloOk: true,
    });
    expect(server.requests[0]!.command).not.toHaveProperty('apiDeprecationErrors');
  });

  it('starts with hello as OP_MSG behind a load balancer and keeps the serviceId', async () => {
    const serviceId = new ObjectId();
    const server = await serve({ hello: { serviceId, msg: 'isdbgrid' } });
    const connection = await open(server.port, { loadBalanced: true });
    expect(server.requests[0]).toMatchObject({ opCode: 'OP_MSG', commandName: 'hello' });
    expect(server.requests[0]!.command).toMatchObject({ loadBalanced: true });
    expect(String(connection.description.serviceId)).toBe(serviceId.toHexString());
  });

  it('fails behind a load balancer where the server tells no serviceId', async () => {
    const server = await serve();
    const error = await rejectionOf(open(server.port, { loadBalanced: true }));
    expect(error).toBeInstanceOf(ConfigurationError);
    await server.connections[0]!.closed;
  });

  it('takes the limits from the reply', async () => {
    const server = await serve({
      hello: {
        maxBsonObjectSize: 1000,
        maxMessageSizeBytes: 2000,
        maxWriteBatchSize: 3,
        maxWireVersion: 21,
        logicalSessionTimeoutMinutes: 17,
        connectionId: 4711,
      },
    });
    const connection = await open(server.port);
    expect(connection.description).toMatchObject({
      helloOk: true,
      maxBsonObjectSize: 1000,
      maxMessageSizeBytes: 2000,
      maxWriteBatchSize: 3,
      maxWireVersion: 21,
      logicalSessionTimeoutMinutes: 17,
      serverConnectionId: 4711n,
      serviceId: undefined,
    });
    expect(connection.takeHello()).toMatchObject({ isWritablePrimary: true, connectionId: 4711 });
    // It is not kept: an idle connection has no use for it.
    expect(connection.takeHello()).toEqual({});
  });

  it('falls back to the limits of every server where the reply has none that make sense', async () => {
    const server = await serve({
      hello: {
        maxBsonObjectSize: -1,
        maxMessageSizeBytes: 'large',
        maxWriteBatchSize: 0.5,
        logicalSessionTimeoutMinutes: null,
        helloOk: undefined,
      },
    });
    const { description } = await open(server.port);
    expect(description).toMatchObject({
      helloOk: false,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: null,
    });
  });

  it.each([2_000_000_000, 300])(
    'takes the message size a server tells (%d) for its own limit only: what it may send stays the same',
    async (maxMessageSizeBytes) => {
      const server = await serve({
        hello: { maxMessageSizeBytes },
        script: { ping: { text: 'x'.repeat(300) }, find: () => new Promise(() => undefined) },
      });
      const connection = await open(server.port);
      const deadline = NO_DEADLINE;
      expect((await connection.command(ping(), { deadline })).ok).toBe(true);
      const tooLong = rejectionOf(
        connection.command({ name: 'find', database: 'd', body: { find: 'c' } }, { deadline }),
      );
      await server.waitFor('find');
      const header = Buffer.alloc(16);
      header.writeInt32LE(48_000_001, 0);
      server.connections[0]!.write(header);
      expect(await tooLong).toBeInstanceOf(ProtocolError);
    },
  );

  it('refuses an older server, naming both sides', async () => {
    const server = await serve({ hello: { maxWireVersion: 7 } });
    const error = await rejectionOf(open(server.port));
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(error).toMatchObject({ kind: 'protocol', phase: 'hello', address: server.address });
    expect((error as Error).message).toMatch(
      /Server at \S+ reports wire version 7, but this version of asyncmongo requires at least 8 \(MongoDB 4\.2\)/,
    );
    await server.connections[0]!.closed;
  });

  it('refuses a server that is too new, naming both sides', async () => {
    const server = await serve({ hello: { minWireVersion: 30, maxWireVersion: 40 } });
    const error = await rejectionOf(open(server.port));
    expect((error as Error).message).toMatch(
      /Server at \S+ requires wire version 30, but this version of asyncmongo only supports up to 29/,
    );
  });

  it.each([8, 29])('accepts wire version %d', async (maxWireVersion) => {
    const server = await serve({ hello: { maxWireVersion } });
    expect((await open(server.port)).description.maxWireVersion).toBe(maxWireVersion);
  });

  it('leaves the judgement to the topology on a monitoring connection', async () => {
    const server = await serve({ hello: { maxWireVersion: 6 } });
    expect((await open(server.port, { background: true })).description.maxWireVersion).toBe(6);
  });

  it('rejects with the refusal of the server', async () => {
    const server = await serve({
      hello: { ok: 0, errmsg: 'client metadata too large', code: 186, codeName: 'X' },
    });
    const error = await rejectionOf(open(server.port));
    expect(error).toBeInstanceOf(OperationFailure);
    expect(error).toMatchObject({ code: 186, command: 'hello', address: server.address });
    await server.connections[0]!.closed;
  });

  it('[TIME-2] is bounded by connectTimeoutMS where the server accepts and never answers', async () => {
    const server = await serve({ onConnection: () => false });
    const start = performance.now();
    const error = await rejectionOf(open(server.port, { connectTimeoutMS: 100 }));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(error).toBeInstanceOf(NetworkTimeout);
    expect(error).toMatchObject({ phase: 'hello', address: server.address, bytesSent: 'none' });
    expect((error as Error).message).toContain('connectTimeoutMS');
    await server.connections[0]!.closed;
  });

  it('[TIME-2] is not bounded where connectTimeoutMS is 0', async () => {
    const server = await serve();
    expect((await open(server.port, { connectTimeoutMS: 0 })).closed).toBe(false);
  });

  it('is not bounded by socketTimeoutMS', async () => {
    const server = await serve({
      script: { isMaster: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 120)) },
    });
    expect((await open(server.port, { socketTimeoutMS: 30 })).closed).toBe(false);
  });

  it('ends with the deadline of the operation where that is earlier', async () => {
    const server = await serve({ onConnection: () => false });
    const error = await rejectionOf(open(server.port, { deadline: deadlineAfter(nodeRuntime, 50) }));
    expect(error).toBeInstanceOf(OperationTimeout);
    await server.connections[0]!.closed;
  });

  it('ends with an abort, with its reason', async () => {
    const server = await serve({ onConnection: () => false });
    const controller = new AbortController();
    const outcome = rejectionOf(
      open(server.port, { deadline: deadlineAfter(nodeRuntime, 0, controller.signal) }),
    );
    while (server.connections.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    await server.connections[0]!.closed;
  });

  it('does not start where the deadline is over', async () => {
    const server = await serve();
    const reason = new Error('before');
    const deadline = deadlineAfter(nodeRuntime, 0, AbortSignal.abort(reason));
    expect(await rejectionOf(open(server.port, { deadline }))).toBe(reason);
    expect(server.connections).toHaveLength(0);
  });

  it('that the server cuts off rejects in the phase hello', async () => {
    const server = await serve({ script: { isMaster: 'close' } });
    const error = await rejectionOf(open(server.port));
    expect(error).toBeInstanceOf(AutoReconnect);
    expect(error).toMatchObject({ phase: 'hello' });
  });

  it('describes a member of a replica set as it describes itself', async () => {
    const server = await serve({ hello: memberHello({ hosts: ['a:1', 'b:2'], me: 'b:2', primary: 'a:1' }) });
    const hello = (await open(server.port)).takeHello();
    expect(hello).toMatchObject({
      setName: 'rs',
      hosts: ['a:1', 'b:2'],
      secondary: true,
      isWritablePrimary: false,
    });
  });
});

describe('addresses', () => {
  it('that nobody listens on fail in the phase tcp, with address and cause', async () => {
    const port = await freePort();
    const error = await rejectionOf(open(port));
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(error).toMatchObject({ phase: 'tcp', address: `127.0.0.1:${String(port)}`, bytesSent: 'none' });
    expect((error as Error).message).toContain('ECONNREFUSED');
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('whose name does not exist fail in the phase dns', async () => {
    const error = await rejectionOf(open(HostAddress.tcp('no-such-host.invalid', 27017)));
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(error).toMatchObject({ phase: 'dns', address: 'no-such-host.invalid:27017' });
  });

  it('[CONN-11] localhost reaches a server that is bound to 127.0.0.1 alone', async () => {
    const server = await serve({ host: '127.0.0.1' });
    const connection = await open(HostAddress.tcp('localhost', server.port));
    expect((await connection.command(ping(), { deadline: NO_DEADLINE })).ok).toBe(true);
    expect(connection.address).toBe(`localhost:${String(server.port)}`);
  });

  it('localhost, where nobody listens, names every attempt', async () => {
    const port = await freePort();
    const error = await rejectionOf(open(HostAddress.tcp('localhost', port)));
    expect((error as Error).message).toMatch(/localhost:\d+ \(tcp\): .*ECONNREFUSED/);
  });

  it('[CONN-9] [CONN-10] that are paths lead to a Unix domain socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'asyncmongo-'));
    closers.push(() => rm(directory, { recursive: true }));
    const path = join(directory, 'mongodb-27017.sock');
    const server = await serve({ path });
    const connection = await open(HostAddress.socket(path));
    expect((await connection.command(ping(), { deadline: NO_DEADLINE })).ok).toBe(true);
    expect(connection.address).toBe(path);
    expect(server.connections).toHaveLength(1);
  });

  it('that are paths without a socket fail in the phase tcp', async () => {
    const error = await rejectionOf(open(HostAddress.socket('/nowhere/mongodb.sock')));
    expect(error).toMatchObject({ phase: 'tcp', address: '/nowhere/mongodb.sock' });
  });
});
