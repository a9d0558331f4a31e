import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId, type Document } from 'bson';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Runtime } from '../../lib/core/runtime.js';
import { AsyncMongoClient, type AsyncMongoClientOptions } from '../../lib/index.js';
import { createCertificateAuthority, type CertificateAuthority } from '../support/certificates.js';
import { startDnsServer, type DnsServer } from '../support/dns-server.js';
import {
  memberHello,
  mongosHello,
  startScriptedServer,
  type ScriptedRequest,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { readOfficialFiles } from './official-files.js';
import { hasSpecData } from './spec-data.js';
import { SERVER_NAMES, SRV_ZONE } from './srv-zone.js';
import { optionsInLowerCase } from './uri-case.js';

/** `source/initial-dns-seedlist-discovery/tests/README.md`, "Test Format and Use". */
interface SeedlistCase {
  readonly uri: string;
  readonly seeds?: readonly string[];
  readonly numSeeds?: number;
  readonly hosts?: readonly string[];
  readonly numHosts?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly parsed_options?: Readonly<Record<string, string>>;
  readonly error?: boolean;
  readonly ping?: boolean;
}

type Hello = (port: number) => Document | ((request: ScriptedRequest) => Document);

/** The deployment that each folder of tests asks for: its ports, and what a server on one of them says. */
const DEPLOYMENTS: Readonly<Record<string, { readonly ports: readonly number[]; readonly hello: Hello }>> = {
  'replica-set': {
    ports: [27017, 27018, 27019],
    hello: (port) =>
      memberHello({
        hosts: ['localhost:27017', 'localhost:27018', 'localhost:27019'],
        me: `localhost:${String(port)}`,
        primary: 'localhost:27017',
        setName: 'repl0',
      }),
  },
  sharded: { ports: [27017, 27018], hello: () => mongosHello() },
  'load-balanced': {
    ports: [8000],
    hello: () => {
      const serviceId = new ObjectId();
      return ({ command }) => ({ ...mongosHello(), ...(command['loadBalanced'] === true && { serviceId }) });
    },
  },
};

/** The servers of one deployment, each port twice: with TLS as the tests want it, and plain for `tls=false`. */
class Deployment {
  readonly #servers = new Map<string, ScriptedServer>();

  async start(folder: string, authority: CertificateAuthority): Promise<void> {
    const { ports, hello } = DEPLOYMENTS[folder]!;
    const { cert, key } = authority.issue({ commonName: 'localhost', names: SERVER_NAMES });
    for (const port of ports) {
      const options = { hello: hello(port) };
      this.#servers.set(`tls ${String(port)}`, await startScriptedServer({ ...options, tls: { cert, key } }));
      this.#servers.set(`tcp ${String(port)}`, await startScriptedServer(options));
    }
  }

  /** Names are looked up at the test's name server; every host is this machine, its ports are mapped to real ones. */
  runtime(dns: DnsServer): Runtime {
    return {
      ...nodeRuntime,
      dns: dns.resolver,
      connect: (target) => {
        const { host, port, tls } = target;
        const server = this.#servers.get(`${tls === undefined ? 'tcp' : 'tls'} ${String(port)}`);
        if (server === undefined) return Promise.reject(new Error(`nothing listens on port ${String(port)}`));
        const place = { ...target, host: '127.0.0.1', port: server.port };
        return nodeRuntime.connect(
          tls === undefined ? place : { ...place, tls: { ...tls, servername: host ?? '' } },
        );
      },
    };
  }

  /** Connections that were ever made to any server. */
  get contacts(): number {
    return [...this.#servers.values()].reduce((sum, { connections }) => sum + connections.length, 0);
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) await server.close();
    this.#servers.clear();
  }
}

/** Resolves as soon as exactly these servers were found and have answered. */
const discovered = async (client: AsyncMongoClient, hosts: readonly string[]): Promise<void> => {
  const expected = [...hosts].sort();
  const done = (): boolean => {
    const servers = [...client.topologyDescription.servers.values()];
    return (
      servers.every(({ serverType }) => serverType !== 'Unknown') &&
      JSON.stringify(servers.map(({ address }) => address).sort()) === JSON.stringify(expected)
    );
  };
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (done()) resolve();
    };
    client.on('topologyDescriptionChanged', check);
    check();
  });
};

