import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import {
  ConfigurationError,
  ConnectionFailure,
  InvalidURI,
  OperationFailure,
  type AsyncMongoClientOptions,
} from '../../lib/index.js';
import { createCertificateAuthority } from '../support/certificates.js';
import { scramServer, type ScramUser } from '../support/scripted-server-scram.js';
import { clientOf, closeAll, rejectionOf, serverAndClient, startServer } from '../client/client-fixture.js';
import { isHello } from './requirements-fixture.js';

afterEach(closeAll);

const BOTH: ScramUser['mechanisms'] = ['SCRAM-SHA-1', 'SCRAM-SHA-256'];

const serverFor = (username: string, password: string, mechanisms = BOTH, options = {}) =>
  startServer(
    scramServer({
      users: [{ username, password, mechanisms }],
      iterations: 4096,
      speculates: false,
      ...options,
    }),
  );

describe('authentication', () => {
  it('[CONN-8] [AUTH-1] a URI is percent-decoded once, options are taken literally', async () => {
    const server = await serverFor('us@er', 'p/w');
    await clientOf(`mongodb://us%40er:p%2Fw@${server.address}`).ping();
    const other = await serverFor('user name', 'pass/word');
    await clientOf(other, { username: 'user name', password: 'pass/word' }).ping();
    const encoded = await serverFor('a%40b', 'c%2Fd');
    await clientOf(encoded, { username: 'a%40b', password: 'c%2Fd' }).ping();
    expect(encoded.received('ping')).toHaveLength(1);
    await clientOf(`mongodb://u1:p1@${server.address}`, { username: 'us@er', password: 'p/w' }).ping();
    expect(server.received('ping')).toHaveLength(2);
  });

  it.each([
    ['/app', 'app'],
    ['/', 'admin'],
    ['/?authSource=x', 'x'],
    ['/app?authSource=x', 'x'],
  ])('[AUTH-2] with %s the user is looked for in %s', async (path, database) => {
    const server = await serverFor('u', 'p');
    await clientOf(`mongodb://u:p@${server.address}${path}`).ping();
    expect(server.received('saslStart').map((request) => request.database)).toEqual([database]);
    expect(server.requests.find(({ command }) => 'saslSupportedMechs' in command)?.command).toMatchObject({
      saslSupportedMechs: `${database}.u`,
    });
  });

  it('[AUTH-4] SCRAM-SHA-256 where the server lists it, otherwise SCRAM-SHA-1', async () => {
    const mechanismFor = async (mechanisms: ScramUser['mechanisms'], options = {}) => {
      const server = await serverFor('u', 'p', mechanisms, options);
      await clientOf(server, { username: 'u', password: 'p' }).ping();
      return server.received('saslStart').map(({ command }) => command['mechanism'] as string);
    };
    expect(await mechanismFor(BOTH)).toEqual(['SCRAM-SHA-256']);
    expect(await mechanismFor(['SCRAM-SHA-1'])).toEqual(['SCRAM-SHA-1']);
    expect(await mechanismFor(['SCRAM-SHA-1'], { negotiates: false })).toEqual(['SCRAM-SHA-1']);
  });

  it('[AUTH-8] wrong credentials are reported by operations and connect(), not by the constructor', async () => {
    const server = await serverFor('u', 'right');
    const client = clientOf(server, { username: 'u', password: 'wrong' });
    for (const failure of [
      await rejectionOf(client.db('admin').command('ping')),
      await rejectionOf(client.connect()),
    ]) {
      expect(failure).toBeInstanceOf(OperationFailure);
      expect(failure).toMatchObject({ code: 18 });
      expect(String(failure)).not.toContain('wrong');
    }
  });

  it('[AUTH-9] each pooled connection authenticates first, monitors never do', async () => {
    const server = await serverFor('u', 'p');
    const client = clientOf(server, { username: 'u', password: 'p', heartbeatFrequencyMS: 500 });
    await Promise.all(Array.from({ length: 6 }, () => client.ping()));
    const pooled = server.connections.filter(({ requests }) =>
      requests.some(({ commandName }) => commandName === 'ping'),
    );
    expect(pooled.length).toBeGreaterThan(1);
    for (const { requests } of pooled) {
      const names = requests.map(({ commandName }) => commandName);
      expect(names.indexOf('saslStart')).toBeGreaterThan(-1);
      expect(names.indexOf('saslStart')).toBeLessThan(names.indexOf('ping'));
    }
    const monitors = server.connections.filter(({ requests }) =>
      requests.every(({ commandName }) => isHello(commandName)),
    );
    expect(monitors).toHaveLength(1);
    for (const { command } of monitors.flatMap(({ requests }) => requests)) {
      expect(command).not.toHaveProperty('speculativeAuthenticate');
      expect(command).not.toHaveProperty('saslSupportedMechs');
    }
  });

  it('[INFO-6] events hide what authentication says', async () => {
    const server = await serverFor('u', 'canary-password');
    const client = clientOf(server, { username: 'u', password: 'canary-password', connect: false });
    const started: { commandName: string; command: unknown }[] = [];
    const succeeded: { commandName: string; reply: unknown }[] = [];
    client.on('commandStarted', (event) => started.push(event));
    client.on('commandSucceeded', (event) => succeeded.push(event));
    await client.ping();
    const start = started.find(({ commandName }) => commandName === 'saslStart');
    expect(start?.command).toEqual({});
    expect(succeeded.find(({ commandName }) => commandName === 'saslStart')?.reply).toEqual({});
    expect(inspect([started, succeeded], { depth: Infinity })).not.toMatch(/payload|canary/);
  });
});

