import { afterEach, describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { AsyncMongoClient, type AsyncMongoClientOptions } from '../../lib/index.js';
import { closeAll, closeLater, rejectionOf } from '../client/client-fixture.js';

afterEach(closeAll);

/** A client of `mongodb+srv://host` whose resolver knows one record with one target, and that connects nowhere. */
const clientOfRecord = (
  host: string,
  target: string,
  options: AsyncMongoClientOptions = {},
): { readonly client: AsyncMongoClient; readonly connected: string[] } => {
  const connected: string[] = [];
  const client = new AsyncMongoClient(`mongodb+srv://${host}`, {
    connect: false,
    serverSelectionTimeoutMS: 200,
    runtime: {
      ...nodeRuntime,
      dns: {
        resolveSrv: () => Promise.resolve([{ name: target, port: 27017 }]),
        resolveTxt: () => Promise.resolve([]),
        lookupCanonical: (name) => Promise.resolve(name),
      },
      connect: (to) => {
        connected.push(to.host ?? '');
        return Promise.reject(new Error('nothing listens there'));
      },
    },
    ...options,
  });
  return { client: closeLater(client), connected };
};

const seedsAfter = async ({ client }: { readonly client: AsyncMongoClient }): Promise<string[]> => {
  await rejectionOf(client.connect());
  return client.options.hosts.map(({ host }) => host);
};

/** The error of the look-up; nobody was connected to. */
const refusalOf = async (host: string, target: string, options?: AsyncMongoClientOptions): Promise<Error> => {
  const { client, connected } = clientOfRecord(host, target, options);
  const error = await rejectionOf(client.connect());
  expect(connected).toEqual([]);
  expect(client.topologyDescription.servers.size).toBe(0);
  expect(error).toMatchObject({ name: 'ConfigurationError' });
  return error as Error;
};

describe('initial DNS seedlist discovery, prose tests', () => {
  it.each(['localhost', 'mongo.local'])(
    '1. SRV hosts with fewer than three parts are allowed: %s',
    async (host) => {
      const { client, connected } = clientOfRecord(host, `db.${host}`);
      expect(await seedsAfter({ client })).toEqual([`db.${host}`]);
      expect(connected).toContain(`db.${host}`);
    },
  );

  it.each([
    ['localhost', 'localhost.mongodb'],
    ['mongo.local', 'test_1.evil.local'],
    ['blogs.mongodb.com', 'blogs.evil.com'],
  ])('[CONN-21] 2. throws where a host does not end with the domain: %s, %s', async (host, target) => {
    expect((await refusalOf(host, target)).message).toContain('is not below the domain');
  });

  it.each(['localhost', 'mongo.local'])('3. throws where a host is the SRV host itself: %s', async (host) => {
    expect((await refusalOf(host, host)).message).toContain('is not below the domain');
  });

  it.each([
    ['localhost', 'test_1.cluster_1localhost'],
    ['mongo.local', 'test_1.my_hostmongo.local'],
    ['blogs.mongodb.com', 'cluster.testmongodb.com'],
  ])('4. throws where the dot before the domain is missing: %s, %s', async (host, target) => {
    expect((await refusalOf(host, target)).message).toContain('is not below the domain');
  });

  it.each([
    ['blogs.mongodb.com', 'blogs.evil.com'],
    ['mongo.local', 'mongo.local'],
  ])('5. srvHostValidator accepts what the default would reject: %s, %s', async (host, target) => {
    expect(await seedsAfter(clientOfRecord(host, target, { srvHostValidator: () => true }))).toEqual([
      target,
    ]);
  });

  it('6. srvHostValidator rejects what the default would accept', async () => {
    const error = await refusalOf('blogs.mongodb.com', 'cluster.mongodb.com', {
      srvHostValidator: () => false,
    });
    expect(error.message).toContain('is refused by the srvHostValidator');
    const promised = (() => Promise.resolve(true)) as unknown as () => boolean;
    await refusalOf('blogs.mongodb.com', 'cluster.mongodb.com', { srvHostValidator: promised });
  });

  it('7. srvHostValidator receives the normalized name', async () => {
    const seen: string[] = [];
    const srvHostValidator = (host: string): boolean => seen.push(host) > 0;
    const found = clientOfRecord('blogs.mongodb.com', 'CLUSTER.MONGODB.COM.', { srvHostValidator });
    expect(await seedsAfter(found)).toEqual(['cluster.mongodb.com']);
    expect(seen).toEqual(['cluster.mongodb.com']);
  });

  it('8. an error of srvHostValidator is wrapped', async () => {
    const cause = new Error('the validator failed');
    const srvHostValidator = (): boolean => {
      throw cause;
    };
    const error = await refusalOf('blogs.mongodb.com', 'cluster.mongodb.com', { srvHostValidator });
    expect(error.cause).toBe(cause);
  });

  it('9. srvAllowedHostsSuffix and srvHostValidator exclude each other', () => {
    expect(
      () =>
        new AsyncMongoClient('mongodb+srv://blogs.mongodb.com/?srvAllowedHostsSuffix=.mongodb.com', {
          srvHostValidator: () => true,
        }),
    ).toThrow('cannot be given together');
  });

  it('10. a host in mixed case is accepted with srvAllowedHostsSuffix', async () => {
    const options = { srvAllowedHostsSuffix: '.mongodb.com' };
    const found = clientOfRecord('blogs.mongodb.com', 'CLUSTER.MONGODB.COM.', options);
    expect(await seedsAfter(found)).toEqual(['cluster.mongodb.com']);
  });

  it('11. throws where srvHostValidator is no function', () => {
    const options = { srvHostValidator: 'notacallable' as never };
    expect(() => new AsyncMongoClient('mongodb+srv://blogs.mongodb.com/', options)).toThrow(TypeError);
  });

  it('12. a reserved single label is accepted as srvAllowedHostsSuffix', async () => {
    const found = clientOfRecord('cluster.localhost', 'db.cluster.localhost', {
      srvAllowedHostsSuffix: 'localhost',
    });
    expect(await seedsAfter(found)).toEqual(['db.cluster.localhost']);
  });

  it('13. throws where srvHostValidator is used without an SRV connection string', () => {
    const options = { srvHostValidator: () => true };
    expect(() => new AsyncMongoClient('mongodb://localhost:27017', options)).toThrow('mongodb+srv://');
  });
});

describe('srvAllowedHostsSuffix', () => {
  it.each([
    ['mydomain.net', '.mydomain.net'],
    ['.MyDomain.NET.', '.mydomain.net'],
    ['bücher.example.com', '.xn--bcher-kva.example.com'],
    ['local', '.local'],
  ])('%s is read as %s', (given, suffix) => {
    const { client } = clientOfRecord('a.b.c', 'x', { srvAllowedHostsSuffix: given });
    expect(client.options.srvAllowedHostsSuffix).toBe(suffix);
  });

  it.each(['net', '.', '', 'a..b', 'my domain.net'])(
    '%j is refused, in a connection string as well',
    (given) => {
      expect(() => clientOfRecord('a.b.c', 'x', { srvAllowedHostsSuffix: given })).toThrow(
        'srvAllowedHostsSuffix',
      );
      const query = `srvAllowedHostsSuffix=${encodeURIComponent(given)}`;
      expect(() => new AsyncMongoClient(`mongodb+srv://a.b.c/?${query}`, { connect: false })).toThrow();
    },
  );

  it('is compared by whole labels', async () => {
    const options = { srvAllowedHostsSuffix: 'domain.net' };
    expect(await seedsAfter(clientOfRecord('a.b.c', 'x.domain.net', options))).toEqual(['x.domain.net']);
    await refusalOf('a.b.c', 'x.my-domain.net', options);
    await refusalOf('a.b.c', 'x.evildomain.net', options);
  });
});
