import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { ConfigurationError, InvalidOperation, type Document } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from './client-fixture.js';
import { setUp, startReplicaSet, type SentCommand } from './transactions-fixture.js';

afterEach(closeAll);

const idOf = ({ command }: Pick<SentCommand, 'command'>): string =>
  (command['lsid'] as { id: { toString(encoding: string): string } }).id.toString('hex');

describe('sessions', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('[SESS-1] begin without I/O, and take their options', async () => {
    const { server, client } = await serverAndClient();
    const session = client.startSession({ causalConsistency: false, defaultTimeoutMS: 100 });
    expect(session.client).toBe(client);
    expect(session.options).toMatchObject({ causalConsistency: false, snapshot: false });
    await session.endSession();
    expect(server.connections).toEqual([]);
  });

  it('[SESS-8] leave their server session to the next one', async () => {
    const { client, collection, sent } = await setUp(deployment);
    for (let k = 0; k < 3; k++) {
      await using session = client.startSession();
      await collection.findOne({}, { session });
    }
    expect(new Set(sent.map(idOf)).size).toBe(1);
  });

  it('[SESS-7] take the place of what a command of the user says of a session, and of its time under timeoutMS', async () => {
    const { server, client } = await serverAndClient({}, { timeoutMS: 5_000 });
    const published: Document[] = [];
    client.on('commandStarted', ({ command }) => published.push(command));
    await using session = client.startSession();
    await client.db('t').command({ ping: 1, lsid: { id: 1 }, maxTimeMS: 77_777 }, { session });
    const [ping] = server.received('ping');
    const told = published.find((command) => 'ping' in command);
    expect(ping?.command['lsid']).toEqual(session.sessionId);
    expect(ping?.command['maxTimeMS']).toBeLessThanOrEqual(5_000);
    for (const key of ['lsid', 'maxTimeMS'])
      expect(ping?.bytes.toString('latin1').split(`${key}\0`)).toHaveLength(2);
    expect(told).toEqual({
      ping: 1,
      lsid: session.sessionId,
      maxTimeMS: ping?.command['maxTimeMS'],
      $db: 't',
    });
  });

  it('[SESS-10] refuse an unacknowledged write before anything is sent', async () => {
    const { server, client } = await serverAndClient();
    const collection = client
      .db('t')
      .collection('c')
      .withOptions({ writeConcern: { w: 0 } });
    await using session = client.startSession();
    for (const write of [
      () => collection.insertOne({}, { session }),
      () => collection.updateOne({}, { $set: { a: 1 } }, { session }),
      () => collection.deleteOne({}, { session }),
      () => collection.bulkWrite([{ insertOne: { document: {} } }], { session }),
    ]) {
      expect(await rejectionOf(write())).toBeInstanceOf(ConfigurationError);
    }
    expect(server.connections).toEqual([]);
  });

  it('are not used again by others after a lost connection, though by their owner', async () => {
    const { client, collection, sent, failNext } = await setUp(deployment, { heartbeatFrequencyMS: 500 });
    await using session = client.startSession();
    await failNext('insert', { closeConnection: true });
    await collection.insertOne({ _id: 1 }, { session });
    await collection.insertOne({ _id: 2 }, { session });
    await session.endSession();
    await failNext('insert', { closeConnection: true });
    await collection.insertOne({ _id: 3 });
    await collection.insertOne({ _id: 4 });
    const [own, retried, later, implicit, again, fresh] = sent
      .filter(({ name }) => name === 'insert')
      .map(idOf);
    expect([retried, later]).toEqual([own, own]);
    expect(implicit).not.toBe(own);
    expect(again).toBe(implicit);
    expect(fresh).not.toBe(implicit);
    await client.close();
    const { endSessions } = sent.find(({ name }) => name === 'endSessions')?.command as {
      readonly endSessions: Document[];
    };
    const returned = endSessions.map((lsid) => idOf({ command: { lsid } }));
    expect(returned).not.toContain(own);
    expect(returned).not.toContain(implicit);
  });

  it('are forgotten before the server forgets them', async () => {
    let minutes = 0;
    const runtime = { ...nodeRuntime, now: () => nodeRuntime.now() + minutes * 60_000 };
    const { collection, sent } = await setUp(deployment, { runtime });
    await collection.findOne();
    minutes = 28;
    await collection.findOne();
    minutes = 58;
    await collection.findOne();
    const [first, second, third] = sent.filter(({ name }) => name === 'find').map(idOf);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('snapshot sessions', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset', members: 2 });
  });
  afterAll(() => deployment.stop());

  it('[SESS-3] read the data of one moment', async () => {
    const { client, collection, sent } = await setUp(deployment);
    const write = { writeConcern: { w: 'majority' } } as const;
    await collection.insertMany([{ _id: 1 }, { _id: 2 }], write);
    await using session = client.startSession({ snapshot: true });
    expect(session.snapshotTime).toBeNull();
    expect(await collection.find({}, { session }).toArray()).toHaveLength(2);
    const { snapshotTime } = session;
    await collection.insertOne({ _id: 3 }, write);
    await collection.deleteOne({ _id: 1 }, write);
    expect(await collection.distinct('_id', {}, { session })).toEqual([1, 2]);
    expect(await collection.countDocuments({}, { session, readPreference: 'secondary' })).toBe(2);
    expect(await collection.distinct('_id')).toEqual([2, 3]);
    const [first, ...later] = sent
      .filter(({ command }) => command['readConcern'] !== undefined)
      .map(({ command }) => command['readConcern'] as Document);
    expect(first).toEqual({ level: 'snapshot' });
    for (const readConcern of later)
      expect(readConcern).toEqual({ level: 'snapshot', atClusterTime: snapshotTime });
    expect(later).toHaveLength(2);
    expect(session.snapshotTime).toBe(snapshotTime);
  });

  it('[SESS-3] go back to the moment of another one', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await collection.insertOne({ _id: 1 }, { writeConcern: { w: 'majority' } });
    await using earlier = client.startSession({ snapshot: true });
    await collection.findOne({}, { session: earlier });
    const snapshotTime = earlier.snapshotTime ?? undefined;
    await collection.insertOne({ _id: 2 }, { writeConcern: { w: 'majority' } });
    await using session = client.startSession({ snapshot: true, snapshotTime });
    expect(session.snapshotTime).toEqual(snapshotTime);
    expect(await collection.find({}, { session }).toArray()).toEqual([{ _id: 1 }]);
    expect(sent.at(-1)?.command['readConcern']).toEqual({ level: 'snapshot', atClusterTime: snapshotTime });
  });

  it('[SESS-3] neither begin transactions nor take writes', async () => {
    const { client, collection } = await setUp(deployment);
    await using session = client.startSession({ snapshot: true });
    expect(() => session.startTransaction()).toThrow(InvalidOperation);
    expect(() => client.startSession({ snapshot: true, causalConsistency: true })).toThrow(
      ConfigurationError,
    );
    expect(await rejectionOf(collection.insertOne({ _id: 1 }, { session }))).toMatchObject({ code: 72 });
  });

  it('[SESS-3] need servers from 5.0 on', async () => {
    await using old = await startDeployment({ topology: 'replicaset', version: '4.4' });
    const client = clientOf(old.uri);
    await using session = client.startSession({ snapshot: true });
    const outcome = client.db('t').collection('c').findOne({}, { session });
    expect(await rejectionOf(outcome)).toMatchObject({
      message: expect.stringMatching(/^Snapshot reads require MongoDB 5.0 or later/),
    });
    await session.endSession();
    await client.close();
  });
});

