import { describe, expect, it } from '@jest/globals';
import { SON } from '../../lib/bson/document.js';
import { ConfigurationError, InvalidURI } from '../../lib/core/errors/usage.js';
import type { AsyncMongoClientOptions } from '../../lib/options/async-mongo-client-options.js';
import type { ClientOptions } from '../../lib/options/client-options.js';
import { DriverInfo } from '../../lib/options/driver-info.js';
import { ReadPreference } from '../../lib/options/read-preference.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import { ServerApi, ServerApiVersion } from '../../lib/options/server-api.js';

const resolve = (...args: Parameters<typeof resolveClientOptions>): ClientOptions =>
  resolveClientOptions(...args).options;
const withOptions = (options: AsyncMongoClientOptions): ClientOptions => resolve(options);
const hosts = (...args: Parameters<typeof resolveClientOptions>): string[] =>
  resolve(...args).hosts.map(String);
const warningsOf = (...args: Parameters<typeof resolveClientOptions>): readonly string[] =>
  resolveClientOptions(...args).warnings;
const credentialsOf = (...args: Parameters<typeof resolveClientOptions>): unknown => {
  const { credentials } = resolve(...args);
  return credentials && { ...credentials, password: credentials.password };
};

describe('forms of the constructor', () => {
  it('[CONN-1] targets localhost:27017 without host and port', () => {
    expect(hosts()).toEqual(['localhost:27017']);
    expect(hosts(null, null, null)).toEqual(['localhost:27017']);
  });

  it('[CONN-2] takes options, host with options, and host with port and options', () => {
    expect(hosts({ host: 'h' })).toEqual(['h:27017']);
    expect(hosts({ hosts: ['h', 'i'], port: 3 })).toEqual(['h:3', 'i:3']);
    expect(hosts('h', { maxPoolSize: 200 })).toEqual(['h:27017']);
    const options = resolve('h', 27018, { maxPoolSize: 200 });
    expect(options.hosts.map(String)).toEqual(['h:27018']);
    expect(options.maxPoolSize).toBe(200);
    expect(hosts(undefined, 27018)).toEqual(['localhost:27018']);
  });

  it('[CONN-2] refuses a host or port that is given twice, and arguments in another order', () => {
    expect(() => resolve('h', { host: 'i' })).toThrow(ConfigurationError);
    expect(() => resolve('h', 1, { port: 2 })).toThrow(ConfigurationError);
    expect(() => resolve({}, 'h')).toThrow(TypeError);
    expect(() => resolve('h', {}, {})).toThrow(TypeError);
    expect(() => resolve('h', 1, 'x')).toThrow(TypeError);
    expect(() => resolve(5)).toThrow(TypeError);
    expect(() => resolve(['h', 5])).toThrow(TypeError);
  });

  it('[CONN-3] takes names, addresses, host:port, connection strings, socket paths and lists of these', () => {
    expect(hosts('example.com')).toEqual(['example.com:27017']);
    expect(hosts('10.0.0.1')).toEqual(['10.0.0.1:27017']);
    expect(hosts('h:27020')).toEqual(['h:27020']);
    expect(hosts('mongodb://h,i:3')).toEqual(['h:27017', 'i:3']);
    expect(hosts(['a', '[::1]:5', '/tmp/x.sock', 'mongodb://b'])).toEqual([
      'a:27017',
      '[::1]:5',
      '/tmp/x.sock',
      'b:27017',
    ]);
    expect(hosts(['a', 'A:27017'])).toEqual(['a:27017']);
  });

  it('[CONN-4] applies port to hosts that carry none', () => {
    expect(hosts(['a', 'b:27020'], { port: 27018 })).toEqual(['a:27018', 'b:27020']);
    expect(hosts('mongodb://a,b:27020', 27018)).toEqual(['a:27018', 'b:27020']);
  });

  it('[CONN-5] refuses a port that is no integer, or outside 1 to 65535', () => {
    expect(() => resolve({ port: '27017' })).toThrow(TypeError);
    expect(() => resolve('h', 1.5)).toThrow(TypeError);
    expect(() => resolve({ port: 0 })).toThrow(ConfigurationError);
    expect(() => resolve({ port: 65536 })).toThrow(ConfigurationError);
    expect(() => resolve('h:70000')).toThrow(InvalidURI);
  });

  it('[CONN-6] takes one connection string in a list of hosts', () => {
    expect(hosts(['mongodb://u:p@a/x', 'b'])).toEqual(['a:27017', 'b:27017']);
    expect(() => resolve(['mongodb://a', 'mongodb://b'])).toThrow(/mergeConnectionStrings/);
  });

  it('[CONN-7] wants brackets around an IPv6 literal', () => {
    expect(resolve('[::1]:27018').hosts[0]).toMatchObject({ host: '::1', port: 27018 });
    expect(() => resolve('::1:27018')).toThrow(ConfigurationError);
    expect(() => resolve('::1')).toThrow(ConfigurationError);
  });

  it('[CONN-10] takes a bare socket path literally', () => {
    expect(resolve('/tmp/a%2Fb@x.sock').hosts[0]?.socketPath).toBe('/tmp/a%2Fb@x.sock');
  });

  it('[CONN-31] refuses an empty host and an extra comma', () => {
    for (const host of ['', 'a,', ',a', 'a,,b', 'mongodb://a,,b', []]) {
      expect(() => resolve(host)).toThrow(ConfigurationError);
    }
  });

  it('sends a host with a user name to a connection string, without quoting it', () => {
    expect(() => resolve('u:CANARY@h')).toThrow(/^(?!.*CANARY).*mongodb:\/\//);
  });
});

describe('effective options', () => {
  it('[CONN-12] lets the options object win over the connection string', () => {
    expect(resolve('mongodb://h/?maxPoolSize=5', { maxPoolSize: 7 }).maxPoolSize).toBe(7);
    expect(resolve('mongodb://h/?maxPoolSize=5').maxPoolSize).toBe(5);
    expect(resolve('mongodb://h/?maxPoolSize=5', { maxPoolSize: undefined }).maxPoolSize).toBe(5);
    const { readPreference } = resolve('mongodb://h/?readPreference=nearest&readPreferenceTags=dc:ny', {
      readPreference: ReadPreference.PRIMARY,
    });
    expect(readPreference).toBe(ReadPreference.PRIMARY);
  });

  it('[CONN-13] refuses an unknown key and suggests the close ones', () => {
    expect(() => withOptions({ maxPolSize: 5 } as AsyncMongoClientOptions)).toThrow(
      'Unknown option "maxPolSize" (did you mean "maxPoolSize" or "minPoolSize"?)',
    );
    expect(() => withOptions({ maxpoolsize: 5 } as AsyncMongoClientOptions)).toThrow(/"maxPoolSize"/);
    expect(() => withOptions({ readConcern: 'majority' } as AsyncMongoClientOptions)).toThrow(
      /"readConcernLevel"/,
    );
    expect(() => withOptions({ toString: 1 } as never)).toThrow(ConfigurationError);
    expect(() => withOptions(JSON.parse('{"__proto__": 1}') as object)).toThrow(ConfigurationError);
  });

  it.each<[object, new (...args: never[]) => Error]>([
    [{ zlibCompressionLevel: 10 }, ConfigurationError],
    [{ zlibCompressionLevel: -2 }, ConfigurationError],
    [{ maxConnecting: 0 }, ConfigurationError],
    [{ tls: 'yes' }, TypeError],
    [{ maxPoolSize: '5' }, TypeError],
    [{ maxPoolSize: NaN }, TypeError],
    [{ maxPoolSize: 1.5 }, ConfigurationError],
    [{ appName: '' }, ConfigurationError],
    [{ compressors: 5 }, TypeError],
    [{ replicaSet: 5 }, TypeError],
    [{ serverMonitoringMode: 'push' }, ConfigurationError],
    [{ serverSelector: 'x' }, TypeError],
    [{ srvServiceName: 'a--b' }, ConfigurationError],
    [{ runtime: 5 }, TypeError],
  ])('[CONN-14] refuses %j', (options, error) => {
    expect(() => resolve(options)).toThrow(error);
  });

  it('[TIME-7] refuses negative and non-numeric milliseconds', () => {
    for (const name of [
      'timeoutMS',
      'socketTimeoutMS',
      'connectTimeoutMS',
      'serverSelectionTimeoutMS',
      'maxIdleTimeMS',
      'waitQueueTimeoutMS',
      'heartbeatFrequencyMS',
      'localThresholdMS',
      'wTimeoutMS',
    ]) {
      expect(() => resolve({ [name]: -1 })).toThrow(ConfigurationError);
      expect(() => resolve({ [name]: '5' })).toThrow(TypeError);
    }
    expect(withOptions({ socketTimeoutMS: 1500, connectTimeoutMS: null })).toMatchObject({
      socketTimeoutMS: 1500,
      connectTimeoutMS: 0,
    });
  });

  it('[PROP-13] has the documented defaults, frozen', () => {
    const options = resolve();
    expect(options).toMatchObject({
      maxPoolSize: 100,
      minPoolSize: 0,
      maxConnecting: 2,
      maxIdleTimeMS: 0,
      waitQueueTimeoutMS: 0,
      waitQueueMultiple: 0,
      socketKeepAlive: true,
      timeoutMS: undefined,
      serverSelectionTimeoutMS: 30_000,
      connectTimeoutMS: 20_000,
      socketTimeoutMS: 0,
      heartbeatFrequencyMS: 10_000,
      localThresholdMS: 15,
      directConnection: false,
      loadBalanced: false,
      retryWrites: true,
      retryReads: true,
      tls: false,
      compressors: [],
      zlibCompressionLevel: -1,
      srvServiceName: 'mongodb',
      srvMaxHosts: 0,
      serverMonitoringMode: 'auto',
      reopenOnUse: false,
      addIdToDocuments: true,
      connect: true,
    });
    expect(options.credentials).toBeUndefined();
    expect(options.readConcern.isServerDefault).toBe(true);
    expect(options.writeConcern.isServerDefault).toBe(true);
    expect(Object.isFrozen(options)).toBe(true);
    expect(Object.isFrozen(options.hosts)).toBe(true);
  });

  it('[POOL-5] [TOPO-4] takes null for no cap and no limit, and for the default of the heartbeat', () => {
    expect(
      withOptions({
        maxPoolSize: null,
        waitQueueMultiple: null,
        timeoutMS: null,
        heartbeatFrequencyMS: null,
      }),
    ).toMatchObject({
      maxPoolSize: 0,
      waitQueueMultiple: 0,
      timeoutMS: 0,
      heartbeatFrequencyMS: 10_000,
    });
  });

  it('[POOL-9] refuses a minPoolSize above a finite maxPoolSize', () => {
    expect(() => resolve({ minPoolSize: 5, maxPoolSize: 2 })).toThrow(ConfigurationError);
    expect(() => resolve({ minPoolSize: 101 })).toThrow(ConfigurationError);
    expect(resolve({ minPoolSize: 500, maxPoolSize: 0 }).minPoolSize).toBe(500);
    expect(() => resolve('mongodb://h/?minPoolSize=5', { maxPoolSize: 2 })).toThrow(ConfigurationError);
  });

  it('[CONN-16] [CONN-17] connects by default, but not on function platforms', () => {
    const platforms: Record<string, string>[] = [
      { VERCEL: '1' },
      { AWS_LAMBDA_RUNTIME_API: 'x' },
      { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
      { FUNCTIONS_WORKER_RUNTIME: 'node' },
      { K_SERVICE: 's' },
      { FUNCTION_NAME: 'f' },
    ];
    for (const environment of platforms) {
      expect(resolve(undefined, undefined, undefined, environment).connect).toBe(false);
      expect(resolve({ connect: true }, undefined, undefined, environment).connect).toBe(true);
    }
    expect(
      resolve(undefined, undefined, undefined, { VERCEL: '', AWS_EXECUTION_ENV: 'AWS_ECS_EC2' }).connect,
    ).toBe(true);
    expect(resolve({ connect: false }).connect).toBe(false);
  });

  it('[CONN-20] keeps the one host of an SRV connection string, without looking it up', () => {
    expect(resolve('mongodb+srv://a.b.c')).toMatchObject({ hosts: [], srvHost: 'a.b.c', tls: true });
    expect(resolve('mongodb+srv://a.b.c/?tls=false').tls).toBe(false);
    for (const uri of [
      'mongodb+srv://a.b.c,d.e.f',
      'mongodb+srv://a.b.c:27017',
      'mongodb+srv://',
      'mongodb+srv://%2Fx.sock',
    ]) {
      expect(() => resolve(uri)).toThrow(InvalidURI);
    }
    expect(() => resolve(['mongodb+srv://a.b.c', 'h'])).toThrow(ConfigurationError);
    expect(() => resolve('mongodb+srv://a.b.c', 27017)).toThrow(ConfigurationError);
  });

  it('[CONN-27] [CONN-28] takes directConnection with one host only', () => {
    expect(resolve({ directConnection: true }).directConnection).toBe(true);
    expect(() => resolve('mongodb://a,b/?directConnection=true')).toThrow(ConfigurationError);
    expect(() => resolve(['a', 'b'], { directConnection: true })).toThrow(ConfigurationError);
    expect(() => resolve('mongodb+srv://a.b.c', { directConnection: true })).toThrow(ConfigurationError);
    expect(resolve('mongodb://a,b/?directConnection=true', { directConnection: false }).hosts).toHaveLength(
      2,
    );
  });

  it('[CONN-29] maps former names, warns of them, and prefers the present one', () => {
    expect(warningsOf({ j: true })).toEqual(['Option "j" is deprecated: use "journal"']);
    expect(resolve({ j: true, journal: false }).writeConcern.journal).toBe(false);
    expect(warningsOf({ ssl: true, wTimeout: 5, appname: 'x' })).toEqual([]);
    const former = {
      sslCaCerts: 'a',
      ssl_certfile: 'b',
      ssl_keyfile: 'c',
      sslCrlfile: 'd',
      ssl_pem_passphrase: 'e',
    };
    const { options, warnings } = resolveClientOptions(former);
    expect(options).toMatchObject({
      tls: true,
      tlsCAFile: 'a',
      tlsCertificateKeyFile: 'b',
      sslKeyfile: 'c',
      tlsCRLFile: 'd',
    });
    expect(options.tlsCertificateKeyFilePassword).toBe('e');
    expect(warnings).toHaveLength(5);
    expect(resolve({ sslCertReqs: 'CERT_NONE', ssl_match_hostname: false })).toMatchObject({
      tls: true,
      tlsAllowInvalidCertificates: true,
      tlsAllowInvalidHostnames: true,
    });
    expect(resolve({ sslMatchHostname: true }).tls).toBe(false);
  });

  it('[NAME-10] takes the part of the database before its first dot', () => {
    expect(resolve('mongodb://h/a.b').database).toBe('a');
    expect(resolve('mongodb://h').database).toBeUndefined();
  });

  it('[CODEC-1] builds codec options from their fields', () => {
    expect(resolve().codecOptions.documentClass).toBe(Object);
    expect(
      withOptions({ documentClass: SON, tzAware: true, tzinfo: 'Asia/Tokyo' }).codecOptions,
    ).toMatchObject({
      documentClass: SON,
      tzAware: true,
      tzinfo: 'Asia/Tokyo',
    });
    expect(
      resolve('mongodb://h/?unicode_decode_error_handler=replace').codecOptions.unicodeDecodeErrorHandler,
    ).toBe('replace');
    expect(() => resolve({ documentClass: Number })).toThrow(TypeError);
    expect(() => resolve({ tzinfo: 'Asia/Tokyo' })).toThrow(ConfigurationError);
    expect(() => resolve({ uuidRepresentation: 'foo' })).toThrow(ConfigurationError);
  });

  it('refuses loadBalanced, SRV and proxy options that cannot be together', () => {
    for (const options of [
      { loadBalanced: true, replicaSet: 'rs' },
      { loadBalanced: true, directConnection: true },
      { hosts: ['a', 'b'], loadBalanced: true },
      { srvMaxHosts: 2 },
      { proxyPort: 1080 },
      { proxyHost: 'p', proxyUsername: 'u' },
    ]) {
      expect(() => resolve(options)).toThrow(ConfigurationError);
    }
    expect(withOptions({ proxyHost: 'p' }).proxyPort).toBe(1080);
  });

  it('[COMP-6] warns of unknown compressors and leaves them out', () => {
    const { options, warnings } = resolveClientOptions({ compressors: 'lz4, zlib' });
    expect(options.compressors).toEqual(['zlib']);
    expect(warnings).toEqual([expect.stringContaining('"lz4"')]);
    expect(withOptions({ compressors: ['zstd', 'snappy', 'zstd'] }).compressors).toEqual(['zstd', 'snappy']);
  });
});

describe('concerns and read preference', () => {
  it('[WC-1] [WC-2] [WC-4] [WC-8] reads the write concern', () => {
    expect(withOptions({ w: 3, wTimeoutMS: 5 }).writeConcern.toCommand()).toEqual({ w: 3, wtimeout: 5 });
    expect(() => resolve({ w: true })).toThrow(TypeError);
    expect(() => resolve({ w: -1 })).toThrow(ConfigurationError);
    expect(() => resolve({ w: 0, journal: true })).toThrow(ConfigurationError);
    expect(() => resolve('mongodb://h/?w=0', { journal: true })).toThrow(ConfigurationError);
    expect(() => resolve({ journal: true, fsync: true })).toThrow(ConfigurationError);
    expect(() => resolve('mongodb://h/?j=true&fsync=true')).toThrow(ConfigurationError);
  });

  it('[WC-9] reads the read concern level', () => {
    expect(withOptions({ readConcernLevel: 'majority' }).readConcern.toCommand()).toEqual({
      level: 'majority',
    });
    expect(resolve('mongodb://h/?readConcernLevel=anything').readConcern.level).toBe('anything');
  });

  it('[SEL-1] [SEL-2] takes a mode or an object', () => {
    expect(withOptions({ readPreference: 'nearest' }).readPreference).toBe(ReadPreference.NEAREST);
    expect(withOptions({ readPreference: ReadPreference.SECONDARY }).readPreference).toBe(
      ReadPreference.SECONDARY,
    );
    expect(() => resolve({ readPreference: 'second' })).toThrow(/did you mean "secondary"/);
  });

  it('[SEL-3] takes tag sets as text, object, or a list of both', () => {
    const tagSets = (readPreferenceTags: unknown): unknown =>
      resolve({ readPreference: 'secondary', readPreferenceTags }).readPreference.tagSets;
    expect(tagSets('dc:ny,rack:1')).toEqual([{ dc: 'ny', rack: '1' }]);
    expect(tagSets({ dc: 'ny' })).toEqual([{ dc: 'ny' }]);
    expect(tagSets([{ dc: 'ny' }, 'rack:1', ''])).toEqual([{ dc: 'ny' }, { rack: '1' }, {}]);
    expect(() => tagSets('dc')).toThrow(ConfigurationError);
    expect(() => tagSets([5])).toThrow(TypeError);
  });

  it('[SEL-4] [SEL-5] checks the staleness limit', () => {
    for (const maxStalenessSeconds of [30, 0, -2, 90.5]) {
      expect(() => resolve({ readPreference: 'nearest', maxStalenessSeconds })).toThrow(ConfigurationError);
    }
    expect(
      withOptions({ readPreference: 'nearest', maxStalenessSeconds: 90 }).readPreference.maxStalenessSeconds,
    ).toBe(90);
    expect(withOptions({ maxStalenessSeconds: -1 }).readPreference).toEqual(ReadPreference.PRIMARY);
    expect(() => resolve({ readPreference: 'primary', maxStalenessSeconds: 120 })).toThrow(
      ConfigurationError,
    );
    expect(() => resolve({ readPreferenceTags: 'dc:ny' })).toThrow(ConfigurationError);
  });
});

describe('authentication options', () => {
  it('[AUTH-1] takes username and password literally, before those of the connection string', () => {
    expect(credentialsOf({ username: 'user name', password: 'a%40b' })).toMatchObject({
      username: 'user name',
      password: 'a%40b',
    });
    expect(credentialsOf('mongodb://u1:p1@h', { username: 'u2', password: 'p2' })).toMatchObject({
      username: 'u2',
      password: 'p2',
    });
    expect(() => resolve('mongodb://u1:p1@h', { username: 'u2' })).toThrow(/needs a password/);
    expect(() => resolve({ password: 'p' })).toThrow(ConfigurationError);
  });

  it('[AUTH-2] finds the source', () => {
    const source = (uri: string): string | undefined => resolve(uri).credentials?.source;
    expect(source('mongodb://u:p@h/app')).toBe('app');
    expect(source('mongodb://u:p@h')).toBe('admin');
    expect(source('mongodb://u:p@h/app?authSource=x')).toBe('x');
    expect(source('mongodb://u:p@h/a.b')).toBe('a.b');
    expect(source('mongodb://h/app?authSource=x')).toBeUndefined();
    expect(() => resolve({ username: 'u', password: 'p', authSource: '' })).toThrow(ConfigurationError);
  });

  it('[AUTH-3] takes the supported mechanisms and refuses others', () => {
    const complete: Record<string, object> = {
      DEFAULT: { username: 'u', password: 'p' },
      'SCRAM-SHA-1': { username: 'u', password: 'p' },
      'SCRAM-SHA-256': { username: 'u', password: 'p' },
      'MONGODB-X509': {},
      'MONGODB-AWS': {},
      GSSAPI: { username: 'u' },
      PLAIN: { username: 'u', password: 'p' },
      'MONGODB-OIDC': { authMechanismProperties: { OIDC_CALLBACK: () => undefined } },
    };
    for (const [authMechanism, rest] of Object.entries(complete)) {
      const expected = authMechanism === 'DEFAULT' ? undefined : authMechanism;
      expect(resolve({ authMechanism, ...rest }).credentials?.mechanism).toBe(expected);
    }
    expect(() => resolve({ authMechanism: 'FOO', username: 'u', password: 'p' })).toThrow(ConfigurationError);
  });

  it('[AUTH-5] [AUTH-6] [AUTH-7] reads mechanism properties as text or object', () => {
    const properties = (authMechanismProperties: unknown, rest: object): unknown =>
      resolve({ authMechanismProperties, ...rest }).credentials?.mechanismProperties;
    const gssapi = { authMechanism: 'GSSAPI', username: 'u' };
    expect(properties('SERVICE_NAME:other', gssapi)).toEqual({ SERVICE_NAME: 'other' });
    expect(properties({ service_name: 'other' }, gssapi)).toEqual({ SERVICE_NAME: 'other' });
    const token = 'ab/cd+ef==:gh';
    expect(
      properties(`AWS_SESSION_TOKEN:${token}`, {
        authMechanism: 'MONGODB-AWS',
        username: 'u',
        password: 'p',
      }),
    ).toEqual({
      AWS_SESSION_TOKEN: token,
    });
    for (const wrong of ['SERVICE_NAME', 'FOO:bar', 'ENVIRONMENT:azure']) {
      expect(() => properties(wrong, gssapi)).toThrow(ConfigurationError);
    }
    expect(() => properties({ SERVICE_NAME: 5 }, gssapi)).toThrow(TypeError);
  });

  it('takes one way to an OIDC token', () => {
    const oidc = (authMechanismProperties: unknown): unknown =>
      resolve({ authMechanism: 'MONGODB-OIDC', authMechanismProperties });
    expect(() => oidc({ ENVIRONMENT: 'test', OIDC_CALLBACK: () => undefined })).toThrow(ConfigurationError);
    expect(() => oidc({ OIDC_CALLBACK: () => undefined, TOKEN_RESOURCE: 'x' })).toThrow(ConfigurationError);
    expect(() => oidc({ OIDC_CALLBACK: 'x' })).toThrow(TypeError);
    expect(() => oidc({ OIDC_HUMAN_CALLBACK: () => undefined, ALLOWED_HOSTS: 'x' })).toThrow(TypeError);
  });
});

describe('TLS options', () => {
  it('[TLS-1] [TLS-2] takes tls and its alias, which must agree', () => {
    expect(withOptions({ tls: true }).tls).toBe(true);
    expect(withOptions({ ssl: true }).tls).toBe(true);
    expect(withOptions({ ssl: true, tls: true }).tls).toBe(true);
    expect(() => resolve({ ssl: true, tls: false })).toThrow(ConfigurationError);
    expect(() => resolve('mongodb://h/?ssl=true&tls=false')).toThrow(InvalidURI);
  });

  it('[TLS-3] relaxes both checks with tlsInsecure', () => {
    expect(withOptions({ tls: true, tlsInsecure: true })).toMatchObject({
      tlsAllowInvalidCertificates: true,
      tlsAllowInvalidHostnames: true,
    });
  });

  it('[TLS-4] refuses contradicting pairs, however they are split', () => {
    for (const name of [
      'tlsAllowInvalidCertificates',
      'tlsAllowInvalidHostnames',
      'tlsDisableOCSPEndpointCheck',
      'tlsDisableCertificateRevocationCheck',
    ]) {
      for (const value of [true, false]) {
        expect(() => resolve({ tlsInsecure: value, [name]: value })).toThrow(ConfigurationError);
        expect(() => resolve(`mongodb://h/?${name}=${String(value)}`, { tlsInsecure: value })).toThrow(
          ConfigurationError,
        );
      }
    }
  });

  it('[TLS-5] [TLS-6] [TLS-10] turns TLS on by files and by an explicit false', () => {
    for (const name of [
      'tlsAllowInvalidCertificates',
      'tlsAllowInvalidHostnames',
      'tlsDisableOCSPEndpointCheck',
    ]) {
      expect(resolve({ [name]: false }).tls).toBe(true);
      expect(resolve({ [name]: true }).tls).toBe(false);
      expect(resolve(`mongodb://h/?${name}=false`).tls).toBe(true);
    }
    for (const name of ['tlsCAFile', 'tlsCertificateKeyFile', 'tlsCRLFile'])
      expect(resolve({ [name]: 'x.pem' }).tls).toBe(true);
    expect(resolve({ tlsCertificateKeyFilePassword: 'x' }).tls).toBe(false);
    expect(resolve({ tlsAllowInvalidCertificates: true, tls: true })).toMatchObject({
      tls: true,
      tlsAllowInvalidCertificates: true,
    });
  });

  it('[TLS-15] refuses tls: false beside options that imply TLS, and lists them', () => {
    expect(() => resolve({ tls: false, tlsCAFile: 'ca.pem', tlsAllowInvalidHostnames: false })).toThrow(
      /tlsCAFile, tlsAllowInvalidHostnames/,
    );
    expect(() => resolve('mongodb+srv://h.x.y/?tls=false', { tlsCAFile: 'ca.pem' })).toThrow(
      ConfigurationError,
    );
  });
});

describe('application options', () => {
  it('[INFO-1] bounds appName to 128 bytes of UTF-8', () => {
    expect(withOptions({ appName: 'é'.repeat(64) }).appName).toHaveLength(64);
    expect(withOptions({ appname: 'x' }).appName).toBe('x');
    expect(() => resolve({ appName: `${'é'.repeat(64)}x` })).toThrow(ConfigurationError);
    expect(() => resolve({ appName: 5 })).toThrow(TypeError);
  });

  it('[INFO-2] takes driver info', () => {
    const info = new DriverInfo('MyLib', '1.2', 'linux');
    expect(withOptions({ driverInfo: info }).driverInfo).toBe(info);
    expect(withOptions({ driver: { name: 'MyLib' } }).driverInfo).toEqual(new DriverInfo('MyLib'));
    for (const driverInfo of [
      'MyLib',
      {},
      { name: 5 },
      { name: 'x', version: 5 },
      { name: 'x', platform: {} },
    ]) {
      expect(() => resolve({ driverInfo })).toThrow(TypeError);
    }
    expect(() => new DriverInfo('a|b')).toThrow(ConfigurationError);
  });

  it('[INFO-3] refuses what is no listener', () => {
    const listener = new (class {
      started(): void {
        return;
      }
    })();
    expect(
      withOptions({ eventListeners: [listener, { closed: () => undefined }] }).eventListeners,
    ).toHaveLength(2);
    for (const eventListeners of [listener, ['x'], [{}], [() => undefined], [null], [{ started: 5 }]]) {
      expect(() => resolve({ eventListeners })).toThrow(TypeError);
    }
  });

  it('[API-1] [API-2] [API-3] takes a server API', () => {
    expect(resolve().serverApi).toBeUndefined();
    expect(withOptions({ serverApi: { version: '1', strict: true } }).serverApi).toMatchObject({
      version: '1',
      strict: true,
      deprecationErrors: undefined,
    });
    const api = new ServerApi(ServerApiVersion.V1, { deprecationErrors: true });
    expect(withOptions({ serverApi: api }).serverApi).toBe(api);
    expect(() => resolve({ serverApi: { version: '2' } })).toThrow(ConfigurationError);
    expect(() => resolve({ serverApi: { version: '1', strict: 1 } })).toThrow(TypeError);
    expect(() => resolve({ serverApi: { version: '1', srict: true } })).toThrow(ConfigurationError);
    expect(() => resolve({ serverApi: '1' })).toThrow(TypeError);
  });
});
