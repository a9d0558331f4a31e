import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { inspect } from 'node:util';
import {
  AsyncMongoClient,
  ConfigurationError,
  ConnectionFailure,
  InvalidURI,
  mergeConnectionStrings,
  parseConnectionString,
  ServerSelectionTimeoutError,
  type AsyncMongoClientOptions,
} from '../../lib/index.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { memberHello, startScriptedServer } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  deadAddress,
  rejectionOf,
  serverAndClient,
  startServer,
  warningsOf,
} from '../client/client-fixture.js';
import { arrival, isHello } from './requirements-fixture.js';

afterEach(closeAll);

/** Clients that never connect, made from constructor arguments. */
const make = (...given: any[]): AsyncMongoClient => {
  const last = given.at(-1);
  const rest = typeof last === 'object' && last !== null && !Array.isArray(last) ? given.slice(0, -1) : given;
  const options = {
    connect: false,
    ...(rest.length === given.length ? {} : (last as AsyncMongoClientOptions)),
  };
  return closeLater(new AsyncMongoClient(...(rest as [string, number]), options));
};

const seeds = (...given: any[]): string[] => [...make(...given).topologyDescription.servers.keys()];

describe('hosts', () => {
  it('[CONN-1] none means localhost:27017', () => {
    expect(inspect(make())).toContain("host=['localhost:27017']");
    expect(inspect(closeLater(new AsyncMongoClient()))).toContain("host=['localhost:27017']");
  });

  it('[CONN-2] three forms of arguments', () => {
    const { options } = make('h', 27018, { maxPoolSize: 200 });
    expect(options.hosts.map(String)).toEqual(['h:27018']);
    expect(options.maxPoolSize).toBe(200);
    expect(make({ maxPoolSize: 3 }).options).toMatchObject({ maxPoolSize: 3 });
    expect(make('h', { maxPoolSize: 4 }).options).toMatchObject({ maxPoolSize: 4 });
  });

  it.each([
    ['name', 'server.example', ['server.example:27017']],
    ['IP address', '10.0.0.7', ['10.0.0.7:27017']],
    ['host:port', 'server.example:27020', ['server.example:27020']],
    ['connection string', 'mongodb://a,b:27020/?replicaSet=rs', ['a:27017', 'b:27020']],
    ['socket path', '/tmp/mongodb-27017.sock', ['/tmp/mongodb-27017.sock']],
    ['list', ['a', 'b:27020', '10.0.0.7'], ['a:27017', 'b:27020', '10.0.0.7:27017']],
  ])('[CONN-3] %s', (_form, host, expected) => {
    expect(seeds(host)).toEqual(expected);
  });

  it('[CONN-4] port is for hosts without one', () => {
    expect(seeds(['a', 'b:27020'], { port: 27018 })).toEqual(['a:27018', 'b:27020']);
    expect(seeds(['a', 'b:27020'], 27018)).toEqual(['a:27018', 'b:27020']);
  });

  it('[CONN-5] port is an integer from 1 to 65535', () => {
    expect(() => make({ port: '27017' as any })).toThrow(TypeError);
    expect(() => make({ port: 1.5 })).toThrow(TypeError);
    expect(() => make({ port: 70_000 })).toThrow(ConfigurationError);
    for (const uri of ['mongodb://h:0', 'mongodb://h:70000']) expect(() => make(uri)).toThrow(InvalidURI);
  });

  it('[CONN-6] one connection string in a list; several are merged on request', () => {
    expect(() => make(['mongodb://u1:p1@a/x', 'mongodb://u2:p2@b/y'])).toThrow(ConfigurationError);
    const client = make(mergeConnectionStrings(['mongodb://u1:p1@a/x', 'mongodb://u2:p2@b/y']));
    expect(client.options.hosts.map(String)).toEqual(['a:27017', 'b:27017']);
    expect(client.options.credentials?.username).toBe('u2');
    expect(client.getDefaultDatabase().name).toBe('y');
  });

  it('[CONN-7] IPv6 literals stand in brackets', () => {
    expect(make('[::1]:27018').options.hosts[0]).toMatchObject({ host: '::1', port: 27018 });
    expect(make('[::1]').options.hosts[0]).toMatchObject({ host: '::1' });
    expect(make('mongodb://[::1]:27018').options.hosts[0]).toMatchObject({ host: '::1', port: 27018 });
    expect(() => make('::1:27018')).toThrow(ConfigurationError);
    expect(() => make('mongodb://::1:27018')).toThrow(InvalidURI);
  });

  it('[CONN-8] an ambiguous user part is refused', () => {
    for (const uri of ['mongodb://us@er:pw@h', 'mongodb://u:%zz@h'])
      expect(() => make(uri)).toThrow(InvalidURI);
    expect(new InvalidURI('x')).toBeInstanceOf(ConfigurationError);
  });

  it('[CONN-9] [CONN-10] Unix domain sockets, percent-encoded in a URI and literally as a bare host', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'asyncmongo-'));
    try {
      const socket = path.join(directory, 'mongodb-27017.sock');
      const server = await startServer({ path: socket });
      await clientOf(`mongodb://${encodeURIComponent(socket)}`).ping();
      await clientOf(socket).ping();
      expect(server.received('ping')).toHaveLength(2);
      expect(seeds(socket)).toEqual([socket]);
      expect(make(socket).options.hosts[0]).toMatchObject({ socketPath: socket });
      await closeAll();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('[CONN-11] a name is one server, however many addresses it has', async () => {
    const server = await startServer({ host: '127.0.0.1' });
    const client = clientOf(`mongodb://localhost:${String(server.port)}`);
    await client.ping();
    expect([...client.topologyDescription.servers.keys()]).toEqual([`localhost:${String(server.port)}`]);
  });

  it.each(['mongodb+srv://', 'mongodb+srv://a.b.c,d.e.f', 'mongodb+srv://a.b.c:27017'])(
    '[CONN-20] %s is refused',
    (uri) => {
      expect(() => make(uri)).toThrow(ConfigurationError);
    },
  );

  it('[CONN-31] empty hosts are refused', () => {
    for (const host of ['mongodb://a,,b', 'mongodb://a,', 'mongodb://,a', '', ['a', '']]) {
      expect(() => make(host)).toThrow(ConfigurationError);
    }
  });
});

