import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import {
  AsyncMongoClient,
  ConfigurationError,
  ConnectionFailure,
  InvalidOperation,
  OperationFailure,
  ServerSelectionTimeoutError,
} from '../../lib/index.js';
import {
  clientOf,
  closeAll,
  closeLater,
  deadAddress,
  rejectionOf,
  serverAndClient,
  startServer,
  warningsOf,
} from './client-fixture.js';

afterEach(closeAll);

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('making a client', () => {
  it('[CONN-15] returns at once and throws nothing; failures surface on operations', async () => {
    const uri = `mongodb://user:wrong@${await deadAddress()}`;
    const start = performance.now();
    const client = clientOf(uri, { serverSelectionTimeoutMS: 100 });
    expect(performance.now() - start).toBeLessThan(50);
    expect(await rejectionOf(client.db('t').collection('c').findOne())).toBeInstanceOf(
      ServerSelectionTimeoutError,
    );
  });

  it('[CONN-16] connects in a later turn with connect: true, and not before an operation with false', async () => {
    const eager = await startServer();
    const lazy = await startServer();
    const opening: string[] = [];
    const client = clientOf(eager, { connect: true });
    client.on('serverOpening', ({ address }) => opening.push(address));
    const other = clientOf(lazy, { connect: false });
    await eager.waitFor(({ commandName }) => /hello|ismaster/i.test(commandName));
    expect(opening).toEqual([eager.address]);
    await soon();
    expect(lazy.connections).toHaveLength(0);
    await other.ping();
    expect(lazy.received('ping')).toHaveLength(1);
  });

  it('[CONN-17] does not connect by itself on function platforms', async () => {
    const server = await startServer();
    process.env['VERCEL'] = '1';
    try {
      const client = clientOf(server);
      expect(client.options.connect).toBe(false);
      await soon();
      expect(server.connections).toHaveLength(0);
      expect(clientOf(server, { connect: true }).options.connect).toBe(true);
      await server.waitFor(({ commandName }) => /hello|ismaster/i.test(commandName));
    } finally {
      delete process.env['VERCEL'];
    }
  });

  it('[CONN-18] connect() resolves to the client, or rejects; parallel calls share one topology', async () => {
    const { server, client } = await serverAndClient({}, { connect: false });
    let opened = 0;
    client.on('topologyOpening', () => opened++);
    const clients = await Promise.all(Array.from({ length: 10 }, () => client.connect()));
    expect(new Set(clients)).toEqual(new Set([client]));
    expect(opened).toBe(1);
    expect(server.received('ping')).toHaveLength(0);

    const dead = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 100 });
    expect(await rejectionOf(dead.connect())).toBeInstanceOf(ServerSelectionTimeoutError);
  });

  it('[CONN-19] tests reachability with ping on admin', async () => {
    const { server, client } = await serverAndClient();
    expect(await client.db('admin').command('ping')).toEqual({ ok: 1 });
    expect(server.received('ping')[0]).toMatchObject({ database: 'admin', command: { ping: 1 } });
    const dead = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 100 });
    expect(await rejectionOf(dead.db('admin').command('ping'))).toBeInstanceOf(ConnectionFailure);
  });

  it('aborts connect() and operations with the reason of the signal', async () => {
    const client = clientOf(`mongodb://${await deadAddress()}`);
    const reason = new Error('enough');
    expect(await rejectionOf(client.connect({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const pending = rejectionOf(client.ping({ signal: controller.signal }));
    controller.abort(reason);
    expect(await pending).toBe(reason);
    expect(await rejectionOf(client.ping({ timeoutMS: 30 }))).toMatchObject({ timeout: true });
    expect(await rejectionOf(client.ping({ signal: 5 as any }))).toBeInstanceOf(TypeError);
  });
});

describe('closing a client', () => {
  it('[METH-1] [METH-2] ends the sessions and then closes every socket', async () => {
    const { server, client } = await serverAndClient({ script: { insert: { n: 1 } } });
    await client.db('t').collection('c').insertOne({ x: 1 });
    const lsid = server.received('insert')[0]?.command['lsid'];
    await client.close();
    expect(server.received('endSessions')[0]?.command['endSessions']).toEqual([lsid]);
    await Promise.all(server.connections.map(({ closed }) => closed));
  });

  it('[METH-2] closes although endSessions fails', async () => {
    const { server, client } = await serverAndClient({
      script: { endSessions: { ok: 0, code: 1, errmsg: 'no' } },
    });
    await client.ping();
    await client.close();
    expect(server.received('endSessions')).toHaveLength(1);
  });

  it('[METH-2] sends at most 10 000 ids a command', async () => {
    const { server, client } = await serverAndClient();
    await client.connect();
    const sessions = Array.from({ length: 10_001 }, () => client.startSession());
    for (const session of sessions) expect(session.sessionId).toBeDefined();
    await Promise.all(sessions.map((session) => session.endSession()));
    await client.close();
    expect(server.received('endSessions').map(({ command }) => command['endSessions'].length)).toEqual([
      10_000, 1,
    ]);
  });

  it('[METH-3] refuses every use afterwards; clone() makes an equal client', async () => {
    const { server, client } = await serverAndClient({}, { appName: 'shop' });
    const cursor = client.db('t').collection('c').find();
    await client.close();
    expect(await rejectionOf(client.db('t').command('ping'))).toBeInstanceOf(InvalidOperation);
    expect(await rejectionOf(client.connect())).toBeInstanceOf(InvalidOperation);
    expect(await rejectionOf(cursor.next())).toBeInstanceOf(InvalidOperation);
    expect(await rejectionOf(client.db('t').collection('c').find().toArray())).toBeInstanceOf(
      InvalidOperation,
    );
    expect(await rejectionOf(client.address)).toBeInstanceOf(InvalidOperation);
    expect(() => client.startSession()).toThrow(InvalidOperation);
    const equal = closeLater(client.clone({ maxPoolSize: 7 }));
    expect(equal.options).toMatchObject({ appName: 'shop', maxPoolSize: 7 });
    expect(await equal.db('t').command('ping')).toEqual({ ok: 1 });
    expect(server.received('ping')).toHaveLength(1);
  });

  it('[METH-3] opens again with reopenOnUse', async () => {
    const { server, client } = await serverAndClient({}, { reopenOnUse: true });
    await client.ping();
    await client.close();
    await client.ping();
    expect(server.received('ping')).toHaveLength(2);
    await client.close();
    await Promise.all(server.connections.map(({ closed }) => closed));
  });

  it('[METH-4] may be closed again, and when it never connected', async () => {
    const { client } = await serverAndClient({}, { connect: false });
    await Promise.all([client.close(), client.close()]);
    await client.close();
    const server = await startServer();
    {
      await using scoped = new AsyncMongoClient(server.uri);
      await scoped.ping();
    }
    await Promise.all(server.connections.map(({ closed }) => closed));
  });

  it('[METH-5] disconnect() is close() and warns once', async () => {
    const warnings = await warningsOf(async () => {
      for (let count = 0; count < 2; count++) {
        const { client } = await serverAndClient({}, { connect: false });
        await client.disconnect();
        expect(await rejectionOf(client.ping())).toBeInstanceOf(InvalidOperation);
      }
    });
    expect(warnings.filter((warning) => warning.includes('disconnect'))).toHaveLength(1);
  });
});

describe('commands of the client', () => {
  it('[METH-6] listDatabases gives a cursor and passes options through', async () => {
    const { server, client } = await serverAndClient({
      script: { listDatabases: { databases: [{ name: 'admin' }, { name: 'test' }] } },
    });
    const cursor = await client.listDatabases({
      filter: { name: /^t/ },
      comment: 'why',
      authorizedDatabases: true,
    });
    const names: unknown[] = [];
    for await (const database of cursor) names.push(database['name']);
    expect(names).toEqual(['admin', 'test']);
    const [request] = server.received('listDatabases');
    expect(request).toMatchObject({
      database: 'admin',
      command: { comment: 'why', authorizedDatabases: true },
    });
    expect(request?.command).toHaveProperty('filter');
    expect(await rejectionOf(clientOf(server).listDatabases({ filter: { name: undefined } }))).toMatchObject({
      name: 'InvalidDocument',
    });
  });

  it('[METH-7] listDatabaseNames asks for names only', async () => {
    const { server, client } = await serverAndClient({
      script: { listDatabases: { databases: [{ name: 'admin' }, { name: 'test' }] } },
    });
    expect(await client.listDatabaseNames()).toEqual(['admin', 'test']);
    expect(server.received('listDatabases')[0]?.command).toMatchObject({ nameOnly: true });
  });

  it('[METH-8] [METH-9] dropDatabase takes a name or a handle and applies the write concern', async () => {
    const { server, client } = await serverAndClient({ script: { dropDatabase: {} } }, { w: 'majority' });
    const session = client.startSession();
    await client.dropDatabase('one');
    await client.dropDatabase(client.db('two'), { comment: 'bye', session });
    const [one, two] = server.received('dropDatabase');
    expect(one).toMatchObject({
      database: 'one',
      command: { dropDatabase: 1, writeConcern: { w: 'majority' } },
    });
    expect(two).toMatchObject({ database: 'two', command: { comment: 'bye' } });
    expect(two?.command['lsid']).toEqual(session.sessionId);
    expect(await rejectionOf(client.dropDatabase(5 as any))).toBeInstanceOf(TypeError);
    expect(server.received('dropDatabase')).toHaveLength(2);
    server.once('dropDatabase', { writeConcernError: { code: 64, errmsg: 'waited' } });
    expect(await rejectionOf(client.dropDatabase('one'))).toMatchObject({ name: 'WTimeoutError', code: 64 });
  });

  it('[METH-13] serverInfo asks admin for buildInfo', async () => {
    const { server, client } = await serverAndClient();
    expect((await client.serverInfo())['version']).toBe('8.0.0');
    expect(server.received('buildInfo')[0]?.database).toBe('admin');
  });

  it('refuses sessions of another client and ended ones', async () => {
    const { client } = await serverAndClient();
    const { client: other } = await serverAndClient();
    const session = other.startSession();
    expect(await rejectionOf(client.ping({ session }))).toBeInstanceOf(InvalidOperation);
    await session.endSession();
    expect(await rejectionOf(other.ping({ session }))).toBeInstanceOf(InvalidOperation);
    expect(await rejectionOf(other.ping({ session: {} as any }))).toBeInstanceOf(TypeError);
    expect(() => client.startSession({ snapshot: true, causalConsistency: true })).toThrow(
      ConfigurationError,
    );
  });

  it('leaves the connection usable after a refusal of the server', async () => {
    const { server, client } = await serverAndClient();
    expect(await rejectionOf(client.db('t').command({ nonsense: 1 }))).toMatchObject({
      code: 59,
      command: 'nonsense',
      namespace: 't',
    });
    expect(await rejectionOf(client.db('t').command('nonsense'))).toBeInstanceOf(OperationFailure);
    await client.ping();
    expect(
      new Set(
        server.requests.filter(({ opCode }) => opCode === 'OP_MSG').map(({ connection }) => connection.id),
      ).size,
    ).toBeLessThanOrEqual(2);
  });
});

describe('clients and processes', () => {
  it('[PROC-1] serves a thousand parallel operations', async () => {
    const { client } = await serverAndClient({
      script: {
        find: (request) => ({ cursor: { id: 0n, ns: 't.c', firstBatch: [request.command['filter']] } }),
      },
    });
    const collection = client.db('t').collection('c');
    const found = await Promise.all(Array.from({ length: 1000 }, (_, x) => collection.findOne({ x })));
    expect(found.map((document) => document?.['x'])).toEqual(Array.from({ length: 1000 }, (_, x) => x));
  });

  it('[PROC-4] warns once when it is used in another process, and opens connections of its own', async () => {
    const { server, client } = await serverAndClient();
    await client.ping();
    const before = server.received('ping')[0]?.connection;
    const { pid } = process;
    const descriptor = Object.getOwnPropertyDescriptor(process, 'pid') as PropertyDescriptor;
    Object.defineProperty(process, 'pid', { ...descriptor, value: pid + 1 });
    try {
      const warnings = await warningsOf(async () => {
        await client.ping();
        await client.ping();
      });
      expect(warnings.filter((warning) => warning.includes('process'))).toHaveLength(1);
    } finally {
      Object.defineProperty(process, 'pid', descriptor);
    }
    expect(server.received('ping')[1]?.connection).not.toBe(before);
  });

  it('[PROC-5] hints once at many clients of the same hosts', async () => {
    const server = await startServer();
    const warnings = await warningsOf(async () => {
      await Promise.all(Array.from({ length: 50 }, () => clientOf(server).ping()));
    });
    expect(warnings.filter((warning) => warning.includes('share it'))).toHaveLength(1);
  });

  it('[PROC-10] lets a process end that forgot close(), with a warning', async () => {
    const server = await startServer();
    const script = path.join(import.meta.dirname, 'fixtures', 'forgets-close.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, server.uri], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    const [code] = await once(child, 'exit');
    expect({ code, warned: /left open/.test(errors) }).toEqual({ code: 0, warned: true });
  }, 20_000);
});
