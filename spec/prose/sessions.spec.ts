/**
 * `source/sessions/tests/README.md`, "Prose tests", by number. 7, 16 and 17 are for drivers whose users change on the
 * fly, 12 and 13 for drivers whose process forks, 15 for those that speak OP_QUERY: this one does none of it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  InvalidOperation,
  Timestamp,
  type AsyncMongoClient,
  type Document,
} from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient, startServer } from '../client/client-fixture.js';
import { commandsOf } from '../client/transactions-fixture.js';
import { arrival, isHello } from '../requirements/requirements-fixture.js';
import {
  cursorReply,
  mongosHello,
  standaloneHello,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { callable, SESSION_METHODS } from '../support/session-methods.js';

afterEach(closeAll);

const none = cursorReply('prose.c', []);

/** A router that has an answer for every method. */
const answeringEverything = async (): Promise<{ server: ScriptedServer; client: AsyncMongoClient }> => {
  const { server, client } = await serverAndClient({
    hello: mongosHello(),
    script: {
      find: none,
      aggregate: none,
      listIndexes: none,
      listCollections: none,
      listDatabases: { databases: [] },
      distinct: { values: [] },
      count: { n: 0 },
      insert: { n: 1 },
      update: { n: 1, nModified: 1 },
      delete: { n: 1 },
      findAndModify: { value: null },
      createSearchIndexes: { indexesCreated: [{ id: '1', name: 'x' }] },
      '*': ({ commandName }) => (isHello(commandName) ? undefined : { ok: 1 }),
    },
  });
  return { server, client };
};

const idOf = (command: Document | undefined): string =>
  (command?.['lsid'] as { id: { toString(encoding: string): string } }).id.toString('hex');

const sentTo = (server: ScriptedServer, command: string): Document | undefined =>
  server.received(command).at(-1)?.command;

describe('sessions prose tests', () => {
  it('1. snapshot and causalConsistency exclude each other', async () => {
    const { client } = await serverAndClient();
    expect(() => client.startSession({ snapshot: true, causalConsistency: true })).toThrow(
      ConfigurationError,
    );
  });

  it('2. the pool is last in, first out', async () => {
    const { client } = await serverAndClient();
    const [a, b] = [client.startSession(), client.startSession()];
    const [idOfA, idOfB] = [a.sessionId, b.sessionId];
    await a.endSession();
    await b.endSession();
    await using third = client.startSession();
    await using fourth = client.startSession();
    expect(third.sessionId).toBe(idOfB);
    expect(fourth.sessionId).toBe(idOfA);
  });

  it.each(SESSION_METHODS)('4. [SESS-7] explicit and implicit sessions: $name', async ({ command, call }) => {
    const { server, client } = await answeringEverything();
    const collection = callable(client, 'prose', 'c');
    await using session = client.startSession();
    await call(collection, { session });
    expect(sentTo(server, command)?.['lsid']).toMatchObject({ id: session.sessionId['id'] });
    await call(collection, {});
    expect(idOf(sentTo(server, command))).not.toBe(idOf({ lsid: session.sessionId }));
  });

  it.each(SESSION_METHODS)('5. [SESS-5] the session of another client: $name', async ({ call }) => {
    const { server, client } = await answeringEverything();
    const other = clientOf(server);
    await using session = other.startSession();
    const outcome = call(callable(client, 'prose', 'c'), { session });
    expect(await rejectionOf(outcome)).toMatchObject({
      name: 'InvalidOperation',
      message: expect.stringContaining('The session was started by another client'),
    });
    expect(server.connections).toEqual([]);
  });

  it.each(SESSION_METHODS)('6. [SESS-8] a session that has ended: $name', async ({ call }) => {
    const { server, client } = await answeringEverything();
    const session = client.startSession();
    await session.endSession();
    const outcome = call(callable(client, 'prose', 'c'), { session });
    expect(await rejectionOf(outcome)).toBeInstanceOf(InvalidOperation);
    expect(server.connections).toEqual([]);
  });

  it('6. [SESS-8] a session that was disposed of', async () => {
    const { client } = await answeringEverything();
    const collection = client.db('prose').collection('c');
    const session = client.startSession();
    {
      await using disposed = session;
      void disposed;
    }
    expect(session.hasEnded).toBe(true);
    expect(await rejectionOf(collection.insertOne({}, { session }))).toBeInstanceOf(InvalidOperation);
  });

  it('18. a server without sessions: no implicit session', async () => {
    const { server, client } = await withoutSessions();
    const collection = client.db('prose').collection('c');
    await collection.findOne();
    await collection.insertOne({});
    for (const { command } of [...server.received('find'), ...server.received('insert')])
      expect(command).not.toHaveProperty('lsid');
  });

  it('19. a server without sessions: an explicit session is an error', async () => {
    const { server, client } = await withoutSessions();
    const collection = client.db('prose').collection('c');
    await using session = client.startSession();
    for (const outcome of [collection.findOne({}, { session }), collection.insertOne({}, { session })]) {
      expect(await rejectionOf(outcome)).toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringMatching(/does not support sessions/),
      });
    }
    expect([...server.received('find'), ...server.received('insert')]).toEqual([]);
  });

  it('21. snapshotTime needs a snapshot', async () => {
    const { client } = await serverAndClient();
    const snapshotTime = new Timestamp({ t: 1, i: 0 });
    expect(() => client.startSession({ snapshot: false, snapshotTime })).toThrow(ConfigurationError);
  });

  it('22. the snapshotTime of a session that is no snapshot is an error', async () => {
    const { client } = await serverAndClient();
    await using session = client.startSession({ snapshot: false });
    expect(() => session.snapshotTime).toThrow(InvalidOperation);
    expect(session.options.snapshotTime).toBeUndefined();
  });

  it('23. snapshotTime is read-only', async () => {
    const { client } = await serverAndClient();
    await using session = client.startSession({ snapshot: true });
    expect(session.snapshotTime).toBeNull();
    expect(() => {
      (session as { snapshotTime: unknown }).snapshotTime = new Timestamp({ t: 1, i: 0 });
    }).toThrow(TypeError);
    expect(session.snapshotTime).toBeNull();
  });
});

