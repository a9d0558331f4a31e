import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  MongoClient,
  type MongoClientOptions,
  type ServerHeartbeatSucceededEvent,
  type TopologyDescription,
} from 'mongodb';
import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import type { DeploymentOptions } from '../../lib/testing/deployment-options.js';
import { RawClient } from './support/raw-client.js';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const start = async (options: DeploymentOptions): Promise<Deployment> => {
  const deployment = await startDeployment(options);
  cleanups.push(() => deployment.stop());
  return deployment;
};

const clientOf = (uri: string, options: MongoClientOptions = {}): MongoClient => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000, ...options });
  cleanups.push(() => client.close());
  return client;
};

const connect = async (
  options: DeploymentOptions,
  clientOptions?: MongoClientOptions,
): Promise<MongoClient> => clientOf((await start(options)).uri, clientOptions);

describe('the official driver connects', () => {
  it.each(['4.4', '5.0', '6.0', '7.0', '8.0', '8.2'])('to a server of version %s', async (version) => {
    const client = await connect({ version });
    const info = await client.db('admin').command({ buildInfo: 1 });
    expect(info['version']).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
  });

  it('to no server older than it supports, and the server says how old it is', async () => {
    const client = await connect({ version: '4.2' }, { serverSelectionTimeoutMS: 500 });
    await expect(client.db('admin').command({ ping: 1 })).rejects.toThrow(/maximum wire version 8/);
  });

  it('to a replica set, and finds the role of each member', async () => {
    const deployment = await start({
      topology: 'replicaset',
      setName: 'blue',
      members: [{ tags: { dc: 'north' } }, {}, { priority: 0, hidden: true }, { arbiter: true }],
    });
    const client = clientOf(deployment.uri);
    let seen: TopologyDescription | undefined;
    client.on('topologyDescriptionChanged', ({ newDescription }) => (seen = newDescription));
    await client.connect();
    const [primary = '', secondary = '', hidden = '', arbiter = ''] = deployment.hosts;
    while ([...(seen?.servers.values() ?? [])].some(({ type }) => type === 'Unknown')) {
      await new Promise((resolve) => client.once('topologyDescriptionChanged', resolve));
    }
    expect(seen?.setName).toBe('blue');
    expect(seen?.servers.get(primary)).toMatchObject({ type: 'RSPrimary', tags: { dc: 'north' } });
    expect(seen?.servers.get(secondary)?.type).toBe('RSSecondary');
    expect(seen?.servers.get(arbiter)?.type).toBe('RSArbiter');
    expect(seen?.servers.has(hidden)).toBe(false);
    expect(seen?.logicalSessionTimeoutMinutes).toBe(30);
  });

  it('to routers', async () => {
    const client = await connect({ topology: 'sharded', members: 2 });
    let type: string | undefined;
    client.on('topologyDescriptionChanged', ({ newDescription }) => ({ type } = newDescription));
    expect(await client.db('admin').command({ isdbgrid: 1 })).toMatchObject({ isdbgrid: 1 });
    expect(type).toBe('Sharded');
    const status = await client.db('admin').command({ serverStatus: 1 });
    expect(status['process']).toBe('mongos');
  });

  it('through a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'deployment-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const { socketPaths } = await start({ unixSocketDirectory: directory });
    const client = clientOf(`mongodb://${encodeURIComponent(socketPaths[0]!)}`);
    expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('with compression', async () => {
    const client = await connect({}, { compressors: ['zlib'] });
    const parameters = await client.db('admin').command({ getParameter: '*' });
    expect(parameters).toMatchObject({ enableTestCommands: true, ok: 1 });
  });

  it('and watches the set with streaming hellos', async () => {
    const client = await connect({ topology: 'replicaset' }, { heartbeatFrequencyMS: 500 });
    const awaited = new Promise<ServerHeartbeatSucceededEvent>((resolve) => {
      client.on('serverHeartbeatSucceeded', (event) => {
        if (event.awaited) resolve(event);
      });
    });
    await client.connect();
    expect((await awaited).reply).toMatchObject({
      isWritablePrimary: true,
      topologyVersion: { counter: expect.anything() },
    });
  });
});

describe('TLS', () => {
  it('serves a certificate that clients can check against its authority', async () => {
    const deployment = await start({ tls: true });
    expect(readFileSync(deployment.caFile!, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(await clientOf(deployment.uri).db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('is not spoken with who does not trust the authority, nor in plain text', async () => {
    const deployment = await start({ tls: true });
    const [host] = deployment.hosts;
    const options = { serverSelectionTimeoutMS: 500 };
    await expect(clientOf(`mongodb://${host!}/?tls=true`, options).connect()).rejects.toThrow(/certificate/);
    await expect(clientOf(`mongodb://${host!}/`, options).connect()).rejects.toThrow();
  });
});

describe('users', () => {
  it.each(['SCRAM-SHA-1', 'SCRAM-SHA-256', 'DEFAULT'] as const)('log in with %s', async (authMechanism) => {
    const client = await connect({ auth: 'ad min:p%w:d' }, { authMechanism });
    const status = await client.db('admin').command({ connectionStatus: 1 });
    expect(status['authInfo']).toEqual({
      authenticatedUsers: [{ user: 'ad min', db: 'admin' }],
      authenticatedUserRoles: [{ role: 'root', db: 'admin' }],
    });
  });

  it('are refused with a wrong password', async () => {
    const deployment = await start({ auth: true });
    const client = clientOf(deployment.uri.replace(':secret@', ':wrong@'));
    await expect(client.connect()).rejects.toMatchObject({ code: 18, codeName: 'AuthenticationFailed' });
  });

  it('can be added, changed and dropped', async () => {
    const deployment = await start({ auth: true });
    const admin = clientOf(deployment.uri).db('shop');
    await admin.command({
      createUser: 'ann',
      pwd: 'one',
      roles: ['readWrite'],
      mechanisms: ['SCRAM-SHA-256'],
    });
    const as = (password: string): Promise<unknown> =>
      clientOf(`mongodb://ann:${password}@${deployment.hosts[0]!}/shop`).db('shop').command({ ping: 1 });
    await expect(as('one')).resolves.toMatchObject({ ok: 1 });
    await admin.command({ updateUser: 'ann', pwd: 'two' });
    await expect(as('one')).rejects.toMatchObject({ code: 18 });
    await expect(as('two')).resolves.toMatchObject({ ok: 1 });
    expect((await admin.command({ usersInfo: 'ann' }))['users']).toMatchObject([
      {
        user: 'ann',
        db: 'shop',
        roles: [{ role: 'readWrite', db: 'shop' }],
        mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256'],
      },
    ]);
    await admin.command({ updateUser: 'ann', mechanisms: ['SCRAM-SHA-1'] });
    expect((await admin.command({ usersInfo: 'ann' }))['users'][0].mechanisms).toEqual(['SCRAM-SHA-1']);
    await expect(as('two')).resolves.toMatchObject({ ok: 1 });
    await admin.command({ dropUser: 'ann' });
    await expect(as('two')).rejects.toMatchObject({ code: 18 });
  });

  it('are needed for everything but the handshake', async () => {
    const deployment = await start({ auth: true });
    const client = await RawClient.connect(deployment.hosts[0]!);
    cleanups.push(() => client.close());
    expect(await client.command({ hello: 1, saslSupportedMechs: 'admin.root' })).toMatchObject({
      ok: 1,
      saslSupportedMechs: ['SCRAM-SHA-1', 'SCRAM-SHA-256'],
    });
    expect(await client.command({ serverStatus: 1 })).toMatchObject({
      ok: 0,
      code: 13,
      codeName: 'Unauthorized',
      errmsg: 'command serverStatus requires authentication',
    });
  });
});

describe('options', () => {
  it.each<[string, DeploymentOptions, RegExp]>([
    ['a version without rules', { version: '3.6' }, /Unknown server version/],
    ['a standalone of two', { members: 2 }, /one member/],
    ['no member at all', { topology: 'replicaset', members: 0 }, /between 1 and 50/],
    ['a primary that cannot be one', { topology: 'replicaset', members: [{ arbiter: true }] }, /electable/],
    [
      'a hidden member that may be elected',
      { topology: 'replicaset', members: [{}, { hidden: true }] },
      /priority 0/,
    ],
    ['a user without password', { auth: 'root' }, /user:password/],
  ])('refuse %s', async (_what, options, message) => {
    await expect(startDeployment(options)).rejects.toThrow(message);
  });

  it('take the ports from the one that is given, and say when one is taken', async () => {
    const first = await start({});
    const port = Number(first.hosts[0]!.split(':')[1]);
    await expect(startDeployment({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

it('frees its ports and closes its connections when it stops', async () => {
  const deployment = await start({ topology: 'replicaset', members: 2 });
  const raw = await RawClient.connect(deployment.hosts[1]!);
  await raw.command({ ping: 1 });
  await deployment.stop();
  expect(await raw.receive()).toBeUndefined();
  await expect(RawClient.connect(deployment.hosts[0]!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