describe('options', () => {
  it('[CONN-12] the options object wins over the connection string', () => {
    expect(make('mongodb://h/?maxPoolSize=5', { maxPoolSize: 7 }).options.maxPoolSize).toBe(7);
  });

  it('[CONN-13] names of a URI know no case; unknown ones warn in a URI and throw in the object', async () => {
    expect(make('mongodb://h/?MAXPOOLSIZE=5').options.maxPoolSize).toBe(5);
    const warnings = await warningsOf(() => make('mongodb://h/?nope=1'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('nope');
    expect(() => make({ maxPolSize: 5 } as any)).toThrow(ConfigurationError);
    expect(() => make({ maxPolSize: 5 } as any)).toThrow(/maxPoolSize/);
  });

  it('[CONN-14] wrong values throw before any I/O; in a URI they are left out with one warning', async () => {
    const connect = jest.spyOn(net.Socket.prototype, 'connect');
    try {
      for (const [options, error] of [
        [{ zlibCompressionLevel: 10 }, ConfigurationError],
        [{ maxConnecting: 0 }, ConfigurationError],
        [{ tls: 'yes' }, TypeError],
      ] as const) {
        expect(() => new AsyncMongoClient('mongodb://127.0.0.1:1', options as any)).toThrow(error);
      }
      await new Promise((resolve) => setImmediate(resolve));
      expect(connect).not.toHaveBeenCalled();
    } finally {
      connect.mockRestore();
    }
    const parsed = parseConnectionString('mongodb://h/?zlibCompressionLevel=10');
    expect(parsed.options).not.toHaveProperty('zlibCompressionLevel');
    expect(parsed.warnings).toHaveLength(1);
    for (const query of ['w=-1', 'wtimeoutMS=-1', 'ssl=true&tls=false']) {
      expect(() => parseConnectionString(`mongodb://h/?${query}`)).toThrow(InvalidURI);
    }
  });

  it('[CONN-27] directConnection is one server whatever its role, the default is the whole set', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    const uri = `mongodb://${set.hosts[1] ?? ''}/`;
    const direct = clientOf(uri, { directConnection: true });
    await direct.connect();
    expect(direct.topologyDescription.topologyTypeName).toBe('Single');
    expect(direct.topologyDescription.servers.size).toBe(1);
    const whole = clientOf(uri);
    expect(whole.options.directConnection).toBe(false);
    await whole.connect();
    await arrival(() => whole.nodes.size === 3);
    expect(whole.topologyDescription.topologyTypeName).toBe('ReplicaSetWithPrimary');
    expect(whole.topologyDescription.servers.size).toBe(3);
  });

  it('[CONN-28] directConnection with several hosts or SRV is refused', () => {
    expect(() => make('mongodb://a,b/?directConnection=true')).toThrow(ConfigurationError);
    expect(() => make(['a', 'b'], { directConnection: true })).toThrow(ConfigurationError);
    expect(() => make('mongodb+srv://a.b.c', { directConnection: true })).toThrow(ConfigurationError);
    expect(() => make(['a', 'mongodb://b/?directConnection=true'])).toThrow(ConfigurationError);
  });

  it('[CONN-29] former names work, warn once, and yield to the present ones', async () => {
    let client = make();
    const warnings = await warningsOf(() => {
      client = make('mongodb://h/?j=true');
    });
    expect(client.writeConcern.journal).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(make('mongodb://h/?j=true&journal=false').writeConcern.journal).toBe(false);
    const silent = await warningsOf(() => {
      client = make('mongodb://h/?ssl=true&wTimeout=5&w=1');
    });
    expect(silent).toEqual([]);
    expect(client.options.tls).toBe(true);
    expect(client.writeConcern.wTimeoutMS).toBe(5);
    for (const former of ['sslMatchHostname', 'ssl_match_hostname']) {
      expect(make('h', { tls: true, [former]: false }).options.tlsAllowInvalidHostnames).toBe(true);
    }
  });

  it('[CONN-30] handles print like their constructors, never the password', () => {
    expect(inspect(make().db('test_database'))).toBe(
      "AsyncDatabase(AsyncMongoClient(host=['localhost:27017'], documentClass=Object, tzAware=false, connect=false), 'test_database')",
    );
    const secret = make('mongodb://u:secret@h');
    for (const handle of [secret, secret.db('d'), secret.db('d').collection('c')]) {
      for (const text of [inspect(handle, { depth: Infinity, showHidden: true }), String(handle)]) {
        expect(text).not.toContain('secret');
        expect(text).toContain("host=['h:27017']");
      }
    }
  });
});

describe('connecting', () => {
  it('[CONN-15] the constructor returns at once, whatever is down or wrong', async () => {
    const address = await deadAddress();
    const start = performance.now();
    const client = clientOf(`mongodb://user:wrong@${address}`, { serverSelectionTimeoutMS: 100 });
    expect(performance.now() - start).toBeLessThan(50);
    expect(await rejectionOf(client.db('d').collection('c').insertOne({ x: 1 }))).toBeInstanceOf(
      ConnectionFailure,
    );
  });

  it('[CONN-16] connect: true says hello without an operation, false says nothing until one', async () => {
    const [eager, lazy] = [await startServer(), await startServer()];
    const client = clientOf(eager, { connect: true });
    const heard: string[] = [];
    client.on('topologyOpening', () => heard.push('topologyOpening'));
    const waiting = clientOf(lazy, { connect: false });
    await eager.waitFor(({ commandName }) => isHello(commandName));
    expect(heard).toEqual(['topologyOpening']);
    expect(lazy.connections).toHaveLength(0);
    await waiting.ping();
    expect(lazy.connections.length).toBeGreaterThan(0);
  });

  it.each(['AWS_LAMBDA_RUNTIME_API', 'FUNCTIONS_WORKER_RUNTIME', 'K_SERVICE', 'FUNCTION_NAME', 'VERCEL'])(
    '[CONN-17] with %s set nothing connects by itself',
    async (name) => {
      const [quiet, told] = [await startServer(), await startServer()];
      process.env[name] = '1';
      try {
        const client = clientOf(quiet);
        clientOf(told, { connect: true });
        await told.waitFor(({ commandName }) => isHello(commandName));
        expect(quiet.connections).toHaveLength(0);
        await client.ping();
        expect(quiet.received('ping')).toHaveLength(1);
      } finally {
        delete process.env[name];
      }
    },
  );

  it('[CONN-18] connect() resolves to the client, rejects on a dead host, and parallel calls share a topology', async () => {
    const { client } = await serverAndClient({}, { connect: false });
    let opened = 0;
    client.on('topologyOpening', () => opened++);
    const results = await Promise.all(Array.from({ length: 10 }, () => client.connect()));
    expect(results.every((result) => result === client)).toBe(true);
    expect(await client.connect()).toBe(client);
    expect(opened).toBe(1);
    const dead = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 50 });
    expect(await rejectionOf(dead.connect())).toBeInstanceOf(ServerSelectionTimeoutError);
  });

  it('[TOPO-7] no member claims that the deployment is alive: ping asks it', async () => {
    const { server, client } = await serverAndClient({}, { serverSelectionTimeoutMS: 1_500 });
    expect(await client.ping()).toBe(true);
    await server.close();
    expect(await client.ping()).toBe(false);
    closeLater(await startScriptedServer({ port: server.port }));
    expect(await client.ping()).toBe(true);
    expect(typeof (client as unknown as { readonly alive: unknown }).alive).not.toBe('boolean');
    await expect(client.ping({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  it('[CONN-19] ping on admin tells whether anybody answers', async () => {
    const { client } = await serverAndClient();
    expect(await client.db('admin').command('ping')).toEqual({ ok: 1 });
    const dead = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 200 });
    const start = performance.now();
    expect(await rejectionOf(dead.db('admin').command('ping'))).toBeInstanceOf(ConnectionFailure);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('what a connection tells the server', () => {
  it('[INFO-1] the name of the application, at most 128 bytes of it', async () => {
    const appName = 'ä'.repeat(64);
    const { server, client } = await serverAndClient({}, { appName });
    await client.ping();
    for (const { metadata } of server.connections)
      expect(metadata?.['application']).toEqual({ name: appName });
    const { server: other, client: unnamed } = await serverAndClient();
    await unnamed.ping();
    expect(other.connections[0]?.metadata).not.toHaveProperty('application');
    expect(() => make({ appName: `${appName}x` })).toThrow(ConfigurationError);
  });

  it('[INFO-2] name, version and platform of a library on top of the driver', async () => {
    const { server, client } = await serverAndClient(
      {},
      { driverInfo: { name: 'MyLib', version: '1.2.3', platform: 'MyPlatform' } },
    );
    await client.ping();
    for (const { metadata } of server.connections) {
      expect(metadata?.['driver'].name).toBe('asyncmongo|MyLib');
      expect(metadata?.['driver'].version).toMatch(/^[^|]+\|1\.2\.3$/);
      expect(metadata?.['platform']).toMatch(/^Node\.js[^|]*\|.*MyPlatform$/);
    }
    for (const wrong of [5, { name: 5 }, { name: 'x', version: 1 }, { name: 'x', platform: [] }]) {
      expect(() => make({ driverInfo: wrong as any })).toThrow(TypeError);
    }
  });

  it('[CONN-27] a member that names another set is not joined', async () => {
    const server = await startServer();
    server.setHello(() =>
      memberHello({ hosts: [server.address], me: server.address, primary: server.address }),
    );
    const client = clientOf(`mongodb://${server.address}/?replicaSet=other`, {
      serverSelectionTimeoutMS: 1_000,
    });
    expect(String(await rejectionOf(client.db('admin').command('ping')))).toMatch(/other/);
  });
});