const withoutSessions = async (): Promise<{ server: ScriptedServer; client: AsyncMongoClient }> => {
  const { logicalSessionTimeoutMinutes: _, ...hello } = standaloneHello();
  const server = await startServer({
    hello: { ...hello, logicalSessionTimeoutMinutes: null },
    script: { find: none, insert: { n: 1 } },
  });
  return { server, client: clientOf(server) };
};

describe.each(['replicaset', 'sharded'] as const)('sessions prose tests on a %s deployment', (topology) => {
  let deployment: Deployment;
  let name = 0;

  beforeAll(async () => {
    deployment = await startDeployment({ topology, members: 2 });
  });

  afterAll(() => deployment.stop());

  const setUp = (options: Parameters<typeof clientOf>[1] = {}, uri = deployment.uri) => {
    const client = clientOf(uri, options);
    const collection = client.db('prose').collection(`c${String(++name)}`);
    const sent = commandsOf(client);
    const replies: Document[] = [];
    client.on('commandSucceeded', ({ reply }) => replies.push(reply));
    return { client, collection, sent, replies };
  };

  it('3. [SESS-7] sends the $clusterTime that it knows', async () => {
    const { client, collection, sent, replies } = setUp({ heartbeatFrequencyMS: 1_000_000 });
    await client.connect();
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.db('admin').command('ping'),
      () => collection.aggregate([]).toArray(),
      () => collection.find().toArray(),
      () => collection.insertOne({}),
    ];
    for (const call of calls) {
      await call();
      const known = replies.at(-1)?.['$clusterTime'] as Document;
      expect(known['clusterTime']).toBeDefined();
      await call();
      expect(sent.at(-1)?.command['$clusterTime']).toMatchObject({ clusterTime: known['clusterTime'] });
    }
  });

  it('8. a cursor that is exhausted with its first batch gives its session back', async () => {
    const { collection, sent } = setUp();
    await collection.insertMany([{}, {}]);
    const cursor = collection.find();
    await cursor.next();
    await collection.findOne();
    const [first, second] = sent.filter(({ name: command }) => command === 'find');
    expect(idOf(second?.command)).toBe(idOf(first?.command));
    await cursor.close();
  });

  it('9. a cursor that is exhausted with getMore gives its session back', async () => {
    const { collection, sent } = setUp();
    await collection.insertMany([{}, {}, {}, {}, {}]);
    const cursor = collection.find({}, { batchSize: 3 });
    for (let k = 0; k < 4; k++) await cursor.next();
    await collection.findOne();
    const [first, getMore, second] = sent.slice(1).map(({ command }) => idOf(command));
    expect(getMore).toBe(first);
    expect(second).toBe(first);
    await cursor.close();
  });

  it('10. no session stays checked out, whatever was done', async () => {
    const { client, collection, sent } = setUp();
    await collection.insertMany([{ x: 1 }, { x: 2 }, { x: 3 }]);
    const cursor = collection.find({}, { batchSize: 1 });
    await cursor.next();
    await cursor.close();
    for await (const document of collection.find({}, { batchSize: 1 })) {
      void document;
      break;
    }
    await rejectionOf(client.db('prose').command('noSuchCommand'));
    await using session = client.startSession();
    await collection.findOne({}, { session });
    await session.endSession();
    const used = new Set(sent.map(({ command }) => idOf(command)));
    await client.close();
    const farewell = sent.find(({ name: command }) => command === 'endSessions')?.command;
    const returned = (farewell?.['endSessions'] as Document[]).map((lsid) => idOf({ lsid }));
    expect(new Set(returned)).toEqual(used);
  });

  it.each(['primary', 'primaryPreferred', 'secondaryPreferred', 'nearest', 'secondary'] as const)(
    '11. find and getMore have one session, with read preference %s',
    async (readPreference) => {
      const { collection, sent } = setUp();
      await collection.insertMany([{}, {}, {}], { writeConcern: { w: 'majority' } });
      await collection.find({}, { batchSize: 2, readPreference }).toArray();
      const [find, getMore] = sent.slice(1).map(({ command }) => idOf(command));
      expect(find).toMatch(/^[\da-f]{32}$/);
      expect(getMore).toBe(find);
    },
  );

  it('14. implicit sessions are taken after the connection', async () => {
    const { client, collection, sent } = setUp(
      { maxPoolSize: 1, retryWrites: true },
      deployment.singleRouterUri,
    );
    await collection.insertOne({});
    const counts: number[] = [];
    for (let round = 0; round < 5; round++) {
      sent.length = 0;
      await Promise.all([
        collection.insertOne({}),
        collection.deleteOne({}),
        collection.updateOne({}, { $set: { a: 1 } }),
        collection.bulkWrite([{ updateOne: { filter: {}, update: { $set: { a: 1 } } } }]),
        collection.findOneAndDelete({}),
        collection.findOneAndUpdate({}, { $set: { a: 1 } }),
        collection.findOneAndReplace({}, { a: 1 }),
        collection.find().toArray(),
      ]);
      expect(sent).toHaveLength(8);
      counts.push(new Set(sent.map(({ command }) => idOf(command))).size);
    }
    expect(counts).toContain(1);
    for (const count of counts) expect(count).toBeLessThan(8);
    await client.close();
  });

  it('20. monitors do not gossip $clusterTime', async () => {
    const { client, sent, replies } = setUp(
      { directConnection: true, heartbeatFrequencyMS: 500 },
      `mongodb://${deployment.hosts[0] ?? ''}/`,
    );
    const ping = () => client.db('admin').command('ping');
    await ping();
    const known = (replies.at(-1)?.['$clusterTime'] as Document)['clusterTime'] as Timestamp;
    const other = setUp();
    await other.collection.insertOne({ advance: '$clusterTime' });
    const advanced = (other.replies.at(-1)?.['$clusterTime'] as Document)['clusterTime'] as Timestamp;
    expect(advanced.compare(known)).toBe(1);
    let beats = 0;
    let before: number | undefined;
    client.on('serverHeartbeatStarted', () => (before = beats));
    client.on('serverHeartbeatSucceeded', () => {
      if (before !== undefined) beats++;
    });
    await arrival(() => beats > 0);
    await ping();
    expect(sent.at(-1)?.command['$clusterTime']).toMatchObject({ clusterTime: known });
  });
});
