import { afterEach, describe, expect, it } from '@jest/globals';
import type { AsyncMongoClientOptions, LogEntry } from '../../lib/index.js';
import {
  clientOf,
  closeAll,
  deadAddress,
  rejectionOf,
  serverAndClient,
  startServer,
  warningsOf,
} from '../client/client-fixture.js';

afterEach(closeAll);

const logging = (logLevel: AsyncMongoClientOptions['logLevel']) => {
  const entries: LogEntry[] = [];
  const levels = typeof logLevel === 'string' ? logLevel : { all: 'off' as const, ...logLevel };
  const options: AsyncMongoClientOptions = { logger: (entry) => entries.push(entry), logLevel: levels };
  return {
    entries,
    options,
    of: (message: string): LogEntry[] => entries.filter((entry) => entry.message === message),
  };
};

describe('command messages', () => {
  it('carry the fields of the specification, and none that is not known', async () => {
    const { options, entries } = logging({ command: 'debug' });
    const { client, server } = await serverAndClient({}, options);
    await client.ping();
    const [started, succeeded] = entries;
    const common = {
      level: 'debug',
      component: 'command',
      commandName: 'ping',
      databaseName: 'admin',
      requestId: expect.any(Number),
      driverConnectionId: 1,
      serverHost: '127.0.0.1',
      serverPort: server.port,
    };
    expect(started).toMatchObject({ ...common, message: 'Command started' });
    expect(started?.['command']).toContain('"ping":1');
    expect(succeeded).toMatchObject({
      ...common,
      message: 'Command succeeded',
      requestId: started?.['requestId'],
    });
    expect(succeeded?.['durationMS']).toEqual(expect.any(Number));
    expect(succeeded?.['reply']).toContain('"ok":1');
    for (const entry of entries) expect(Object.values(entry)).not.toContain(undefined);
    expect(entries.map((entry) => 'serviceId' in entry || 'operationId' in entry)).toEqual([false, false]);
  });

  it('of a refusal have code, labels and reply of the server', async () => {
    const { options, of } = logging('debug');
    const errorReply = {
      ok: 0,
      code: 59,
      codeName: 'CommandNotFound',
      errmsg: 'no such',
      errorLabels: ['L'],
    };
    const { client } = await serverAndClient({ script: { nothing: errorReply } }, options);
    await rejectionOf(client.db('x').command({ nothing: 1 }));
    expect(of('Command failed')[0]?.['failure']).toMatchObject({
      name: 'OperationFailure',
      code: 59,
      codeName: 'CommandNotFound',
      errorLabels: ['L'],
      response: expect.stringContaining('"errmsg":"no such"'),
    });
  });

  it('[INFO-6] of a command with secrets are empty, and those of authentication are not written', async () => {
    const { options, of, entries } = logging({ command: 'debug' });
    const refusal = { ok: 0, code: 51003, errmsg: 'user secret exists' };
    const { client } = await serverAndClient({ script: { createUser: refusal } }, options);
    await rejectionOf(client.db('x').command({ createUser: 'u', pwd: 'secret', roles: [] }));
    expect(of('Command started')[0]?.['command']).toBe('{}');
    expect(of('Command failed')[0]?.['failure']).toMatchObject({ code: 51003, message: 'REDACTED' });
    expect(JSON.stringify(entries)).not.toContain('secret');
  });
});

describe('server selection messages', () => {
  it('tell of a wait and of its failure, whose text leaves out what the description tells', async () => {
    const { options, entries } = logging({ serverSelection: 'debug' });
    const client = clientOf(`mongodb://${await deadAddress()}`, {
      ...options,
      serverSelectionTimeoutMS: 50,
      readPreference: 'secondary',
    });
    expect(await client.ping()).toBe(false);
    expect(entries.map(({ level, message }) => [level, message])).toEqual([
      ['debug', 'Server selection started'],
      ['info', 'Waiting for suitable server to become available'],
      ['debug', 'Server selection failed'],
    ]);
    for (const entry of entries)
      expect(entry).toMatchObject({
        component: 'serverSelection',
        operation: 'ping',
        selector: expect.stringContaining('secondary'),
        topologyDescription: expect.stringContaining('TopologyDescription('),
      });
    expect(entries[1]?.['remainingTimeMS']).toBe(50);
    expect(entries[2]?.['failure']).toMatchObject({
      name: 'ServerSelectionTimeoutError',
      message: expect.not.stringContaining('\n'),
    });
  });

  it("say that the choice is the application's", async () => {
    const { options, of } = logging({ serverSelection: 'debug' });
    const { client } = await serverAndClient({}, { ...options, serverSelector: (servers) => [...servers] });
    await client.ping();
    expect(of('Server selection succeeded')[0]?.['selector']).toContain('custom');
  });

  it('at info are those of waits alone', async () => {
    const { options, entries } = logging('info');
    const { client } = await serverAndClient({}, options);
    await client.connect();
    await client.ping();
    expect(
      entries.filter(({ component }) => component === 'serverSelection').map(({ message }) => message),
    ).toEqual(['Waiting for suitable server to become available']);
  });
});

describe('connection messages', () => {
  it('say why connections are closed and check-outs fail', async () => {
    const { options, of } = logging({ connection: 'debug' });
    const { client } = await serverAndClient(
      { script: { ping: 'close' } },
      { ...options, retryReads: false },
    );
    await rejectionOf(client.db('admin').command('ping'));
    await client.close();
    expect(of('Connection closed')[0]).toMatchObject({
      driverConnectionId: 1,
      reason: 'An error occurred while using the connection',
      error: { name: 'AutoReconnect', phase: 'in-use' },
    });
    expect(of('Connection pool cleared')).toHaveLength(1);
    expect(of('Connection checked out')[0]).toMatchObject({ durationMS: expect.any(Number) });
  });
});

describe('topology messages', () => {
  it('of heartbeats name the connections of both sides', async () => {
    const { options, of } = logging({ topology: 'debug' });
    const server = await startServer({ hello: { connectionId: 77 } });
    const client = clientOf(server, { ...options, serverMonitoringMode: 'poll' });
    await client.connect();
    expect(of('Server heartbeat started')[0]).toMatchObject({ driverConnectionId: 1, awaited: false });
    expect(of('Server heartbeat started')[0]).not.toHaveProperty('serverConnectionId');
    expect(of('Server heartbeat succeeded')[0]).toMatchObject({
      driverConnectionId: 1,
      serverConnectionId: 77,
    });
    const ids = new Set(of('Server heartbeat started').map(({ topologyId }) => topologyId));
    expect(ids).toEqual(new Set([client.topologyDescription.id.toHexString()]));
  });
});

describe('messages of the client', () => {
  it('tell of its beginning and end, and of options that are left out', async () => {
    const { options, entries } = logging({ client: 'info' });
    const { uri } = await startServer();
    const warnings = await warningsOf(async () => {
      const client = clientOf(`${uri}?nonsense=1`, { ...options, appName: 'shop' });
      await client.ping();
      await client.close();
    });
    expect(warnings).toEqual([]);
    expect(entries).toMatchObject([
      { level: 'info', component: 'client', message: 'Client created', appName: 'shop' },
      { level: 'warn', component: 'client', message: expect.stringContaining('nonsense') },
      { level: 'info', component: 'client', message: 'Client closed' },
    ]);
  });
});
