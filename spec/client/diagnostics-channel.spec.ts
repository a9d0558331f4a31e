import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AttemptTrace, CheckOutTrace, CommandTrace, OperationTrace } from '../../lib/index.js';
import { closeAll, rejectionOf, serverAndClient } from './client-fixture.js';

const stopping: (() => void)[] = [];

afterEach(async () => {
  for (const stop of stopping.splice(0)) stop();
  await closeAll();
});

const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** What is published on the channel of that name, with the phase it was published in. */
const listen = <T extends object>(
  name: string,
  seen: string[] = [],
): { readonly contexts: T[]; readonly seen: string[] } => {
  const contexts: T[] = [];
  const channel = tracingChannel<T, T>(`asyncmongo:${name}`);
  const subscribers = Object.fromEntries(
    PHASES.map((phase) => [
      phase,
      (context: T) => {
        seen.push(`${name} ${phase}`);
        if (phase === 'start') contexts.push(context);
      },
    ]),
  ) as unknown as TracingChannelSubscribers<T>;
  channel.subscribe(subscribers);
  stopping.push(() => channel.unsubscribe(subscribers));
  return { contexts, seen };
};

const brief = (seen: readonly string[]): string[] =>
  seen.filter((entry) => / (start|error|asyncEnd)$/.test(entry));

describe('diagnostics channels', () => {
  it('trace an operation, its attempt, its check-out and its command, one within the other', async () => {
    const { client, server } = await serverAndClient({ script: { insert: { n: 1 } } });
    await client.connect();
    const seen: string[] = [];
    const operation = listen<OperationTrace>('operation', seen);
    const attempt = listen<AttemptTrace>('attempt', seen);
    const checkOut = listen<CheckOutTrace>('checkout', seen);
    const command = listen<CommandTrace>('command', seen);
    await client.db('shop').collection('orders').insertOne({ _id: 1, item: 'card' });
    expect(brief(seen)).toEqual([
      'operation start',
      'attempt start',
      'checkout start',
      'checkout asyncEnd',
      'command start',
      'command asyncEnd',
      'attempt asyncEnd',
      'operation asyncEnd',
    ]);
    const { address } = server;
    expect(operation.contexts).toEqual([
      { operation: 'insert', database: 'shop', collection: 'orders', operationId: undefined },
    ]);
    expect(attempt.contexts).toEqual([{ operation: 'insert', operationId: undefined, attempt: 1, address }]);
    expect(checkOut.contexts).toEqual([{ address, driverConnectionId: 1 }]);
    expect(command.contexts).toMatchObject([
      {
        commandName: 'insert',
        databaseName: 'shop',
        connectionId: address,
        driverConnectionId: 1,
        handshake: false,
        duration: expect.any(Number),
        command: { insert: 'orders', documents: [{ _id: 1, item: 'card' }], $db: 'shop' },
      },
    ]);
    expect(seen.filter((entry) => entry.startsWith('command'))).toEqual(
      ['start', 'end', 'asyncStart', 'asyncEnd'].map((phase) => `command ${phase}`),
    );
  });

  it('tell of errors and number the attempts', async () => {
    const { client, server } = await serverAndClient();
    await client.connect();
    const seen: string[] = [];
    const operation = listen<OperationTrace>('operation', seen);
    const attempt = listen<AttemptTrace>('attempt', seen);
    const command = listen<CommandTrace>('command', seen);
    server.on('count', { ok: 0, code: 2, codeName: 'BadValue', errmsg: 'no' });
    const error = await rejectionOf(client.db('x').collection('c').estimatedDocumentCount());
    expect(brief(seen)).toEqual([
      'operation start',
      'attempt start',
      'command start',
      'command error',
      'command asyncEnd',
      'attempt error',
      'attempt asyncEnd',
      'operation error',
      'operation asyncEnd',
    ]);
    expect(command.contexts[0]?.error).toMatchObject({ code: 2, codeName: 'BadValue' });
    expect(attempt.contexts.map(({ attempt: number }) => number)).toEqual([1]);
    expect(operation.contexts[0]?.error).toMatchObject({ message: (error as Error).message });
  });

  it('count the attempts of a retried read', async () => {
    const { client, server } = await serverAndClient();
    await client.connect();
    const { contexts } = listen<AttemptTrace>('attempt');
    server.once('count', 'close');
    server.on('count', { n: 3 });
    expect(await client.db('x').collection('c').estimatedDocumentCount()).toBe(3);
    expect(contexts.map(({ attempt, error }) => [attempt, error !== undefined])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('[INFO-6] show nothing of a command with secrets', async () => {
    const { client } = await serverAndClient({ script: { createUser: { ok: 1 } } });
    const { contexts } = listen<CommandTrace>('command');
    await client.db('x').command({ createUser: 'u', pwd: 'secret', roles: [] });
    expect(contexts[0]).toMatchObject({ commandName: 'createUser', command: {} });
  });

  it('carry a store of the operation into its command, as a tracer of spans needs it', async () => {
    const { client } = await serverAndClient();
    await client.connect();
    const store = new AsyncLocalStorage<string>();
    const operation = tracingChannel<OperationTrace, OperationTrace>('asyncmongo:operation');
    operation.start.bindStore(
      store as never,
      ((context: OperationTrace) => `span of ${context.operation}`) as never,
    );
    stopping.push(() => operation.start.unbindStore(store as never));
    let parent: string | undefined;
    const command = tracingChannel<CommandTrace, CommandTrace>('asyncmongo:command');
    const onStart = (): void => {
      parent = store.getStore();
    };
    command.start.subscribe(onStart);
    stopping.push(() => command.start.unsubscribe(onStart));
    await client.ping();
    expect(parent).toBe('span of ping');
    expect(store.getStore()).toBeUndefined();
  });
});
