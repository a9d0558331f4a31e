import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ClientEvents } from '../../lib/index.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { clientOf, closeAll, rejectionOf, startServer } from './client-fixture.js';
import { arrival } from '../requirements/requirements-fixture.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

describe('events', () => {
  it('that nobody listens to are not made', async () => {
    const published: string[] = [];
    const original = EventHub.prototype.publish;
    jest.spyOn(EventHub.prototype, 'publish').mockImplementation(function (
      this: EventHub<Record<string, unknown>>,
      name: string,
      event: unknown,
    ) {
      published.push(name);
      original.call(this, name as never, event as never);
    } as never);
    const server = await startServer({ script: { find: 'close', ping: { ok: 0, code: 1, errmsg: 'no' } } });
    const client = clientOf(server, { minPoolSize: 2, retryReads: false, maxPoolSize: 2 });
    await client.connect();
    await Promise.all(Array.from({ length: 5 }, () => rejectionOf(client.ping())));
    await rejectionOf(client.db('x').collection('c').findOne());
    await client.close();
    expect(published).toEqual([]);
  });

  it('of a check that close() cancels come before the end of its server, and each start has an end', async () => {
    const hanging = await startServer({ script: { isMaster: 'silence' } });
    const client = clientOf(hanging, { connect: false, serverSelectionTimeoutMS: 10 });
    const seen: string[] = [];
    for (const name of [
      'serverHeartbeatStarted',
      'serverHeartbeatFailed',
      'serverHeartbeatSucceeded',
      'serverClosed',
      'topologyClosed',
    ] as const)
      client.on(name, () => seen.push(name));
    const failed: ClientEvents['serverHeartbeatFailed'][] = [];
    client.on('serverHeartbeatFailed', (event) => failed.push(event));
    await rejectionOf(client.connect());
    await arrival(() => hanging.received('isMaster').length === 1);
    await client.close();
    expect(seen).toEqual([
      'serverHeartbeatStarted',
      'serverHeartbeatFailed',
      'serverClosed',
      'topologyClosed',
    ]);
    expect(failed).toMatchObject([
      { awaited: false, driverConnectionId: 1, failure: { message: 'The check was cancelled' } },
    ]);
  });

  it("of heartbeats name each connection of the monitor, and the server's number once it is known", async () => {
    let connections = 0;
    const server = await startServer({ hello: () => ({ connectionId: ++connections + 70 }) });
    const client = clientOf(server, { serverMonitoringMode: 'poll', heartbeatFrequencyMS: 500 });
    const seen: [string, number, bigint | undefined][] = [];
    for (const name of [
      'serverHeartbeatStarted',
      'serverHeartbeatSucceeded',
      'serverHeartbeatFailed',
    ] as const)
      client.on(name, ({ driverConnectionId, serverConnectionId }) =>
        seen.push([name.slice('serverHeartbeat'.length), driverConnectionId, serverConnectionId]),
      );
    await client.connect();
    server.once('hello', 'close');
    server.once('isMaster', 'close');
    await arrival(() => seen.some(([name, id]) => name === 'Started' && id === 2));
    expect(seen.slice(0, 2)).toEqual([
      ['Started', 1, undefined],
      ['Succeeded', 1, 71n],
    ]);
    expect(seen.find(([name]) => name === 'Failed')).toEqual(['Failed', 1, 71n]);
  });
});
