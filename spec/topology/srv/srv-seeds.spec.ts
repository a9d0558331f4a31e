import { afterEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import { deferred } from '../../../lib/core/deferred.js';
import { ConfigurationError } from '../../../lib/core/errors/usage.js';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import type { DnsResolver, Runtime, SrvRecord } from '../../../lib/core/runtime.js';
import { AsyncMongoClient, type AsyncMongoClientOptions } from '../../../lib/index.js';
import { mongosHello, startScriptedServer, type ScriptedServer } from '../../support/scripted-server.js';

type Closable = { close(): Promise<void> };

const open: Closable[] = [];

const closeLater = <T extends Closable>(closable: T): T => {
  open.push(closable);
  return closable;
};

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

const dnsError = (code: string): Error => Object.assign(new Error(`query ${code}`), { code });

/** A resolver whose answers a test may change, and the servers behind its names: `h1.example.com:1` and so on. */
class Network {
  records: readonly SrvRecord[] | Error;
  texts: readonly (readonly string[])[] = [];
  readonly queries: string[] = [];
  readonly servers: readonly ScriptedServer[];

  constructor(servers: readonly ScriptedServer[]) {
    this.servers = servers;
    this.records = this.host(...servers.map((_, index) => index + 1));
  }

  host(...numbers: readonly number[]): SrvRecord[] {
    return numbers.map((number) => ({ name: `h${String(number)}.example.com`, port: number }));
  }

  runtime(more: Partial<Runtime> = {}, dns: Partial<DnsResolver> = {}): Runtime {
    return {
      ...nodeRuntime,
      dns: {
        resolveSrv: (name) => {
          this.queries.push(name);
          const { records } = this;
          return records instanceof Error ? Promise.reject(records) : Promise.resolve(records);
        },
        resolveTxt: () => Promise.resolve(this.texts),
        lookupCanonical: (name) => Promise.resolve(name),
        ...dns,
      },
      connect: (target) => {
        const server = this.servers[(target.port ?? 0) - 1];
        if (server === undefined)
          return Promise.reject(new Error(`nothing listens at ${String(target.port)}`));
        return nodeRuntime.connect({ ...target, host: '127.0.0.1', port: server.port });
      },
      ...more,
    };
  }

  client(query = '', options: AsyncMongoClientOptions = {}): AsyncMongoClient {
    return closeLater(
      new AsyncMongoClient(`mongodb+srv://c.example.com/?tls=false${query}`, {
        runtime: this.runtime(),
        connect: false,
        serverSelectionTimeoutMS: 5_000,
        ...options,
      }),
    );
  }
}

const network = async (count = 1): Promise<Network> => {
  const servers: ScriptedServer[] = [];
  for (let index = 0; index < count; index++) {
    servers.push(closeLater(await startScriptedServer({ hello: mongosHello() })));
  }
  return new Network(servers);
};

const seedsOf = ({ options }: AsyncMongoClient): string[] => options.hosts.map(String);

/** Fails the test where a rejection is left unhandled while `action` runs, and in the turns after it. */
const withoutUnhandledRejection = async (action: () => Promise<void>): Promise<void> => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  try {
    await action();
    for (let turn = 0; turn < 3; turn++) await new Promise((next) => setImmediate(next));
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  expect(unhandled).toEqual([]);
};

describe('a client of a mongodb+srv connection string', () => {
  it('[CONN-21] starts with the hosts of the SRV record', async () => {
    const net = await network(2);
    const client = net.client();
    await client.ping();
    expect(net.queries).toEqual(['_mongodb._tcp.c.example.com']);
    expect([...client.topologyDescription.servers.keys()]).toEqual(['h1.example.com:1', 'h2.example.com:2']);
    expect(seedsOf(client)).toEqual(['h1.example.com:1', 'h2.example.com:2']);
  });

  it('[CONN-22] takes authSource and replicaSet of the TXT record', async () => {
    const net = await network();
    net.texts = [['authSource=x&replicaSet=rs']];
    const client = net.client('', { username: 'u', password: 'p', serverSelectionTimeoutMS: 50 });
    // The one server there is does not belong to the set.
    await expect(client.connect()).rejects.toMatchObject({ kind: 'server-selection' });
    expect(client.options).toMatchObject({ replicaSet: 'rs', credentials: { source: 'x' } });
    expect(client.topologyDescription.setName).toBe('rs');
    expect(client.topologyDescription.topologyType).toBe('ReplicaSetNoPrimary');
  });

  it('[CONN-22] has the user looked up in the authSource of the TXT record', async () => {
    const net = await network();
    net.texts = [['authSource=users']];
    net.servers[0]?.on('saslStart', { ok: 0, code: 18, errmsg: 'no such user' });
    const client = net.client('&authMechanism=SCRAM-SHA-256', { username: 'u', password: 'p' });
    await expect(client.connect()).rejects.toThrow();
    const [request] = net.servers[0]?.received('saslStart') ?? [];
    expect(request?.command['$db']).toBe('users');
  });

  it('[CONN-22] prefers the connection string and the options object to the TXT record', async () => {
    const net = await network();
    net.texts = [['authSource=x&replicaSet=rs']];
    const user = { username: 'u', password: 'p', serverSelectionTimeoutMS: 500 };
    const byUri = net.client('&authSource=y&replicaSet=uri', user);
    const byOptions = net.client('&authSource=y', { ...user, authSource: 'z', replicaSet: 'object' });
    await expect(byUri.connect()).rejects.toThrow();
    await expect(byOptions.connect()).rejects.toThrow();
    expect(byUri.options).toMatchObject({ replicaSet: 'uri', credentials: { source: 'y' } });
    expect(byOptions.options).toMatchObject({ replicaSet: 'object', credentials: { source: 'z' } });
  });

  it.each([
    ['another option', [['ssl=true']], 'it may set authSource, replicaSet, loadBalanced and nothing else'],
    ['a second TXT record', [['replicaSet=rs'], ['authSource=x']], 'has several TXT records'],
    ['loadBalanced for several hosts', [['loadBalanced=true']], 'loadBalanced: true takes one host'],
  ])('[CONN-22] refuses %s', async (_title, texts, message) => {
    const net = await network(2);
    net.texts = texts;
    const error: unknown = await net
      .client()
      .ping()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(net.servers.flatMap(({ connections }) => connections)).toEqual([]);
  });

  it('speaks to a load balancer where the TXT record says so', async () => {
    const net = await network();
    net.texts = [['loadBalanced=true']];
    const serviceId = new ObjectId();
    net.servers[0]?.setHello({ ...mongosHello(), serviceId });
    const client = net.client();
    await client.ping();
    expect(client.topologyDescription.topologyType).toBe('LoadBalanced');
    expect(net.servers[0]?.requests[0]?.command['loadBalanced']).toBe(true);
  });

  it('[CONN-23] uses TLS unless it is turned off', async () => {
    const net = await network();
    const tlsOf = (query: string, options: AsyncMongoClientOptions = {}): boolean =>
      closeLater(
        new AsyncMongoClient(`mongodb+srv://c.example.com/${query}`, {
          runtime: net.runtime(),
          connect: false,
          ...options,
        }),
      ).options.tls;
    expect(tlsOf('')).toBe(true);
    expect(tlsOf('?tls=false')).toBe(false);
    expect(tlsOf('', { tls: false })).toBe(false);
    const client = net.client();
    await client.ping();
    expect(client.options.tls).toBe(false);
  });

  it('[CONN-24] is made without any look-up, however slow the resolver is', async () => {
    const net = await network();
    const gate = deferred<readonly SrvRecord[]>();
    const asked: string[] = [];
    const resolveSrv = (name: string): Promise<readonly SrvRecord[]> => {
      asked.push(name);
      return gate.promise;
    };
    const client = net.client('', { runtime: net.runtime({}, { resolveSrv }) });
    expect(asked).toEqual([]);
    const pings = Promise.all([client.ping(), client.ping(), client.connect()]);
    await new Promise((next) => setImmediate(next));
    expect(net.servers[0]?.connections).toEqual([]);
    expect(client.topologyDescription.servers.size).toBe(0);
    gate.resolve(net.host(1));
    await pings;
    await client.ping();
    expect(asked).toHaveLength(1);
  });

  it('[CONN-24] rejects with ConfigurationError where the look-up fails, and looks up again at the next attempt', async () => {
    await withoutUnhandledRejection(async () => {
      const net = await network();
      const { records } = net;
      net.records = dnsError('ENOTFOUND');
      const client = net.client();
      await expect(client.connect()).rejects.toBeInstanceOf(ConfigurationError);
      await expect(client.db('admin').command('ping')).rejects.toThrow(
        'The look-up of the SRV record _mongodb._tcp.c.example.com failed with ENOTFOUND',
      );
      await expect(client.primary).rejects.toBeInstanceOf(ConfigurationError);
      expect(net.queries).toHaveLength(3);
      net.records = records;
      await client.connect();
      expect(net.queries).toHaveLength(4);
    });
  });

  it('[CONN-24] looks up in the background with connect: true, where a failure is for the next operation', async () => {
    await withoutUnhandledRejection(async () => {
      const net = await network();
      const { records } = net;
      net.records = dnsError('ESERVFAIL');
      const client = net.client('', { connect: true });
      expect(net.queries).toEqual([]);
      while (net.queries.length === 0) await new Promise((next) => setImmediate(next));
      await new Promise((next) => setImmediate(next));
      net.records = records;
      await client.ping();
      expect(net.queries).toHaveLength(2);
    });
  });

  it('[CONN-24] is bounded by timeoutMS and by a signal while it looks up', async () => {
    await withoutUnhandledRejection(async () => {
      const net = await network();
      const resolveSrv = (): Promise<never> => new Promise(() => undefined);
      const runtime = net.runtime({}, { resolveSrv, servers: () => ['10.0.0.53'] });
      const client = net.client('', { runtime });
      await expect(client.ping({ timeoutMS: 20 })).rejects.toMatchObject({ kind: 'operation-timeout' });
      const reason = new Error('enough');
      await expect(client.ping({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const impatient = net.client('', { runtime, connectTimeoutMS: 20 });
      const timeout = 'SRV record _mongodb._tcp.c.example.com failed with ETIMEOUT';
      await expect(impatient.db('admin').command('ping')).rejects.toThrow(timeout);
      const hasty = net.client('', { runtime, serverSelectionTimeoutMS: 20 });
      const error: unknown = await hasty
        .db('admin')
        .command('ping')
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ kind: 'configuration', message: expect.stringContaining(timeout) });
      expect(error).toMatchObject({ message: expect.stringContaining('(name servers: 10.0.0.53)') });
    });
  });

  it('[CONN-24] can be closed while it looks up', async () => {
    const net = await network();
    const gate = deferred<readonly SrvRecord[]>();
    let query: AbortSignal | undefined;
    const resolveSrv = (_name: string, signal?: AbortSignal): Promise<readonly SrvRecord[]> => {
      query = signal;
      return gate.promise;
    };
    const client = net.client('', { runtime: net.runtime({}, { resolveSrv }) });
    const ping = expect(client.db('admin').command('ping')).rejects.toThrow('The client is closed');
    await client.close();
    expect(query?.aborted).toBe(true);
    gate.resolve(net.host(1));
    await ping;
    await new Promise((next) => setImmediate(next));
    expect(net.servers[0]?.connections).toEqual([]);
  });

  it('looks up anew when it is used again after closing', async () => {
    const net = await network(2);
    net.records = net.host(1);
    const client = net.client('', { reopenOnUse: true });
    await client.ping();
    await client.close();
    net.records = net.host(2);
    await client.ping();
    expect(seedsOf(client)).toEqual(['h2.example.com:2']);
  });

  it('[CONN-25] asks for srvServiceName', async () => {
    const net = await network();
    await net.client('&srvServiceName=customname').ping();
    expect(net.queries).toEqual(['_customname._tcp.c.example.com']);
  });

  it('[CONN-26] takes srvMaxHosts of the hosts, others in other clients', async () => {
    const net = await network();
    net.records = net.host(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const subsets = new Set<string>();
    for (let run = 0; run < 20; run++) {
      const client = net.client('&srvMaxHosts=3', { serverSelectionTimeoutMS: 250 });
      await client.ping().catch(() => undefined);
      expect(new Set(seedsOf(client)).size).toBe(3);
      subsets.add(seedsOf(client).sort().join());
    }
    expect(subsets.size).toBeGreaterThan(1);
    net.records = net.host(1, 2, 3);
    const all = net.client('&srvMaxHosts=5');
    await all.ping();
    expect(seedsOf(all)).toHaveLength(3);
  });

  it('[CONN-26] refuses a positive srvMaxHosts with the replicaSet of a TXT record; 0 is fine', async () => {
    const net = await network();
    net.texts = [['replicaSet=rs']];
    await expect(net.client('&srvMaxHosts=1').ping()).rejects.toThrow(
      'A positive srvMaxHosts cannot be used with replicaSet',
    );
    const client = net.client('&srvMaxHosts=0', { serverSelectionTimeoutMS: 500 });
    await expect(client.db('admin').command('ping')).rejects.toMatchObject({ kind: 'server-selection' });
  });

  it('refuses hosts of a foreign domain before it connects to any', async () => {
    const net = await network();
    net.records = [...net.host(1), { name: 'h1.example.com.evil.org', port: 1 }];
    await expect(net.client().ping()).rejects.toThrow(
      'The SRV record of c.example.com names hosts that are not connected to: "h1.example.com.evil.org" port 1 is not below the domain "example.com"',
    );
    expect(net.servers[0]?.connections).toEqual([]);
  });

  it('follows the record: new routers are used, removed ones are not', async () => {
    const net = await network(2);
    net.records = net.host(1);
    let rescan: (() => void) | undefined;
    const setTimer: Runtime['setTimer'] = (ms, callback, hold) => {
      if (ms === 60_000) rescan = callback;
      return nodeRuntime.setTimer(ms, callback, hold);
    };
    const client = net.client('', { runtime: net.runtime({ setTimer }) });
    await client.ping();
    net.records = net.host(2);
    const closed = new Promise<string>((resolve) => {
      client.once('serverClosed', ({ address }) => resolve(address));
    });
    rescan?.();
    expect(await closed).toBe('h1.example.com:1');
    await client.ping();
    expect([...client.topologyDescription.servers.keys()]).toEqual(['h2.example.com:2']);
    expect(net.servers[1]?.received('ping')).toHaveLength(1);
  });

  it.each(['mongodb+srv://localhost', 'mongodb+srv://mongo.local'])(
    'prose test 1: %s is accepted, though it has fewer than three parts',
    async (uri) => {
      const net = await network();
      const host = uri.slice('mongodb+srv://'.length);
      net.records = [{ name: `h1.${host}`, port: 1 }];
      const client = closeLater(
        new AsyncMongoClient(uri, { runtime: net.runtime(), tls: false, connect: false }),
      );
      await client.ping();
      expect(seedsOf(client)).toEqual([`h1.${host}:1`]);
    },
  );
});
