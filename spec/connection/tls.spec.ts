import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket, TlsOptions as ServerTlsOptions } from 'node:tls';
import type { Connection } from '../../lib/connection/connection.js';
import type { OpenConnectionOptions } from '../../lib/connection/open-connection.js';
import { createTlsContext, type TlsContextOptions } from '../../lib/connection/tls-context.js';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { ConnectionFailure } from '../../lib/core/errors/connection.js';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { HostAddress } from '../../lib/options/host-address.js';
import { createCertificateAuthority } from '../support/certificates.js';
import { openTestConnection, ping, rejectionOf } from '../support/open-test-connection.js';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.js';

const authority = createCertificateAuthority('One');
const otherAuthority = createCertificateAuthority('Other');
const local = authority.issue({ commonName: 'server', names: ['localhost', '127.0.0.1'] });
const elsewhere = authority.issue({ commonName: 'server', names: ['other.example'] });
const fromOther = otherAuthority.issue({ commonName: 'server', names: ['localhost'] });
const client = authority.issue({ commonName: 'the client' });
const revoked = authority.issue({ commonName: 'server', names: ['localhost'] });
const revocations = authority.revoke(revoked);

let directory: string;
const files: Record<string, string> = {};
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asyncmongo-tls-'));
  const contents = {
    ca: authority.cert,
    otherCa: otherAuthority.cert,
    bundle: `# both\n${otherAuthority.cert}\n${authority.cert}`,
    client: client.combined,
    encrypted: client.encryptedWith('secret'),
    certificateOnly: client.cert,
    keyOnly: client.key,
    mismatch: `${client.cert}${local.key}`,
    weak: authority.issue({ commonName: 'weak', rsaBits: 512 }).combined,
    damaged: authority.cert.replace(/\n\S{8}/, '\nAAAAAAAA'),
    text: 'hello',
    revocations: revocations.pem,
    derRevocations: revocations.der,
    damagedRevocations: revocations.der.subarray(0, 40),
  };
  for (const [name, content] of Object.entries(contents)) {
    files[name] = join(directory, `${name}.pem`);
    await writeFile(files[name], content);
  }
});

afterAll(() => rm(directory, { recursive: true }));

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const serve = async (tls: ServerTlsOptions = local): Promise<ScriptedServer> => {
  const server = await startScriptedServer({ tls });
  closers.push(() => server.close());
  return server;
};

const open = async (
  server: ScriptedServer,
  tls: TlsContextOptions,
  options: Partial<OpenConnectionOptions> & { host?: string } = {},
): Promise<Connection> => {
  const { host = 'localhost', ...rest } = options;
  const context = createTlsContext({ tls: true, ...tls });
  const connection = await openTestConnection(HostAddress.tcp(host, server.port), { tls: context, ...rest });
  closers.push(() => connection.destroy());
  return connection;
};

const works = async (connection: Connection): Promise<boolean> =>
  (await connection.command(ping(), { deadline: NO_DEADLINE })).ok;

const socketOf = (server: ScriptedServer): TLSSocket => server.connections[0]!.socket as TLSSocket;

