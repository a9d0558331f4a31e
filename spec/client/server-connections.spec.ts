import { afterEach, describe, expect, it } from '@jest/globals';
import { serverConnections } from '../../lib/client/server-connections.js';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { AsyncMongoClientOptions } from '../../lib/options/async-mongo-client-options.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import type { MonitorConnection } from '../../lib/topology/monitoring/monitor-connection.js';
import { createCertificateAuthority } from '../support/certificates.js';
import { clientOf, closeAll, closeLater, rejectionOf, startServer } from './client-fixture.js';

afterEach(closeAll);

const monitorOf = async (
  server: { readonly uri: string; readonly address: string },
  options: AsyncMongoClientOptions = {},
): Promise<MonitorConnection> => {
  const settings = resolveClientOptions(server.uri, undefined, options, {}).options;
  const connections = serverConnections(settings, nodeRuntime, new EventHub());
  const monitor = await connections.openMonitorConnection(server.address, NO_DEADLINE, 1);
  closeLater({ close: () => Promise.resolve(monitor.destroy()) });
  return monitor;
};

describe('the connection of a monitor', () => {
  it('declares the API version with each check', async () => {
    const server = await startServer();
    const monitor = await monitorOf(server, { serverApi: { version: '1', deprecationErrors: true } });
    await monitor.check(NO_DEADLINE);
    const declared = { hello: 1, apiVersion: '1', apiDeprecationErrors: true };
    expect(server.requests.map(({ command }) => command)).toMatchObject([declared, declared]);
  });

  it('asks with hello where the server knows it, else with isMaster', async () => {
    const server = await startServer();
    await (await monitorOf(server)).check(NO_DEADLINE);
    server.setHello({ helloOk: false });
    await (await monitorOf(server)).check(NO_DEADLINE);
    const names = server.requests.map(({ commandName }) => commandName);
    expect(names).toEqual(['isMaster', 'hello', 'isMaster', 'isMaster']);
  });

  it('measures the handshake without the opening of the stream', async () => {
    const server = await startServer();
    server.once('isMaster', async () => {
      await new Promise((done) => setTimeout(done, 60));
      return undefined;
    });
    const { handshakeMS } = await monitorOf(server);
    expect(handshakeMS).toBeGreaterThan(50);
    expect(handshakeMS).toBeLessThan(2_000);
  });
});

describe('the hints of a selection error', () => {
  it('name the database in which the user is looked up', async () => {
    const server = await startServer({
      script: { saslStart: { ok: 0, code: 18, errmsg: 'Authentication failed.' } },
    });
    const { address } = server;
    const uri = `mongodb://u:p@${address}/?authSource=people&serverSelectionTimeoutMS=200`;
    const client = clientOf(uri, { serverSelectionTimeoutMS: 200 });
    expect(await rejectionOf(client.db('t').command('ping'))).toMatchObject({ code: 18 });
    const error = (await rejectionOf(client.db('t').command('ping'))) as Error;
    expect(error.message).toContain('the database "people" (authSource)');
  });

  it('ask for TLS only where the client does not use it', async () => {
    const silent = await startServer({ script: { '*': 'close' } });
    const plain = clientOf(silent, { serverSelectionTimeoutMS: 200 });
    expect(((await rejectionOf(plain.db('admin').command('ping'))) as Error).message).toContain(
      'it may ask for TLS',
    );
    const { cert, key } = createCertificateAuthority().issue({ commonName: 'localhost' });
    const secure = await startServer({ tls: { cert, key }, script: { '*': 'close' } });
    const options = { tls: true, tlsInsecure: true, serverSelectionTimeoutMS: 200 };
    const { message } = (await rejectionOf(clientOf(secure, options).db('admin').command('ping'))) as Error;
    expect(message).toContain('The server closed the connection before it answered.');
    expect(message).not.toContain('TLS');
  });
});
