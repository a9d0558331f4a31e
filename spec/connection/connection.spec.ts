import { afterEach, describe, expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../../lib/connection/connection.js';
import type { OpenConnectionOptions } from '../../lib/connection/open-connection.js';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import { deferred } from '../../lib/core/deferred.js';
import { InvalidDocument } from '../../lib/core/errors/bson.js';
import {
  AutoReconnect,
  NetworkTimeout,
  OperationTimeout,
  ProtocolError,
} from '../../lib/core/errors/connection.js';
import { InvalidOperation } from '../../lib/core/errors/usage.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Command } from '../../lib/wire/command.js';
import { openTestConnection, ping, rejectionOf } from '../support/open-test-connection.js';
import { encodeReply, type ReplyOptions } from '../support/scripted-server-message.js';
import {
  startScriptedServer,
  type Answer,
  type ScriptedServer,
  type Script,
} from '../support/scripted-server.js';
import { startTamperingProxy, type TamperingProxyOptions } from '../support/tampering-proxy.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const serve = async (script: Script = {}): Promise<ScriptedServer> => {
  const server = await startScriptedServer({ script });
  closers.push(() => server.close());
  return server;
};

const open = async (port: number, options: Partial<OpenConnectionOptions> = {}): Promise<Connection> => {
  const connection = await openTestConnection(port, options);
  closers.push(() => connection.destroy());
  return connection;
};

const proxied = async (port: number, options: Omit<TamperingProxyOptions, 'port'>): Promise<number> => {
  const proxy = await startTamperingProxy({ port, ...options });
  closers.push(() => proxy.close());
  return proxy.port;
};

const find = (): Command => ({ name: 'find', database: 'shop', body: { find: 'orders' } });
const options = { deadline: NO_DEADLINE };

describe('Connection.command', () => {
  it('resolves with the reply, whatever its ok', async () => {
    const server = await serve({ find: { ok: 0, code: 26, errmsg: 'no' } });
    const connection = await open(server.port);
    const reply = await connection.command(find(), options);
    expect(reply.ok).toBe(false);
    expect(reply.getNumber('code')).toBe(26);
    expect((await connection.command(ping(), options)).ok).toBe(true);
    expect(server.received('find')[0]!.command).toEqual({ find: 'orders', $db: 'shop' });
  });

  it('uses ascending request ids, each once', async () => {
    const server = await serve();
    const connection = await open(server.port);
    for (let turn = 0; turn < 3; turn++) await connection.command(ping(), options);
    const ids = server.requests.map((request) => request.header.requestId);
    expect(new Set(ids).size).toBe(4);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
  });

  it('takes one request at a time', async () => {
    const gate = deferred<Answer>();
    const server = await serve({ find: () => gate.promise });
    const connection = await open(server.port);
    const first = connection.command(find(), options);
    expect(await rejectionOf(connection.command(ping(), options))).toBeInstanceOf(InvalidOperation);
    gate.resolve({ n: 1 });
    expect((await first).getNumber('n')).toBe(1);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });

  it('sends nothing and stays usable where a command cannot be encoded', async () => {
    const server = await serve();
    const connection = await open(server.port);
    const bad: Command = { name: 'find', database: 'shop', body: { find: 'orders', filter: { f: () => 1 } } };
    expect(await rejectionOf(connection.command(bad, options))).toBeInstanceOf(InvalidDocument);
    expect((await connection.command(ping(), options)).ok).toBe(true);
    expect(server.received('find')).toEqual([]);
  });

  it('tells how many documents of a sequence went out before it sends', async () => {
    const server = await serve({ insert: { n: 2 } });
    const connection = await open(server.port);
    const told: number[] = [];
    const documents = [{ a: 1 }, { a: 2 }, { a: 3 }];
    const command: Command = {
      name: 'insert',
      database: 'shop',
      body: { insert: 'orders' },
      sequence: { identifier: 'documents', documents, ids: [1, 2, 3], start: 1, end: 3 },
    };
    await connection.command(command, { ...options, onEncoded: (count) => told.push(count) });
    expect(told).toEqual([2]);
    expect(server.received('insert')[0]!.sequences['documents']).toEqual([
      { _id: 2, a: 2 },
      { _id: 3, a: 3 },
    ]);
  });

  it('keeps a reply apart from the requests and replies that follow', async () => {
    const server = await serve({ find: (request) => ({ echo: request.command['comment'] as string }) });
    const connection = await open(server.port);
    const ask = (comment: string): Command => ({ name: 'find', database: 'd', body: { find: 'c', comment } });
    const first = await connection.command(ask('a'.repeat(50)), options);
    const second = await connection.command(ask('b'.repeat(50)), options);
    expect(first.getString('echo')).toBe('a'.repeat(50));
    expect(second.getString('echo')).toBe('b'.repeat(50));
  });

  it('writes and reads 47 MB messages', async () => {
    const text = 'x'.repeat(15_600_000);
    const server = await serve({
      insert: (request) => ({ n: request.sequences['documents']!.length, big: text }),
    });
    const connection = await open(server.port);
    const documents = [{ text }, { text }, { text }];
    const reply = await connection.command(
      {
        name: 'insert',
        database: 'd',
        body: { insert: 'c' },
        sequence: { identifier: 'documents', documents, start: 0, end: 3 },
      },
      options,
    );
    expect(reply.getNumber('n')).toBe(3);
    expect(reply.getString('big')).toHaveLength(text.length);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });
});