describe('TLS connections', () => {
  it('[TLS-1] are encrypted, monitoring ones included', async () => {
    const server = await serve();
    expect(await works(await open(server, { tlsCAFile: files['ca'] }))).toBe(true);
    expect(await works(await open(server, { tlsCAFile: files['ca'] }, { background: true }))).toBe(true);
    expect(server.connections.map(({ socket }) => (socket as TLSSocket).encrypted)).toEqual([true, true]);
  });

  it('[TLS-1] are plain streams by default', async () => {
    expect(createTlsContext({})).toBeUndefined();
    expect(createTlsContext({ tls: false })).toBeUndefined();
    const server = await startScriptedServer();
    closers.push(() => server.close());
    expect(await works(await openTestConnection(server.port))).toBe(true);
    expect(server.connections[0]!.socket).not.toHaveProperty('encrypted');
  });

  it('carry large messages both ways', async () => {
    const server = await serve();
    server.on('find', ({ command }) => ({ text: command['text'] as string }));
    const connection = await open(server, { tlsCAFile: files['ca'] });
    const text = 'x'.repeat(5_000_000);
    const reply = await connection.command(
      { name: 'find', database: 'd', body: { find: 'c', text } },
      { deadline: NO_DEADLINE },
    );
    expect(reply.getString('text')).toBe(text);
  });

  it('[TLS-5] refuse a certificate of an unknown authority, and accept it when told so', async () => {
    const server = await serve();
    const error = await rejectionOf(open(server, {}));
    expect(error).toBeInstanceOf(ConnectionFailure);
    expect(error).toMatchObject({ phase: 'tls', address: `localhost:${String(server.port)}` });
    expect((error as Error).message).toMatch(/certificate/);
    expect(await works(await open(server, { tlsAllowInvalidCertificates: true }))).toBe(true);
  });

  it('[TLS-3] accept everything with tlsInsecure', async () => {
    const server = await serve(
      createCertificateAuthority().issue({ commonName: 'x', names: ['other.example'] }),
    );
    expect(await works(await open(server, { tlsInsecure: true }))).toBe(true);
  });

  it('[TLS-8] ignore the name, but not the chain, with tlsAllowInvalidHostnames', async () => {
    const server = await serve(elsewhere);
    expect((await rejectionOf(open(server, { tlsCAFile: files['ca'] }))) as Error).toMatchObject({
      phase: 'tls',
    });
    expect(await works(await open(server, { tlsCAFile: files['ca'], tlsAllowInvalidHostnames: true }))).toBe(
      true,
    );
    const wrongAuthority = { tlsCAFile: files['otherCa'], tlsAllowInvalidHostnames: true };
    expect(await rejectionOf(open(server, wrongAuthority))).toMatchObject({ phase: 'tls' });
  });

  it('[TLS-9] compare the host with the certificate, names and addresses alike', async () => {
    const refused = await rejectionOf(open(await serve(elsewhere), { tlsCAFile: files['ca'] }));
    expect((refused as Error).message).toMatch(/localhost\.? is not in the cert's altnames/);
    const server = await serve(local);
    expect(await works(await open(server, { tlsCAFile: files['ca'] }, { host: '127.0.0.1' }))).toBe(true);
    const onlyName = await serve(authority.issue({ commonName: 'server', names: ['localhost'] }));
    const byAddress = await rejectionOf(open(onlyName, { tlsCAFile: files['ca'] }, { host: '127.0.0.1' }));
    expect((byAddress as Error).message).toMatch(/IP: 127\.0\.0\.1/);
  });

  it('[TLS-9] send the server name for names and not for addresses', async () => {
    const byName = await serve();
    await works(await open(byName, { tlsCAFile: files['ca'] }));
    expect(socketOf(byName).servername).toBe('localhost');
    const byAddress = await serve();
    await works(await open(byAddress, { tlsCAFile: files['ca'] }, { host: '127.0.0.1' }));
    expect(socketOf(byAddress).servername).toBe(false);
  });

  it('[TLS-10] verify with every certificate of the CA file', async () => {
    expect(await works(await open(await serve(local), { tlsCAFile: files['bundle'] }))).toBe(true);
    expect(await works(await open(await serve(fromOther), { tlsCAFile: files['bundle'] }))).toBe(true);
  });

  it('[TLS-11] present the certificate of tlsCertificateKeyFile', async () => {
    const server = await serve({ ...local, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
    const connection = await open(server, { tlsCAFile: files['ca'], tlsCertificateKeyFile: files['client'] });
    expect(await works(connection)).toBe(true);
    expect(socketOf(server).getPeerCertificate().subject.CN).toBe('the client');
  });

  it('[TLS-11] are refused by a server that wants a certificate where there is none', async () => {
    const server = await serve({ ...local, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
    expect(await rejectionOf(open(server, { tlsCAFile: files['ca'] }))).toBeInstanceOf(ConnectionFailure);
  });

  it('[TLS-12] present a certificate whose key is encrypted', async () => {
    const server = await serve({ ...local, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
    const connection = await open(server, {
      tlsCAFile: files['ca'],
      tlsCertificateKeyFile: files['encrypted'],
      tlsCertificateKeyFilePassword: 'secret',
    });
    expect(await works(connection)).toBe(true);
    expect(socketOf(server).getPeerCertificate().subject.CN).toBe('the client');
  });

  it('to a server that does not speak TLS fail in the phase tls', async () => {
    const server = await startScriptedServer({
      onConnection: (socket) => {
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        return false;
      },
    });
    closers.push(() => server.close());
    expect(await rejectionOf(open(server, { tlsCAFile: files['ca'] }))).toMatchObject({ phase: 'tls' });
  });

  it('[TIME-2] are bounded by connectTimeoutMS where the server never shakes hands', async () => {
    const server = await startScriptedServer({ onConnection: () => false });
    closers.push(() => server.close());
    const error = await rejectionOf(open(server, { tlsCAFile: files['ca'] }, { connectTimeoutMS: 100 }));
    expect(error).toMatchObject({ code: 'ERR_NETWORK_TIMEOUT', phase: 'tls' });
    await server.connections[0]!.closed;
  });
});

describe('tlsCRLFile', () => {
  it.each(['revocations', 'derRevocations'])(
    '[TLS-13] refuses what %s revoke, and nothing else',
    async (list) => {
      const tls = { tlsCAFile: files['ca'], tlsCRLFile: files[list] };
      expect(await works(await open(await serve(), tls))).toBe(true);
      const server = await serve(revoked);
      expect(await rejectionOf(open(server, tls))).toMatchObject({
        phase: 'tls',
        message: expect.stringMatching(/revoked/i),
      });
      expect(await works(await open(server, { tlsCAFile: files['ca'] }))).toBe(true);
    },
  );
});

describe('createTlsContext', () => {
  const messageOf = (options: TlsContextOptions): string => {
    let thrown: unknown;
    try {
      createTlsContext({ tls: true, ...options });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    return (thrown as Error).message;
  };

  it('[TLS-16] names a file that cannot be read', () => {
    expect(messageOf({ tlsCAFile: '/nope.pem' })).toContain('tlsCAFile: the file /nope.pem cannot be read');
    expect(messageOf({ tlsCertificateKeyFile: '/nope.pem' })).toContain(
      'tlsCertificateKeyFile: the file /nope.pem',
    );
  });

  it('[TLS-13] names a file that holds no list of revoked certificates', () => {
    for (const name of ['text', 'ca', 'damagedRevocations']) {
      expect(messageOf({ tlsCRLFile: files[name] })).toContain(`tlsCRLFile: the file ${String(files[name])}`);
    }
    expect(messageOf({ tlsCRLFile: '/nope.pem' })).toContain('tlsCRLFile: the file /nope.pem cannot be read');
  });

  it('[TLS-16] reads no file while TLS is off', () => {
    expect(createTlsContext({ tls: false, tlsCAFile: '/nope.pem' })).toBeUndefined();
  });

  it('[TLS-12] asks for the password of an encrypted key, and refuses a wrong one', () => {
    expect(messageOf({ tlsCertificateKeyFile: files['encrypted'] })).toContain(
      'tlsCertificateKeyFilePassword is missing',
    );
    const wrong = messageOf({
      tlsCertificateKeyFile: files['encrypted'],
      tlsCertificateKeyFilePassword: 'hunter2',
    });
    expect(wrong).toContain('cannot be decrypted');
    expect(wrong).not.toContain('hunter2');
  });

  it('refuses a key that OpenSSL does not take, before any connection', () => {
    expect(messageOf({ tlsCertificateKeyFile: files['weak'] })).toMatch(
      /tlsCertificateKeyFile: the file \S+ cannot be used for TLS: .*too small/,
    );
  });

  it('says what is wrong with the content of a file', () => {
    expect(messageOf({ tlsCAFile: files['text'] })).toContain('holds no certificate');
    expect(messageOf({ tlsCAFile: files['damaged'] })).toContain('cannot be read');
    expect(messageOf({ tlsCertificateKeyFile: files['certificateOnly'] })).toContain('holds no private key');
    expect(messageOf({ tlsCertificateKeyFile: files['keyOnly'] })).toContain('holds no certificate');
    expect(messageOf({ tlsCertificateKeyFile: files['mismatch'] })).toContain(
      'does not belong to its certificate',
    );
  });
});