describe('transactions under fault', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('[SESS-9] what the server has forgotten is done again', async () => {
    const { client, collection, sent, all } = await setUp(deployment);
    let attempts = 0;
    await client.withTransaction(async ({ sessionId }) => {
      await collection.insertOne({ _id: 1 });
      if (++attempts === 1)
        await client.db('admin').command({ killSessions: [sessionId] }, { session: null });
      await collection.insertOne({ _id: 2 });
    });
    expect(attempts).toBe(2);
    expect(await all()).toEqual([{ _id: 1 }, { _id: 2 }]);
    const numbers = sent
      .filter(({ name }) => name === 'insert')
      .map(({ command }) => String(command['txnNumber']));
    expect(numbers).toEqual(['1', '1', '2', '2']);
  });

  it('two that write the same document: one waits for its turn to be done again', async () => {
    const { client, collection } = await setUp(deployment);
    await collection.insertOne({ _id: 1, x: 0 });
    const add = () =>
      client.withTransaction(async () => {
        const found = await collection.findOne({ _id: 1 });
        await collection.updateOne({ _id: 1 }, { $set: { x: (found?.x ?? 0) + 1 } });
      });
    await Promise.all(Array.from({ length: 8 }, add));
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, x: 8 });
  });

  it('a commit whose connection is lost is sent again, and applies once', async () => {
    const { client, collection, names } = await setUp(deployment, { heartbeatFrequencyMS: 500 });
    await collection.insertOne({ _id: 1, x: 0 });
    await client.db('admin').command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['commitTransaction'], writeConcernError: { code: 91, errmsg: 'down' } },
    });
    await client.withTransaction(() => collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }));
    expect(names().filter((name) => name === 'commitTransaction')).toHaveLength(2);
    expect(await collection.findOne({ _id: 1 })).toEqual({ _id: 1, x: 1 });
  });
});

describe('transactions behind routers', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'sharded', members: 2 });
  });
  afterAll(() => deployment.stop());

  it('stay with one router, and let another find out with the recovery token', async () => {
    const { client, collection, sent, all } = await setUp(deployment, {
      heartbeatFrequencyMS: 500,
      localThresholdMS: 1_000,
    });
    await using session = client.startSession();
    session.startTransaction();
    for (let _id = 0; _id < 10; _id++) await collection.insertOne({ _id }, { session });
    const router = sent[0]?.address;
    expect(new Set(sent.map(({ address }) => address))).toEqual(new Set([router]));
    const direct = clientOf(`mongodb://${router ?? ''}/`);
    await direct.db('admin').command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['commitTransaction'], writeConcernError: { code: 91, errmsg: 'down' } },
    });
    await session.commitTransaction();
    const commits = sent.filter(({ name }) => name === 'commitTransaction');
    expect(commits.map(({ address }) => address === router)).toEqual([true, false]);
    for (const { command } of commits) expect(command['recoveryToken']).toBeDefined();
    expect(await all()).toHaveLength(10);
  });
});
