import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection } from '../../../lib/connection/connection.js';
import type { OpenConnectionOptions } from '../../../lib/connection/open-connection.js';
import { NO_DEADLINE } from '../../../lib/core/deadline.js';
import { OperationFailure } from '../../../lib/core/errors/server.js';
import { ConfigurationError } from '../../../lib/core/errors/usage.js';
import { Credentials, type CredentialsOptions } from '../../../lib/options/credentials.js';
import { openTestConnection, ping, rejectionOf } from '../../support/open-test-connection.js';
import { scramServer, type ScramServerOptions } from '../../support/scripted-server-scram.js';
import { memberHello, startScriptedServer, type ScriptedServer } from '../../support/scripted-server.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const BOTH = ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const;

const serve = async (options: Partial<ScramServerOptions> = {}): Promise<ScriptedServer> => {
  const users = [{ username: 'ada', password: 'pencil', mechanisms: BOTH }];
  const server = await startScriptedServer(scramServer({ users, ...options }));
  closers.push(() => server.close());
  return server;
};

const open = async (
  server: ScriptedServer,
  credentials: Partial<CredentialsOptions> = {},
  options: Partial<OpenConnectionOptions> = {},
): Promise<Connection> => {
  const connection = await openTestConnection(server.port, {
    credentials: new Credentials({ username: 'ada', password: 'pencil', source: 'admin', ...credentials }),
    ...options,
  });
  closers.push(() => connection.destroy());
  return connection;
};

const names = (server: ScriptedServer): string[] => server.requests.map((request) => request.commandName);

const mechanismsStarted = (server: ScriptedServer): unknown[] =>
  server.received('saslStart').map((request) => request.command['mechanism']);

