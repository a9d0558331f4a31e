import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AsyncCollection, AsyncMongoClient, Document } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import { observeCommands } from '../support/observed-commands.js';
import { cursorReply } from '../support/scripted-server.js';
import { deferred } from '../../lib/core/deferred.js';
import type { Answer } from '../support/scripted-server.js';

afterEach(closeAll);

const REASON = new Error('enough');

/** Resolves when the client's next command of this name is on its way, or has its answer. */
const event = (
  client: AsyncMongoClient,
  name: 'commandStarted' | 'commandSucceeded',
  command: string,
): Promise<void> =>
  new Promise((resolve) => {
    client.on(name, ({ commandName }) => {
      if (commandName === command) resolve();
    });
  });

/** A script that sleeps far longer than a test takes. */
const slow = { $where: 'sleep(60000) || true' };

describe.each(['standalone', 'replicaset', 'sharded'] as const)(
  'killOnAbort on a %s deployment',
  (topology) => {
    let deployment: Deployment;

    beforeAll(async () => {
      deployment = await startDeployment({ topology });
    });
    afterAll(() => deployment.stop());

    const setUp = async (): Promise<{ client: AsyncMongoClient; coll: AsyncCollection<Document> }> => {
      const client = clientOf(deployment.uri);
      const coll = client.db('kill').collection('c');
      await coll.deleteMany({});
      await coll.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }] as Document[]);
      return { client, coll };
    };

    /** What the server works on, as another client sees it. */
    const running = async (client: AsyncMongoClient, command: string): Promise<number> => {
      const { inprog } = await client.db('admin').command({ currentOp: 1 });
      return (inprog as Document[]).filter((op) => command in (op['command'] as Document)).length;
    };

    it.each([
      ['find', (coll: AsyncCollection<Document>, limits: object) => coll.find(slow, limits).toArray()],
      ['find', (coll: AsyncCollection<Document>, limits: object) => coll.findOne(slow, limits)],
      [
        'update',
        (coll: AsyncCollection<Document>, limits: object) =>
          coll.updateMany(slow, { $set: { a: 1 } }, limits),
      ],
      ['delete', (coll: AsyncCollection<Document>, limits: object) => coll.deleteMany(slow, limits)],
    ] as const)('ends %s on the server', async (command, call) => {
      const { client, coll } = await setUp();
      const controller = new AbortController();
      const sent = event(client, 'commandStarted', command);
      const killed = event(client, 'commandSucceeded', 'killOp');
      const outcome = rejectionOf(call(coll, { signal: controller.signal, killOnAbort: true }));
      await sent;
      const other = clientOf(deployment.uri);
      while ((await running(other, command)) === 0);
      const created: unknown[] = [];
      controller.abort(REASON);
      expect(await outcome).toBe(REASON);
      await killed;
      while ((await running(other, command)) > 0);
      // The late reply tells of the interruption: its connection serves on.
      client.on('connectionClosed', (closed) => created.push(closed));
      expect(await coll.countDocuments({})).toBe(3);
      expect(created).toEqual([]);
    });

    it('follows a passed timeoutMS, too', async () => {
      const { client, coll } = await setUp();
      const killed = event(client, 'commandSucceeded', 'killOp');
      // Iteration by iteration: the server is told no maxTimeMS.
      const limits = { timeoutMS: 300, timeoutMode: 'iteration', killOnAbort: true } as const;
      expect(await rejectionOf(coll.find(slow, limits).toArray())).toMatchObject({ timeout: true });
      await killed;
      const other = clientOf(deployment.uri);
      while ((await running(other, 'find')) > 0);
    });

    it('a cursor is ended by killCursors where its getMore is aborted, with or without it', async () => {
      const { client, coll } = await setUp();
      const controller = new AbortController();
      const cursor = coll.find({}, { batchSize: 1, signal: controller.signal });
      await cursor.next();
      const killed = event(client, 'commandSucceeded', 'killCursors');
      controller.abort(REASON);
      expect(await rejectionOf(cursor.next())).toBe(REASON);
      await killed;
    });

    it('sends nothing more where the operation was done', async () => {
      const { client, coll } = await setUp();
      const { started } = observeCommands(client, 'aggregate');
      await coll.findOne({}, { killOnAbort: true, timeoutMS: 60_000 });
      expect(started).toEqual([]);
    });
  },
);

describe('work that was given up', () => {
  const begin = async (options: object) => {
    const gate = deferred<Answer>();
    const { server, client } = await serverAndClient({ script: { find: () => gate.promise } });
    const controller = new AbortController();
    const outcome = rejectionOf(
      client
        .db('d')
        .collection('c')
        .find({}, { signal: controller.signal, ...options })
        .toArray(),
    );
    await server.waitFor('find');
    return { server, client, gate, controller, outcome };
  };

  it('a cursor that a late reply tells of is killed', async () => {
    const { server, gate, controller, outcome } = await begin({});
    controller.abort(REASON);
    expect(await outcome).toBe(REASON);
    gate.resolve(cursorReply('d.c', [{ _id: 1 }], { id: 77n }));
    const { command } = await server.waitFor('killCursors');
    expect(command).toMatchObject({ killCursors: 'c', cursors: [77] });
  });

  it('nothing is killed that has its reply by the time the server tells of it', async () => {
    const { server, client, gate, controller, outcome } = await begin({ killOnAbort: true });
    server.on('aggregate', async () => {
      gate.resolve(cursorReply('d.c', []));
      // The reply that is late overtakes this one.
      await new Promise((resolve) => setImmediate(resolve));
      return cursorReply('admin.$cmd.aggregate', [{ opid: 5 }]);
    });
    server.on('killOp', {});
    const asked = event(client, 'commandSucceeded', 'aggregate');
    controller.abort(REASON);
    await outcome;
    await asked;
    await client.ping();
    expect(server.received('killOp')).toEqual([]);
  });

  it('a server that refuses to tell what it does is left alone', async () => {
    const { server, client, gate, controller, outcome } = await begin({ killOnAbort: true });
    controller.abort(REASON);
    expect(await outcome).toBe(REASON);
    await server.waitFor('aggregate');
    gate.resolve(cursorReply('d.c', []));
    await client.ping();
    expect(server.received('killOp')).toEqual([]);
  });

  it('killOnAbort is a boolean', () => {
    const client = clientOf('mongodb://127.0.0.1:1', { connect: false });
    const collection = client.db('d').collection('c');
    expect(() => collection.find({}, { killOnAbort: 'yes' as never })).toThrow(TypeError);
    return expect(collection.findOne({}, { killOnAbort: 1 as never })).rejects.toThrow(/killOnAbort/);
  });
});