describe('an unacknowledged write', () => {
  const write = (a: number): Command => ({
    name: 'insert',
    database: 'd',
    body: { insert: 'c', writeConcern: { w: 0 } },
    sequence: { identifier: 'documents', documents: [{ a }], start: 0, end: 1 },
  });

  it('asks for no reply and resolves when the system has taken it', async () => {
    const server = await serve({ insert: 'silence' });
    const connection = await open(server.port);
    expect(await connection.command(write(1), { ...options, noReply: true })).toBeUndefined();
    expect(await connection.command(write(2), { ...options, noReply: true })).toBeUndefined();
    expect((await connection.command(ping(), options)).ok).toBe(true);
    const inserts = server.received('insert');
    expect(inserts.map((request) => request.moreToCome)).toEqual([true, true]);
    expect(inserts.map((request) => request.sequences['documents'])).toEqual([[{ a: 1 }], [{ a: 2 }]]);
  });

  it('destroys the connection where the server answers after all', async () => {
    const server = await serve({ insert: (request) => encodeReply(request, { ok: 1, n: 1 }) });
    const connection = await open(server.port);
    await connection.command(write(1), { ...options, noReply: true });
    await server.connections[0]!.closed;
    expect(connection.closed).toBe(true);
    expect(connection.closeReason).toBeInstanceOf(ProtocolError);
  });
});

describe('exhaust replies', () => {
  const stream = (request: Parameters<typeof encodeReply>[0], broken?: ReplyOptions): Uint8Array[] => [
    encodeReply(request, { ok: 1, n: 1 }, { requestId: 501, moreToCome: true }),
    encodeReply(request, { ok: 1, n: 2 }, { requestId: 502, responseTo: 501, moreToCome: true }),
    encodeReply(request, { ok: 1, n: 3 }, { requestId: 503, responseTo: 502, ...broken }),
  ];

  it('come from nextReply, each answering the one before', async () => {
    const server = await serve({ hello: (request) => stream(request) });
    const connection = await open(server.port);
    const hello: Command = { name: 'hello', database: 'admin', body: { hello: 1 } };
    const first = await connection.command(hello, { ...options, exhaust: true });
    expect(server.received('hello')[0]!.exhaustAllowed).toBe(true);
    expect([first.getNumber('n'), first.moreToCome]).toEqual([1, true]);
    const second = await connection.nextReply(NO_DEADLINE);
    const third = await connection.nextReply(NO_DEADLINE);
    expect([second.getNumber('n'), third.getNumber('n'), third.moreToCome]).toEqual([2, 3, false]);
    expect(await rejectionOf(connection.nextReply(NO_DEADLINE))).toBeInstanceOf(InvalidOperation);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });

  it('destroy the connection where nobody asked for several', async () => {
    const server = await serve({ hello: (request) => stream(request)[0]! });
    const connection = await open(server.port);
    const hello: Command = { name: 'hello', database: 'admin', body: { hello: 1 } };
    expect(await rejectionOf(connection.command(hello, options))).toBeInstanceOf(ProtocolError);
    expect(connection.closed).toBe(true);
    await server.connections[0]!.closed;
  });

  it('are waited for where they have not arrived yet', async () => {
    const server = await serve({ hello: (request) => stream(request)[0]! });
    const connection = await open(server.port);
    await connection.command(
      { name: 'hello', database: 'admin', body: { hello: 1 } },
      { ...options, exhaust: true },
    );
    const next = connection.nextReply(NO_DEADLINE);
    server.connections[0]!.write(stream(server.received('hello')[0]!)[1]!);
    expect((await next).getNumber('n')).toBe(2);
  });

  it('keep the connection from other requests until the last one is read', async () => {
    const server = await serve({ hello: (request) => stream(request) });
    const connection = await open(server.port);
    await connection.command(
      { name: 'hello', database: 'admin', body: { hello: 1 } },
      { ...options, exhaust: true },
    );
    expect(await rejectionOf(connection.command(ping(), options))).toBeInstanceOf(InvalidOperation);
    await connection.nextReply(NO_DEADLINE);
    expect(await rejectionOf(connection.command(ping(), options))).toBeInstanceOf(InvalidOperation);
    await connection.nextReply(NO_DEADLINE);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });

  it('destroy the connection where one answers the request instead of its predecessor', async () => {
    const server = await serve({
      hello: (request) => stream(request, { responseTo: request.header.requestId }),
    });
    const connection = await open(server.port);
    await connection.command(
      { name: 'hello', database: 'admin', body: { hello: 1 } },
      { ...options, exhaust: true },
    );
    await server.connections[0]!.closed;
    expect(await rejectionOf(connection.nextReply(NO_DEADLINE))).toBeInstanceOf(ProtocolError);
  });

  it('end with the deadline of the wait', async () => {
    const server = await serve({ hello: (request) => stream(request)[0]! });
    const connection = await open(server.port);
    await connection.command(
      { name: 'hello', database: 'admin', body: { hello: 1 } },
      { ...options, exhaust: true },
    );
    const error = await rejectionOf(connection.nextReply(deadlineAfter(nodeRuntime, 20)));
    expect(error).toBeInstanceOf(OperationTimeout);
    expect(connection.closed).toBe(true);
  });
});

