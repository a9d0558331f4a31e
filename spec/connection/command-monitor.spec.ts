import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BSON, ObjectId } from 'bson';
import type {
  CommandEvents,
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
} from '../../lib/connection/command-events.js';
import type { Connection } from '../../lib/connection/connection.js';
import type { OpenConnectionOptions } from '../../lib/connection/open-connection.js';
import { NO_DEADLINE, deadlineAfter } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { Credentials } from '../../lib/options/credentials.js';
import type { Command } from '../../lib/wire/command.js';
import { openTestConnection, ping, rejectionOf } from '../support/open-test-connection.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { scramServer } from '../support/scripted-server-scram.js';
import {
  startScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../support/scripted-server.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Event =
  | (CommandStartedEvent & { type: 'started' })
  | (CommandSucceededEvent & { type: 'succeeded' })
  | (CommandFailedEvent & { type: 'failed' });

const setUp = async (
  serverOptions: ScriptedServerOptions = {},
  options: Partial<OpenConnectionOptions> = {},
): Promise<{
  server: ScriptedServer;
  connection: Connection;
  events: Event[];
  hub: EventHub<CommandEvents>;
}> => {
  const server = await startScriptedServer(serverOptions);
  closers.push(() => server.close());
  const hub = new EventHub<CommandEvents>();
  const events: Event[] = [];
  hub.on('commandStarted', (event) => events.push({ type: 'started', ...event }));
  hub.on('commandSucceeded', (event) => events.push({ type: 'succeeded', ...event }));
  hub.on('commandFailed', (event) => events.push({ type: 'failed', ...event }));
  const connection = await openTestConnection(server.port, { id: 7, events: hub, ...options });
  closers.push(() => connection.destroy());
  return { server, connection, events, hub };
};

const options = { deadline: NO_DEADLINE };

describe('command monitoring events', () => {
  it('[INFO-3] tell start and success of a command with the same ids', async () => {
    const { connection, events, server } = await setUp({ hello: { connectionId: 99 } });
    await connection.command(ping(), { ...options, operationId: 12 });
    const common = {
      commandName: 'ping',
      databaseName: 'admin',
      requestId: server.received('ping')[0]!.header.requestId,
      operationId: 12,
      connectionId: server.address,
      driverConnectionId: 7,
      serverConnectionId: 99n,
      serviceId: undefined,
      handshake: false,
    };
    expect(events).toEqual([
      { type: 'started', ...common, command: { ping: 1, $db: 'admin' } },
      { type: 'succeeded', ...common, reply: { ok: 1 }, duration: expect.any(Number) },
    ]);
    expect((events[1] as CommandSucceededEvent).duration).toBeGreaterThan(0);
    expect((events[1] as CommandSucceededEvent).duration).toBeLessThan(5000);
  });

  it('leave the handshake out', async () => {
    const { events } = await setUp();
    expect(events).toEqual([]);
    const withApi = await setUp({}, { serverApi: { version: '1' } });
    expect(withApi.events).toEqual([]);
  });

  it('show document sequences as arrays, as many as were sent', async () => {
    const { connection, events } = await setUp({
      hello: { maxWriteBatchSize: 2 },
      script: { insert: { n: 2 } },
    });
    const documents = [{ a: 0 }, { a: 1 }, { a: 2 }, { a: 3 }];
    await connection.command(
      {
        name: 'insert',
        database: 'd',
        body: { insert: 'c', ordered: true },
        sequence: { identifier: 'documents', documents, ids: [10, 11, 12, 13], start: 1, end: 4 },
      },
      options,
    );
    expect((events[0] as CommandStartedEvent).command).toEqual({
      insert: 'c',
      ordered: true,
      documents: [
        { _id: 11, a: 1 },
        { _id: 12, a: 2 },
      ],
      $db: 'd',
    });
  });

  it('tell failure with what the server said', async () => {
    const { connection, events } = await setUp({
      script: {
        find: { ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'no such', errorLabels: ['A'] },
      },
    });
    await connection.command({ name: 'find', database: 'd', body: { find: 'c' } }, options);
    const { failure } = events[1] as CommandFailedEvent;
    expect(events[1]!.type).toBe('failed');
    expect(failure).toMatchObject({
      message: 'no such',
      code: 26,
      codeName: 'NamespaceNotFound',
      errorLabels: ['A'],
    });
  });

  it('count write errors as success', async () => {
    const { connection, events } = await setUp({
      script: { insert: { n: 0, writeErrors: [{ index: 0, code: 11000 }] } },
    });
    await connection.command(
      { name: 'insert', database: 'd', body: { insert: 'c', documents: [{}] } },
      options,
    );
    expect(events.map(({ type }) => type)).toEqual(['started', 'succeeded']);
  });

  it('count an unacknowledged write as success with {ok: 1}', async () => {
    const { connection, events } = await setUp({ script: { insert: 'silence' } });
    await connection.command(
      { name: 'insert', database: 'd', body: { insert: 'c' } },
      { ...options, noReply: true },
    );
    expect(events[1]).toMatchObject({ type: 'succeeded', reply: { ok: 1 } });
  });

  it('tell failure where the connection is lost, the reply bad or the time over', async () => {
    const find: Command = { name: 'find', database: 'd', body: { find: 'c' } };
    const lost = await setUp({ script: { find: 'close' } });
    const reason = await rejectionOf(lost.connection.command(find, options));
    expect(lost.events[1]).toMatchObject({ type: 'failed', failure: reason });
    const bad = await setUp({ script: { find: (request) => encodeReply(request, {}, { responseTo: -1 }) } });
    const protocol = await rejectionOf(bad.connection.command(find, options));
    expect(bad.events[1]).toMatchObject({ type: 'failed', failure: protocol });
    const late = await setUp({ script: { find: 'silence' } });
    const timeout = await rejectionOf(
      late.connection.command(find, { deadline: deadlineAfter(nodeRuntime, 30) }),
    );
    expect(late.events[1]).toMatchObject({ type: 'failed', failure: timeout });
    expect((late.events[1] as CommandFailedEvent).duration).toBeGreaterThan(20);
  });

  it('let a listener of the start abort the command', async () => {
    const { connection, events, hub } = await setUp({ script: { find: 'silence' } });
    const controller = new AbortController();
    hub.on('commandStarted', () => controller.abort(new Error('changed my mind')));
    const find: Command = { name: 'find', database: 'd', body: { find: 'c' } };
    const error = await rejectionOf(
      connection.command(find, { deadline: deadlineAfter(nodeRuntime, 0, controller.signal) }),
    );
    expect(error).toBe(controller.signal.reason);
    expect(events[1]).toMatchObject({ type: 'failed', failure: error });
  });

  it('pair start and end also where the reply is damaged below its top level', async () => {
    const documentBytes = BSON.serialize({ inner: { value: 1 }, ok: 1 });
    documentBytes[Buffer.from(documentBytes).indexOf('value') - 1] = 0x99;
    const { connection, events } = await setUp({
      script: { find: (request) => encodeReply(request, {}, { documentBytes }) },
    });
    const reply = await connection.command({ name: 'find', database: 'd', body: { find: 'c' } }, options);
    expect(reply.ok).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['started', 'failed']);
    expect(connection.closed).toBe(false);
  });

  it('are not built where nothing was sent', async () => {
    const { connection, events } = await setUp();
    await rejectionOf(connection.command({ name: 'x', database: 'd', body: { x: () => 1 } }, options));
    expect(events).toEqual([]);
  });

  it('carry the serviceId behind a load balancer', async () => {
    const serviceId = new ObjectId();
    const { connection, events } = await setUp({ hello: { serviceId } }, { loadBalanced: true });
    await connection.command(ping(), options);
    expect(events.map((event) => String(event.serviceId))).toEqual([String(serviceId), String(serviceId)]);
  });

  it('[INFO-6] hide documents of authentication', async () => {
    const users = [{ username: 'ada', password: 'pencil', mechanisms: ['SCRAM-SHA-256'] as const }];
    const credentials = new Credentials({ username: 'ada', password: 'pencil', source: 'admin' });
    const { events } = await setUp(scramServer({ users, speculates: false }), { credentials });
    expect(events.map(({ type, commandName }) => [type, commandName])).toEqual([
      ['started', 'saslStart'],
      ['succeeded', 'saslStart'],
      ['started', 'saslContinue'],
      ['succeeded', 'saslContinue'],
    ]);
    for (const event of events)
      expect(event).toMatchObject(event.type === 'started' ? { command: {} } : { reply: {} });
    expect(
      events.map((event) =>
        Object.keys('command' in event ? event.command : (event as CommandSucceededEvent).reply),
      ),
    ).toEqual([[], [], [], []]);
  });

  it.each([
    { authenticate: 1, mechanism: 'X', user: 'secret' },
    { saslStart: 1, payload: 'secret' },
    { saslContinue: 1, payload: 'secret' },
    { getnonce: 1, secret: 1 },
    { createUser: 'u', pwd: 'secret' },
    { updateUser: 'u', pwd: 'secret' },
    { copydbgetnonce: 1, secret: 1 },
    { copydbsaslstart: 1, secret: 1 },
    { copydb: 1, secret: 1 },
    { hello: 1, speculativeAuthenticate: { saslStart: 1, secret: 1 } },
    { isMaster: 1, speculativeAuthenticate: { saslStart: 1, secret: 1 } },
    { ismaster: 1, speculativeAuthenticate: { saslStart: 1, secret: 1 } },
  ])('[INFO-6] hide command, reply and failure of %j', async (body) => {
    const name = Object.keys(body)[0]!;
    const command: Command = { name, database: 'admin', body };
    const { connection, events, server } = await setUp();
    server.on(name, { answer: 'secret' });
    await connection.command(command, options);
    server.on(name, {
      ok: 0,
      code: 18,
      codeName: 'AuthenticationFailed',
      errmsg: 'secret',
      errorLabels: ['L'],
    });
    await connection.command(command, options);
    expect(
      JSON.stringify(events, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('secret');
    const { failure } = events[3] as CommandFailedEvent;
    expect(failure).toMatchObject({
      code: 18,
      codeName: 'AuthenticationFailed',
      errorLabels: ['L'],
      details: undefined,
    });
    expect(String((failure as Error).message)).not.toContain('secret');
  });

  it('show a hello without authentication', async () => {
    const { connection, events } = await setUp();
    await connection.command({ name: 'hello', database: 'admin', body: { hello: 1 } }, options);
    expect((events[0] as CommandStartedEvent).command).toEqual({ hello: 1, $db: 'admin' });
  });

  it('[INFO-5] do not disturb the command where a listener throws', async () => {
    const { connection, hub } = await setUp();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    hub.on('commandStarted', () => {
      throw new Error('from a listener');
    });
    expect((await connection.command(ping(), options)).ok).toBe(true);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('from a listener'), 'AsyncMongoWarning']]);
    warn.mockRestore();
  });
});