describe('TLS', () => {
  const authority = createCertificateAuthority('One');
  const foreign = createCertificateAuthority('Other');
  const local = authority.issue({ commonName: 'server', names: ['localhost', '127.0.0.1'] });
  const elsewhere = authority.issue({ commonName: 'server', names: ['other.example'] });
  const selfSigned = foreign.issue({ commonName: 'server', names: ['localhost', '127.0.0.1'] });
  const foreignElsewhere = foreign.issue({ commonName: 'server', names: ['other.example'] });
  const subject = authority.issue({ commonName: 'the client' });
  const files: Record<string, string> = {};
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'asyncmongo-tls-'));
    const contents = {
      ca: authority.cert,
      bundle: `${foreign.cert}${authority.cert}`,
      client: subject.combined,
      encrypted: subject.encryptedWith('key-password'),
    };
    for (const [name, text] of Object.entries(contents)) {
      files[name] = join(directory, `${name}.pem`);
      await writeFile(files[name], text);
    }
  });
  afterAll(() => rm(directory, { recursive: true }));

  const attempt = async (
    tls: TlsOptions | undefined,
    options: AsyncMongoClientOptions,
    host = 'localhost',
  ): Promise<unknown> => {
    const server = await startServer(tls === undefined ? {} : { tls });
    const client = clientOf(`mongodb://${host}:${String(server.port)}`, {
      serverSelectionTimeoutMS: 300,
      ...options,
    });
    try {
      await client.db('admin').command('ping');
      return server;
    } catch (error) {
      return error;
    }
  };
  const accepts = async (...given: Parameters<typeof attempt>): Promise<boolean> => {
    const result = await attempt(...given);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(ConnectionFailure);
      return false;
    }
    return true;
  };

  it('[TLS-1] tls encrypts monitoring and pooled sockets; the default is plain TCP', async () => {
    const server = await startServer({ tls: local });
    const client = clientOf(`mongodb://localhost:${String(server.port)}/?tls=true`, {
      tlsCAFile: files['ca'],
    });
    await client.ping();
    expect(server.connections).toHaveLength(2);
    for (const { socket } of server.connections) expect((socket as TLSSocket).encrypted).toBe(true);
    const plain = await serverAndClient();
    expect(plain.client.options.tls).toBe(false);
    await plain.client.ping();
  });

  it('[TLS-2] ssl is an alias that must agree', () => {
    const { options } = clientOf('mongodb://h/?ssl=true', { connect: false });
    expect(options.tls).toBe(true);
    expect(() => clientOf('mongodb://h/?ssl=true&tls=false', { connect: false })).toThrow(InvalidURI);
    expect(clientOf('mongodb://h/?ssl=true&tls=true', { connect: false }).options.tls).toBe(true);
  });

  it('[TLS-3] tlsInsecure accepts a foreign certificate for another host', async () => {
    expect(await accepts(foreignElsewhere, { tls: true })).toBe(false);
    expect(await accepts(foreignElsewhere, { tls: true, tlsInsecure: true })).toBe(true);
  });

  it('[TLS-5] an unknown authority is refused by default, with a word about the certificate', async () => {
    const error = await attempt(selfSigned, { tls: true });
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(String(error)).toMatch(/certificate/i);
    expect(await accepts(selfSigned, { tls: true, tlsAllowInvalidCertificates: true })).toBe(true);
  });

  it('[TLS-8] tlsAllowInvalidHostnames switches off the name alone', async () => {
    const tlsCAFile = files['ca'];
    expect(await accepts(elsewhere, { tlsCAFile })).toBe(false);
    expect(await accepts(elsewhere, { tlsCAFile, tlsAllowInvalidHostnames: true })).toBe(true);
    expect(await accepts(selfSigned, { tlsCAFile, tlsAllowInvalidHostnames: true })).toBe(false);
  });

  it('[TLS-9] the host is compared with the certificate', async () => {
    const tlsCAFile = files['ca'];
    expect(await accepts(elsewhere, { tlsCAFile })).toBe(false);
    expect(await accepts(local, { tlsCAFile })).toBe(true);
    expect(await accepts(local, { tlsCAFile }, '127.0.0.1')).toBe(true);
  });

  it('[TLS-10] each certificate of the CA file counts, and the file turns TLS on', async () => {
    const tlsCAFile = files['bundle'];
    expect(await accepts(local, { tlsCAFile })).toBe(true);
    expect(await accepts(selfSigned, { tlsCAFile })).toBe(true);
    expect(clientOf('mongodb://h', { connect: false, tlsCAFile }).options.tls).toBe(true);
    expect(clientOf('mongodb://h', { connect: false }).options.tlsCAFile).toBeUndefined();
  });

  it('[TLS-11] the server sees the subject of tlsCertificateKeyFile', async () => {
    const mutual = { ...local, requestCert: true, ca: authority.cert };
    const result = await attempt(mutual, { tlsCAFile: files['ca'], tlsCertificateKeyFile: files['client'] });
    const { connections } = result as Awaited<ReturnType<typeof startServer>>;
    for (const { socket } of connections) {
      expect((socket as TLSSocket).getPeerCertificate().subject.CN).toBe('the client');
    }
    expect(connections).toHaveLength(2);
    expect(
      clientOf('mongodb://h', { connect: false, tlsCertificateKeyFile: files['client'] }).options.tls,
    ).toBe(true);
  });

  it('[TLS-12] an encrypted key needs its password', async () => {
    const mutual = { ...local, requestCert: true, ca: authority.cert };
    const given = { tlsCAFile: files['ca'], tlsCertificateKeyFile: files['encrypted'] };
    expect(await accepts(mutual, { ...given, tlsCertificateKeyFilePassword: 'key-password' })).toBe(true);
    for (const tlsCertificateKeyFilePassword of [undefined, 'wrong-password']) {
      let error: unknown;
      try {
        clientOf('mongodb://h', { connect: false, ...given, tlsCertificateKeyFilePassword });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).not.toContain('wrong-password');
    }
  });

  it('[TLS-16] the constructor names a file that cannot be read', () => {
    for (const option of ['tlsCAFile', 'tlsCertificateKeyFile']) {
      expect(() => clientOf('mongodb://h', { connect: false, [option]: '/nope' })).toThrow(
        ConfigurationError,
      );
      expect(() => clientOf('mongodb://h', { connect: false, [option]: '/nope' })).toThrow(/\/nope/);
    }
  });
});