describe('a bad reply', () => {
  const bad: Record<
    string,
    (request: Parameters<typeof encodeReply>[0]) => Uint8Array | readonly Uint8Array[]
  > = {
    'to another request': (request) =>
      encodeReply(request, { ok: 1 }, { responseTo: request.header.requestId + 1 }),
    'to nothing': (request) => encodeReply(request, { ok: 1 }, { responseTo: 0 }),
    'of another opcode': (request) => encodeReply(request, { ok: 1 }, { opCode: 2012 }),
    'longer than the server may send': (request) => {
      const message = encodeReply(request, { ok: 1 });
      message.writeInt32LE(48_000_001, 0);
      return message;
    },
    'of negative length': (request) => {
      const message = encodeReply(request, { ok: 1 });
      message.writeInt32LE(-1, 0);
      return message;
    },
    'that is not BSON': (request) => encodeReply(request, {}, { documentBytes: Buffer.alloc(30, 0x41) }),
    'with a wrong checksum': (request) => encodeReply(request, { ok: 1 }, { checksum: () => 1 }),
    'of random bytes': () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'twice the reply': (request) => [
      encodeReply(request, { ok: 1 }),
      encodeReply(request, { ok: 1, late: true }),
    ],
  };

  it.each(Object.entries(bad))('%s destroys the socket; the next connection works', async (name, reply) => {
    const server = await serve();
    server.once('find', (request) => reply(request));
    const connection = await open(server.port);
    const outcome = connection.command(find(), options);
    if (name === 'twice the reply') {
      expect((await outcome).has('late')).toBe(false);
    } else {
      const error = await rejectionOf(outcome);
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({
        address: `127.0.0.1:${String(server.port)}`,
        phase: 'in-use',
        bytesSent: 'some',
      });
    }
    await server.connections[0]!.closed;
    expect(connection.closed).toBe(true);
    expect(connection.closeReason).toBeInstanceOf(ProtocolError);
    expect(await rejectionOf(connection.command(ping(), options))).toBeInstanceOf(AutoReconnect);
    const next = await open(server.port);
    expect((await next.command(ping(), options)).ok).toBe(true);
  });

  it('that is cut by the end of the stream rejects as a lost connection', async () => {
    const server = await serve();
    const port = await proxied(server.port, {
      toClient: (message, index) => (index === 1 ? [message.subarray(0, 20)] : message),
    });
    const connection = await open(port);
    const outcome = rejectionOf(connection.command(ping(), options));
    await server.waitFor('ping');
    server.dropConnections();
    const error = await outcome;
    expect(error).toBeInstanceOf(AutoReconnect);
    expect(error).toMatchObject({ bytesSent: 'some', phase: 'in-use' });
  });

  it('swapped with that of another connection reaches neither caller', async () => {
    const held: Buffer[] = [];
    const server = await serve({ find: (request) => ({ echo: request.command['comment'] as string }) });
    // Each connection gets the reply that the other one was sent before.
    const port = await proxied(server.port, {
      toClient: (message, index) => {
        if (index < 2) return message;
        held.push(message);
        return held.length === 2 ? held[0]! : 'drop';
      },
    });
    const one = await open(port);
    const other = await open(port);
    const first = rejectionOf(
      one.command(
        { name: 'find', database: 'd', body: { find: 'c', comment: 'one' } },
        { deadline: deadlineAfter(nodeRuntime, 200) },
      ),
    );
    await server.waitFor('find');
    const second = rejectionOf(
      other.command({ name: 'find', database: 'd', body: { find: 'c', comment: 'other' } }, options),
    );
    expect(await second).toBeInstanceOf(ProtocolError);
    expect(await first).toBeInstanceOf(OperationTimeout);
  });

  it('that comes while nothing is pending closes the connection before the next request', async () => {
    const server = await serve();
    const connection = await open(server.port);
    server.connections[0]!.write(encodeReply(server.requests[0]!, { ok: 1 }));
    await server.connections[0]!.closed;
    expect(connection.closed).toBe(true);
    const error = await rejectionOf(connection.command(ping(), options));
    expect(error).toMatchObject({ bytesSent: 'none' });
    expect(server.received('ping')).toEqual([]);
  });

  it('however it is split, a good one is read', async () => {
    const server = await serve({ find: { n: 5 } });
    const port = await proxied(server.port, {
      toClient: (message) => Array.from(message, (byte) => Buffer.of(byte)),
    });
    const connection = await open(port);
    expect((await connection.command(find(), options)).getNumber('n')).toBe(5);
  });
});