describe('authentication', () => {
  it('[AUTH-4] negotiates SCRAM-SHA-256 and needs one round trip beside hello', async () => {
    const server = await serve();
    const connection = await open(server);
    const hello = server.requests[0]!.command;
    expect(hello).toMatchObject({
      saslSupportedMechs: 'admin.ada',
      speculativeAuthenticate: { saslStart: 1, mechanism: 'SCRAM-SHA-256', db: 'admin' },
    });
    expect(names(server)).toEqual(['isMaster', 'saslContinue']);
    expect((await connection.command(ping(), { deadline: NO_DEADLINE })).ok).toBe(true);
  });

  it('[AUTH-4] takes SCRAM-SHA-256 where the server lists both and does not speculate', async () => {
    const server = await serve({ speculates: false });
    await open(server, { source: 'app' });
    expect(mechanismsStarted(server)).toEqual(['SCRAM-SHA-256']);
    expect(server.received('saslStart')[0]!.database).toBe('app');
    expect(server.received('saslStart')[0]!.command).not.toHaveProperty('db');
    expect(server.received('saslContinue')[0]!.database).toBe('app');
  });

  it('[AUTH-4] takes SCRAM-SHA-1 where the server lists it alone', async () => {
    const users = [{ username: 'ada', password: 'pencil', mechanisms: ['SCRAM-SHA-1'] as const }];
    const server = await serve({ users });
    await open(server);
    expect(mechanismsStarted(server)).toEqual(['SCRAM-SHA-1']);
  });

  it('[AUTH-4] takes SCRAM-SHA-1 where the server lists nothing', async () => {
    const server = await serve({ negotiates: false, speculates: false });
    await open(server);
    expect(mechanismsStarted(server)).toEqual(['SCRAM-SHA-1']);
  });

  it('does not mind mechanisms it does not know', async () => {
    const server = await serve({ speculates: false });
    const { hello } = scramServer({
      users: [{ username: 'ada', password: 'pencil', mechanisms: BOTH }],
      speculates: false,
    });
    server.setHello((request) => ({
      ...(hello as (r: typeof request) => object)(request),
      saslSupportedMechs: ['NEW-ONE', 'SCRAM-SHA-256'],
    }));
    await open(server);
    expect(mechanismsStarted(server)).toEqual(['SCRAM-SHA-256']);
  });

  it.each(BOTH)('uses %s where it is configured, without negotiation', async (mechanism) => {
    const server = await serve();
    await open(server, { mechanism });
    const hello = server.requests[0]!.command;
    expect(hello).not.toHaveProperty('saslSupportedMechs');
    expect(hello['speculativeAuthenticate']).toMatchObject({ mechanism });
  });

  it.each(BOTH)('goes through the longer conversation of older servers (%s)', async (mechanism) => {
    const server = await serve({ longConversation: true });
    const connection = await open(server, { mechanism });
    expect(names(server)).toEqual(['isMaster', 'saslContinue', 'saslContinue']);
    expect((await connection.command(ping(), { deadline: NO_DEADLINE })).ok).toBe(true);
  });

  it('[AUTH-1] uses name and password literally', async () => {
    const strange = { username: 'u=ser, näme%40', password: 'pass/word=,%40' };
    const server = await serve({ users: [{ ...strange, mechanisms: BOTH }] });
    await open(server, strange);
    expect(server.requests[0]!.command['saslSupportedMechs']).toBe('admin.u=ser, näme%40');
  });

  it('prepares passwords beyond ASCII with SASLprep', async () => {
    // U+2168 is "IX" after preparation (RFC 4013 section 3); the server stores the prepared form.
    const server = await serve({
      users: [{ username: 'IX', password: 'IX', mechanisms: ['SCRAM-SHA-256'] }],
    });
    const connection = await open(server, { username: 'IX', password: 'I\u00adX' });
    expect((await connection.command(ping(), { deadline: NO_DEADLINE })).ok).toBe(true);
    expect((await open(server, { username: 'IX', password: '\u2168' })).closed).toBe(false);
  });

  it('refuses a password that SASLprep prohibits, without quoting it', async () => {
    const server = await serve();
    const error = await rejectionOf(open(server, { password: 'a\u0007b' }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).not.toContain('\u0007');
  });

  it("[AUTH-8] rejects with the server's refusal and closes the connection", async () => {
    const server = await serve();
    const error = await rejectionOf(open(server, { password: 'wrong' }));
    expect(error).toBeInstanceOf(OperationFailure);
    expect(error).toMatchObject({
      code: 18,
      codeName: 'AuthenticationFailed',
      command: 'saslContinue',
      address: server.address,
    });
    await server.connections[0]!.closed;
  });

  it('[AUTH-8] rejects an unknown user with code 18 from saslStart', async () => {
    const server = await serve();
    expect(await rejectionOf(open(server, { username: 'eve' }))).toMatchObject({
      code: 18,
      command: 'saslStart',
    });
  });

  it('refuses a server that does not know the password', async () => {
    const server = await serve({
      tamper: (message, step) => (step === 'final' ? `v=${'A'.repeat(43)}=` : message),
    });
    const error = await rejectionOf(open(server));
    expect(error).toBeInstanceOf(OperationFailure);
    expect((error as Error).message).toContain('did not prove');
    await server.connections[0]!.closed;
  });

  it('refuses a server that asks for too few iterations', async () => {
    const server = await serve({ iterations: 1000 });
    expect(((await rejectionOf(open(server))) as Error).message).toContain('4096');
  });

  it('[AUTH-9] happens on each connection with credentials, before its first use, and on no other', async () => {
    const server = await serve();
    await open(server);
    await open(server);
    await openTestConnection(server.port, { background: true }).then((monitor) =>
      closers.push(() => monitor.destroy()),
    );
    const commands = server.connections.map(({ requests }) => requests.map(({ commandName }) => commandName));
    expect(commands).toEqual([['isMaster', 'saslContinue'], ['isMaster', 'saslContinue'], ['isMaster']]);
    expect(server.connections[2]!.requests[0]!.command).not.toHaveProperty('speculativeAuthenticate');
    expect(server.connections[2]!.requests[0]!.command).not.toHaveProperty('saslSupportedMechs');
  });

  it('is left out with an arbiter, which has no users', async () => {
    const hello = {
      ...memberHello({ hosts: ['a:1'], me: 'a:2', primary: 'a:1' }),
      secondary: false,
      arbiterOnly: true,
    };
    const server = await serve({ hello, speculates: false });
    await open(server);
    expect(names(server)).toEqual(['isMaster']);
  });

  it('declares the API version in each of its commands', async () => {
    const server = await serve({ speculates: false });
    await open(server, {}, { serverApi: { version: '1' } });
    expect(server.requests.map(({ command }) => command['apiVersion'])).toEqual(['1', '1', '1']);
  });

  it('[TIME-2] is bounded by connectTimeoutMS', async () => {
    const server = await serve();
    server.on('saslContinue', 'silence');
    const error = await rejectionOf(open(server, {}, { connectTimeoutMS: 100 }));
    expect(error).toMatchObject({ code: 'ERR_NETWORK_TIMEOUT', phase: 'auth' });
    await server.connections[0]!.closed;
  });

  it.each(['MONGODB-X509', 'PLAIN', 'GSSAPI', 'MONGODB-AWS', 'MONGODB-OIDC'] as const)(
    'with %s says that it is not there, before it connects',
    async (mechanism) => {
      const server = await serve();
      const error = await rejectionOf(open(server, { mechanism }));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as Error).message).toContain(mechanism);
      expect(server.connections).toHaveLength(0);
    },
  );
});
