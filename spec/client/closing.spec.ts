import { afterEach, describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'bson';
import { InvalidOperation } from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import { countingRuntime } from '../support/counting-runtime.js';
import { cursorReply, type Answer } from '../support/scripted-server.js';
import { closeAll, rejectionOf, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

const INTERRUPTED = /was closed while the operation ran/;

const elapsed = async (action: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await action();
  return performance.now() - start;
};

describe('closing a client that works', () => {
  it('takes no new work and lets a write under way finish', async () => {
    const answer = deferred<Answer>();
    const { server, client } = await serverAndClient({ script: { insert: () => answer.promise } });
    const collection = client.db('t').collection('c');
    const write = collection.insertOne({ x: 1 });
    await server.waitFor('insert');
    const closed = client.close();
    expect(await rejectionOf(collection.findOne())).toBeInstanceOf(InvalidOperation);
    answer.resolve({ n: 1 });
    expect((await write).acknowledged).toBe(true);
    await closed;
    expect(server.received('endSessions')).toHaveLength(1);
    expect(server.received('find')).toHaveLength(0);
    await Promise.all(server.connections.map((connection) => connection.closed));
  });

  it('lets an operation of several commands finish with its last command', async () => {
    const answer = deferred<Answer>();
    let more = 3;
    const { server, client } = await serverAndClient({
      script: {
        find: () => answer.promise,
        getMore: () => cursorReply('t.c', [{ more }], { id: BigInt(--more > 0 ? 7 : 0), batch: 'nextBatch' }),
      },
    });
    const found = client.db('t').collection('c').find().toArray();
    await server.waitFor('find');
    const closed = client.close();
    answer.resolve(cursorReply('t.c', [{ first: true }], { id: 7n }));
    expect(await found).toHaveLength(4);
    await closed;
  });

  it('interrupts what takes longer than graceMS', async () => {
    const { server, client } = await serverAndClient({ script: { insert: 'silence' } });
    const write = rejectionOf(client.db('t').collection('c').insertOne({ x: 1 }));
    await server.waitFor('insert');
    const took = await elapsed(() => client.close({ graceMS: 100 }));
    const error = await write;
    expect(error).toBeInstanceOf(InvalidOperation);
    expect(error).toMatchObject({ message: expect.stringMatching(INTERRUPTED) });
    expect(took).toBeGreaterThan(90);
    expect(took).toBeLessThan(1_100);
    expect(server.received('insert')).toHaveLength(1);
    await Promise.all(server.connections.map((connection) => connection.closed));
  });

  it('is bounded where the server has gone silent altogether', async () => {
    const { server, client } = await serverAndClient();
    await client.db('t').command('ping');
    server.on('*', 'silence');
    server.on('ping', 'silence');
    server.on('endSessions', 'silence');
    const ping = rejectionOf(client.db('t').command('ping'));
    await server.waitFor('ping', 2);
    expect(await elapsed(() => client.close({ graceMS: 50 }))).toBeLessThan(1_050);
    expect(await ping).toBeInstanceOf(InvalidOperation);
  });

  it('rejects operations that still wait for a server or a connection', async () => {
    const { server, client } = await serverAndClient({ script: { find: 'silence' } }, { maxPoolSize: 1 });
    const collection = client.db('t').collection('c');
    const running = rejectionOf(collection.findOne());
    await server.waitFor('find');
    const queued = rejectionOf(collection.findOne());
    const nowhere = rejectionOf(
      collection.withOptions({ readPreference: 'secondary' }).findOne({}, { timeoutMS: 60_000 }),
    );
    await client.close({ graceMS: 20 });
    for (const failure of [running, queued, nowhere]) {
      expect(String(await failure)).toMatch(/closed/);
    }
  });

  it('with force waits for nothing and tells nobody', async () => {
    const { server, client } = await serverAndClient({ script: { insert: 'silence' } });
    await client.db('t').command('ping');
    const write = rejectionOf(client.db('t').collection('c').insertOne({ x: 1 }));
    await server.waitFor('insert');
    expect(await elapsed(() => client.close({ force: true, graceMS: 60_000 }))).toBeLessThan(500);
    expect(await write).toBeInstanceOf(InvalidOperation);
    expect(server.received('endSessions')).toHaveLength(0);
  });

  it('is hastened by a second call with force', async () => {
    const { server, client } = await serverAndClient({ script: { insert: 'silence' } });
    const write = rejectionOf(client.db('t').collection('c').insertOne({ x: 1 }));
    await server.waitFor('insert');
    const first = client.close({ graceMS: 60_000 });
    const again = client.close();
    expect(await elapsed(() => client.close({ force: true }))).toBeLessThan(500);
    await Promise.all([first, again]);
    expect(await write).toBeInstanceOf(InvalidOperation);
  });

  it('does not wait for a change stream that has nothing to tell', async () => {
    const { server, client } = await serverAndClient({
      hello: () => ({ msg: 'isdbgrid', isWritablePrimary: true, maxWireVersion: 25, minWireVersion: 0 }),
      script: {
        aggregate: { cursor: { id: 9n, ns: 't.c', firstBatch: [], postBatchResumeToken: { _data: '1' } } },
        getMore: 'silence',
      },
    });
    const stream = await client.db('t').collection('c').watch();
    const next = rejectionOf(stream.next());
    await server.waitFor('getMore');
    expect(await elapsed(() => client.close())).toBeLessThan(1_500);
    await next;
  });

  it('refuses wrong options and goes on working', async () => {
    const { client } = await serverAndClient();
    expect(await rejectionOf(client.close({ graceMS: '5' as never }))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(client.close({ graceMS: -1 }))).toMatchObject({ name: 'ConfigurationError' });
    expect(await rejectionOf(client.close({ force: 1 as never }))).toBeInstanceOf(TypeError);
    expect(await client.db('t').command('ping')).toEqual({ ok: 1 });
  });

  it('[METH-1] leaves no socket and no timer', async () => {
    const runtime = countingRuntime();
    const hello = () => ({
      isWritablePrimary: true,
      helloOk: true,
      maxWireVersion: 25,
      minWireVersion: 0,
      logicalSessionTimeoutMinutes: 30,
      topologyVersion: { processId: new ObjectId(), counter: Long.ONE },
    });
    const { server, client } = await serverAndClient(
      { hello },
      { runtime, minPoolSize: 2, maxIdleTimeMS: 50_000 },
    );
    await client.db('t').command('ping', { timeoutMS: 9_000 });
    expect(runtime.timers.size).toBeGreaterThan(0);
    await client.close();
    await Promise.all(server.connections.map((connection) => connection.closed));
    expect(runtime.timers.size).toBe(0);
  });
});