describe('initial DNS seedlist discovery, official files', () => {
  if (!hasSpecData()) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  const authority = createCertificateAuthority();
  const folder = mkdtempSync(join(tmpdir(), 'asyncmongo-srv-'));
  const tlsCAFile = join(folder, 'ca.pem');
  let dns: DnsServer;
  let client: AsyncMongoClient | undefined;

  beforeAll(async () => {
    writeFileSync(tlsCAFile, authority.cert);
    dns = await startDnsServer(SRV_ZONE);
  });
  afterEach(async () => {
    await client?.close();
    client = undefined;
  });
  afterAll(async () => {
    await dns.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(Object.keys(DEPLOYMENTS))('%s', (name) => {
    const deployment = new Deployment();
    beforeAll(() => deployment.start(name, authority));
    afterAll(() => deployment.close());

    /** Certificates are checked, except where the connection string turns TLS off. */
    const open = (uri: string, more: AsyncMongoClientOptions = {}): AsyncMongoClient => {
      client = new AsyncMongoClient(uri, {
        runtime: deployment.runtime(dns),
        serverSelectionTimeoutMS: 5_000,
        connect: false,
        ...(!/(?:ssl|tls)=false/.test(uri) && { tlsCAFile }),
        ...more,
      });
      return client;
    };

    const fails = async ({ uri }: SeedlistCase): Promise<void> => {
      const attempt = async (): Promise<void> => {
        await open(uri).ping();
      };
      const before = deployment.contacts;
      await expect(attempt()).rejects.toBeInstanceOf(ConfigurationError);
      expect(deployment.contacts).toBe(before);
    };

    /** Where a connection string has no user, an authSource shows with one from the options object. */
    const authSourceOf = async (uri: string): Promise<string | undefined> => {
      const other = open(uri, { username: 'u', password: 'p' });
      await expect(other.db('admin').command('ping')).rejects.toThrow();
      return other.options.credentials?.source;
    };

    const succeeds = async (test: SeedlistCase): Promise<void> => {
      const { authSource, ...options } = test.options ?? {};
      if (authSource !== undefined) {
        expect(await authSourceOf(test.uri)).toBe(authSource);
        await client?.close();
      }
      const tested = open(test.uri);
      if (test.ping !== false) await tested.ping();
      else await tested.secondaries;
      const seeds = tested.options.hosts.map(String);
      if (test.seeds !== undefined) expect([...seeds].sort()).toEqual([...test.seeds].sort());
      if (test.numSeeds !== undefined) expect(seeds).toHaveLength(test.numSeeds);
      if (test.hosts !== undefined) await discovered(tested, test.hosts);
      if (test.numHosts !== undefined) expect(tested.topologyDescription.servers.size).toBe(test.numHosts);
      const { ssl, ...others } = options;
      expect(optionsInLowerCase({ ...tested.options })).toMatchObject(
        optionsInLowerCase({ ...others, ...(ssl !== undefined && { tls: ssl }) }),
      );
      const { user, password, db, defaultDatabase } = test.parsed_options ?? {};
      const { credentials, database } = tested.options;
      if (user !== undefined) expect(credentials?.username).toBe(user);
      if (password !== undefined) expect(credentials?.password).toBe(password);
      const named = db ?? defaultDatabase;
      if (named !== undefined) expect(database).toBe(named);
    };

    const files = readOfficialFiles<SeedlistCase>(`initial-dns-seedlist-discovery/tests/${name}`) ?? [];
    it('has files', () => expect(files.length).toBeGreaterThan(2));
    it.each(files)('$name', ({ content }) => (content.error === true ? fails(content) : succeeds(content)));
  });
});
