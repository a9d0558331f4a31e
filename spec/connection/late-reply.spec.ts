import { afterEach, describe, expect, it } from '@jest/globals';
import { LATE_REPLY_LIMIT_MS, type Connection } from '../../lib/connection/connection.js';
import { deadlineAfter, NO_DEADLINE, operationDeadline } from '../../lib/core/deadline.js';
import { deferred } from '../../lib/core/deferred.js';
import { OperationTimeout } from '../../lib/core/errors/connection.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { CommandEvents } from '../../lib/connection/command-events.js';
import type { Command } from '../../lib/wire/command.js';
import { openTestConnection, ping, rejectionOf } from '../support/open-test-connection.js';
import { encodeReply } from '../support/scripted-server-message.js';
import {
  startScriptedServer,
  type Answer,
  type ScriptedRequest,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const find = (): Command => ({ name: 'find', database: 'shop', body: { find: 'orders' } });
const options = { deadline: NO_DEADLINE };

interface Fixture {
  readonly server: ScriptedServer;
  readonly connection: Connection;
  /** Virtual time over real sockets. */
  readonly clock: VirtualRuntime;
  /** Answers the find. */
  answer(value: Answer | ((request: ScriptedRequest) => Answer)): void;
  /** Sends a find that somebody waits for until `abort` is called. */
  begin(): Promise<{ readonly outcome: Promise<unknown>; abort(reason: unknown): void }>;
}

const start = async (events?: EventHub<CommandEvents>): Promise<Fixture> => {
  const gate = deferred<Answer | ((request: ScriptedRequest) => Answer)>();
  const server = await startScriptedServer({
    script: {
      find: async (request) => {
        const answer = await gate.promise;
        return typeof answer === 'function'
          ? (answer as (request: ScriptedRequest) => Answer)(request)
          : answer;
      },
    },
  });
  closers.push(() => server.close());
  const clock = new VirtualRuntime({ connect: nodeRuntime.connect });
  const connection = await openTestConnection(server.port, { runtime: clock, events });
  closers.push(() => connection.destroy());
  return {
    server,
    connection,
    clock,
    answer: (value) => gate.resolve(value),
    async begin() {
      const controller = new AbortController();
      const outcome = rejectionOf(
        connection.command(find(), { deadline: deadlineAfter(clock, 0, controller.signal) }),
      );
      await server.waitFor('find');
      return { outcome, abort: (reason) => controller.abort(reason) };
    },
  };
};

describe('a reply that nobody waits for any more', () => {
  it('is read and thrown away; the connection then serves the next request', async () => {
    const { connection, begin, answer } = await start();
    const { outcome, abort } = await begin();
    abort('enough');
    expect(await outcome).toBe('enough');
    const late = connection.lateReply;
    expect(late).toBeDefined();
    answer({ secret: 'of the first caller' });
    await late;
    expect(connection.lateReply).toBeUndefined();
    const reply = await connection.command(ping(), options);
    expect(reply.has('secret')).toBe(false);
    expect(reply.ok).toBe(true);
  });

  it('keeps other requests away until it is there', async () => {
    const { connection, begin, answer, server } = await start();
    const { outcome, abort } = await begin();
    abort('enough');
    await outcome;
    expect(String(await rejectionOf(connection.command(ping(), options)))).toMatch(/still waiting/);
    const late = connection.lateReply;
    answer({});
    await late;
    expect(server.received('ping')).toHaveLength(0);
  });

  it('is waited for no longer than its limit', async () => {
    const { connection, begin, clock } = await start();
    const { outcome, abort } = await begin();
    abort('enough');
    await outcome;
    const late = connection.lateReply;
    await clock.advance(LATE_REPLY_LIMIT_MS - 1);
    expect(connection.closed).toBe(false);
    await clock.advance(1);
    expect(connection.closed).toBe(true);
    await late;
    expect(clock.pendingTimers.all).toBe(0);
  });

  it('that answers another request destroys the connection', async () => {
    const { connection, begin, answer } = await start();
    const { outcome, abort } = await begin();
    abort('enough');
    await outcome;
    const late = connection.lateReply;
    answer((request) => encodeReply(request, { ok: 1 }, { responseTo: request.header.requestId + 1 }));
    await late;
    expect(connection.closed).toBe(true);
    expect(String(connection.closeReason)).toMatch(/reply to/);
  });

  it('is none where the stream ends first', async () => {
    const { connection, begin, answer } = await start();
    const { outcome, abort } = await begin();
    abort('enough');
    await outcome;
    const late = connection.lateReply;
    answer('close');
    await late;
    expect(connection.closed).toBe(true);
    expect(connection.lateReply).toBeUndefined();
  });

  it('does not hold the process, and counts as a failed command once', async () => {
    const events = new EventHub<CommandEvents>();
    const seen: string[] = [];
    for (const name of ['commandStarted', 'commandSucceeded', 'commandFailed'] as const)
      events.on(name, ({ commandName }) => seen.push(`${name} ${commandName}`));
    const { connection, begin, answer, clock } = await start(events);
    const { outcome, abort } = await begin();
    abort('enough');
    await outcome;
    expect(clock.pendingTimers.held).toBe(0);
    const late = connection.lateReply;
    answer({});
    await late;
    expect(seen).toEqual(['commandStarted find', 'commandFailed find']);
  });

  it('[TIME-5] follows a passed deadline in the same way', async () => {
    const { connection, clock, server, answer } = await start();
    const deadline = operationDeadline(clock, 50, undefined, undefined);
    const outcome = rejectionOf(connection.command(find(), { deadline }));
    await server.waitFor('find');
    await clock.advance(50);
    expect(await outcome).toBeInstanceOf(OperationTimeout);
    const late = connection.lateReply;
    answer({});
    await late;
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });

  it('may also be the message of an unacknowledged write that is still on its way', async () => {
    const server = await startScriptedServer({
      onConnection: (socket) => void socket.once('data', () => setImmediate(() => socket.pause())),
    });
    closers.push(() => server.close());
    const clock = new VirtualRuntime({ connect: nodeRuntime.connect });
    const connection = await openTestConnection(server.port, { runtime: clock });
    closers.push(() => connection.destroy());
    const controller = new AbortController();
    const insert: Command = {
      name: 'insert',
      database: 'shop',
      body: { insert: 'orders', padding: 'x'.repeat(12 * 1024 * 1024) },
    };
    const outcome = rejectionOf(
      connection.command(insert, {
        deadline: deadlineAfter(clock, 0, controller.signal),
        noReply: true,
      }),
    );
    controller.abort('enough');
    expect(await outcome).toBe('enough');
    const late = connection.lateReply;
    server.connections[0]!.socket.resume();
    await late;
    expect(connection.closed).toBe(false);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });
});

describe('a request that cannot be answered in time', () => {
  it('[TIME-5] is not sent where less than a round trip is left', async () => {
    const { connection, clock, server } = await start();
    const deadline = operationDeadline(clock, 50, undefined, undefined);
    await clock.advance(30);
    const outcome = rejectionOf(
      connection.command(ping(), { deadline, roundTrip: { minRoundTripTime: 20 } }),
    );
    expect(String(await outcome)).toContain('before the request was sent');
    expect((await connection.command(ping(), options)).ok).toBe(true);
    expect(server.received('ping')).toHaveLength(1);
  });
});

describe('socketTimeoutMS', () => {
  it('[TIME-5] does not count under timeoutMS', async () => {
    const server = await startScriptedServer({ script: { find: 'silence' } });
    closers.push(() => server.close());
    const clock = new VirtualRuntime({ connect: nodeRuntime.connect });
    const connection = await openTestConnection(server.port, { runtime: clock, socketTimeoutMS: 20 });
    closers.push(() => connection.destroy());
    const deadline = operationDeadline(clock, 100, undefined, undefined);
    let settled = false;
    const outcome = rejectionOf(connection.command(find(), { deadline })).finally(() => {
      settled = true;
    });
    await server.waitFor('find');
    await clock.advance(99);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await outcome).toBeInstanceOf(OperationTimeout);
  });
});