describe('limits of time', () => {
  it('[TIME-1] socketTimeoutMS rejects with NetworkTimeout and destroys the socket', async () => {
    const server = await serve({ find: 'silence' });
    const connection = await open(server.port, { socketTimeoutMS: 100 });
    const start = performance.now();
    const error = await rejectionOf(connection.command(find(), options));
    const took = performance.now() - start;
    expect(error).toBeInstanceOf(NetworkTimeout);
    expect(error).toMatchObject({ timeout: true, bytesSent: 'some', phase: 'in-use' });
    expect(took).toBeGreaterThan(90);
    expect(took).toBeLessThan(1000);
    await server.connections[0]!.closed;
    expect(connection.closed).toBe(true);
  });

  it('[TIME-1] counts the silence: a reply that keeps arriving is waited for', async () => {
    const gate = deferred<Answer>();
    const server = await serve({ find: () => gate.promise });
    const connection = await open(server.port, { socketTimeoutMS: 150 });
    const outcome = connection.command(find(), options);
    const request = await server.waitFor('find');
    const reply = encodeReply(request, { ok: 1, n: 1 });
    for (let part = 0; part < 6; part++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      request.connection.write(part === 5 ? reply.subarray(20) : reply.subarray(part * 4, part * 4 + 4));
    }
    gate.resolve('silence');
    expect((await outcome).getNumber('n')).toBe(1);
  });

  it('[TIME-1] 0 waits without a limit, and the timer of one request does not hit the next', async () => {
    const gates = [deferred<Answer>(), deferred<Answer>()];
    const server = await serve({ find: () => gates[0]!.promise, ping: () => gates[1]!.promise });
    const unlimited = await open(server.port);
    const outcome = unlimited.command(find(), options);
    const limited = await open(server.port, { socketTimeoutMS: 120 });
    gates[1]!.resolve({});
    // Many short requests, each well within its own limit, over longer than the limit.
    for (const start = performance.now(); performance.now() - start < 300;)
      await limited.command(ping(), options);
    expect(limited.closed).toBe(false);
    gates[0]!.resolve({ n: 1 });
    expect((await outcome).getNumber('n')).toBe(1);
  });

  it('the deadline of an operation rejects with its own error', async () => {
    const server = await serve({ find: 'silence' });
    const connection = await open(server.port);
    const error = await rejectionOf(connection.command(find(), { deadline: deadlineAfter(nodeRuntime, 50) }));
    expect(error).toBeInstanceOf(OperationTimeout);
    expect(String(error)).toContain('while the reply was awaited');
  });

  it('an earlier deadline after a later one is kept', async () => {
    const server = await serve();
    const connection = await open(server.port);
    await connection.command(ping(), { deadline: deadlineAfter(nodeRuntime, 10_000) });
    server.on('find', () => 'silence');
    const start = performance.now();
    await rejectionOf(connection.command(find(), { deadline: deadlineAfter(nodeRuntime, 50) }));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('a deadline that is over sends nothing and leaves the connection usable', async () => {
    const server = await serve();
    const connection = await open(server.port);
    const past = { ...deadlineAfter(nodeRuntime, 1), expiresAt: nodeRuntime.now() - 1 };
    expect(await rejectionOf(connection.command(find(), { deadline: past }))).toBeInstanceOf(
      OperationTimeout,
    );
    expect((await connection.command(ping(), options)).ok).toBe(true);
    expect(server.received('find')).toEqual([]);
  });

  it('an abort rejects with the reason of the signal', async () => {
    const server = await serve({ find: 'silence' });
    const connection = await open(server.port);
    const controller = new AbortController();
    const outcome = rejectionOf(
      connection.command(find(), { deadline: deadlineAfter(nodeRuntime, 0, controller.signal) }),
    );
    await server.waitFor('find');
    const reason = new Error('not any more');
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });

  it('an abort with a value that is no error rejects with that value', async () => {
    const server = await serve({ find: 'silence' });
    const connection = await open(server.port);
    const controller = new AbortController();
    const outcome = rejectionOf(
      connection.command(find(), { deadline: deadlineAfter(nodeRuntime, 0, controller.signal) }),
    );
    controller.abort('stop');
    expect(await outcome).toBe('stop');
  });

  it('a signal is let go with the reply', async () => {
    const server = await serve();
    const connection = await open(server.port);
    const controller = new AbortController();
    await connection.command(ping(), { deadline: deadlineAfter(nodeRuntime, 0, controller.signal) });
    controller.abort(new Error('too late'));
    expect(connection.closed).toBe(false);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });

  it('a signal that is aborted already sends nothing', async () => {
    const server = await serve();
    const connection = await open(server.port);
    const reason = new Error('no');
    const deadline = deadlineAfter(nodeRuntime, 0, AbortSignal.abort(reason));
    expect(await rejectionOf(connection.command(find(), { deadline }))).toBe(reason);
    expect((await connection.command(ping(), options)).ok).toBe(true);
  });
});

describe('the end of a connection', () => {
  it('by the server rejects the pending request with AutoReconnect', async () => {
    const server = await serve({ find: 'close' });
    const connection = await open(server.port);
    const error = await rejectionOf(connection.command(find(), options));
    expect(error).toBeInstanceOf(AutoReconnect);
    expect(error).toMatchObject({ bytesSent: 'some', phase: 'in-use', address: connection.address });
  });

  it('by a reset rejects the pending request, with the cause', async () => {
    const server = await serve({ find: 'reset' });
    const connection = await open(server.port);
    const error = await rejectionOf(connection.command(find(), options));
    expect(error).toBeInstanceOf(AutoReconnect);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNRESET' });
  });

  it('is seen while nothing is pending', async () => {
    const server = await serve();
    const connection = await open(server.port);
    server.dropConnections();
    while (!connection.closed) await new Promise((resolve) => setImmediate(resolve));
    const error = await rejectionOf(connection.command(ping(), options));
    expect(error).toBeInstanceOf(AutoReconnect);
    expect(error).toMatchObject({ bytesSent: 'none' });
  });

  it('is told where it closes by itself while nothing is pending, and only then', async () => {
    const server = await serve({ find: 'close' });
    const told: string[] = [];
    const idle = await open(server.port, { onClose: () => told.push('idle') });
    const busy = await open(server.port, { onClose: () => told.push('busy') });
    const destroyed = await open(server.port, { onClose: () => told.push('destroyed') });
    await rejectionOf(busy.command(find(), options));
    destroyed.destroy();
    expect(told).toEqual([]);
    server.dropConnections();
    while (!idle.closed) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(server.connections.map(({ closed }) => closed));
    expect(told).toEqual(['idle']);
  });

  it('by destroy rejects the pending request with the given reason', async () => {
    const server = await serve({ find: 'silence' });
    const connection = await open(server.port);
    const outcome = rejectionOf(connection.command(find(), options));
    const reason = new Error('the pool was cleared');
    connection.destroy(reason);
    expect(await outcome).toBe(reason);
    expect(connection.closeReason).toBe(reason);
    connection.destroy();
    await server.connections[0]!.closed;
  });

  it('[PROC-10] an idle connection does not keep the process alive, a pending request does', async () => {
    const server = await serve();
    const gate = deferred<Answer>();
    server.on('find', () => gate.promise);
    const child = fork(
      fileURLToPath(new URL('../support/fixtures/idle-connection.ts', import.meta.url)),
      [String(server.port)],
      {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      },
    );
    child.channel?.unref();
    const printed: string[] = [];
    child.stdout!.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const exited = once(child, 'exit');
    await server.waitFor('find');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.exitCode).toBeNull();
    gate.resolve({ n: 7 });
    expect(await exited).toEqual([0, null]);
    expect(printed.join('')).toBe('7\n');
  });
});
