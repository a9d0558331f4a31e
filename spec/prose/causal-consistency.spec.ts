/** `source/causal-consistency/causal-consistency.md`, "Test Plan", by number. 10 was removed there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AsyncClientSession, Document, SessionOptions } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf } from '../client/client-fixture.js';
import { commandsOf } from '../client/transactions-fixture.js';
import { callable, SESSION_METHODS } from '../support/session-methods.js';

afterEach(closeAll);

const reads = SESSION_METHODS.filter(({ kind }) => kind === 'read');
const writes = SESSION_METHODS.filter(({ kind }) => kind === 'write');

let count = 0;

const setUp = ({ uri }: Deployment, options: SessionOptions = {}) => {
  const client = clientOf(uri);
  const collection = callable(client, 'causal', `c${String(++count)}`);
  const sent = commandsOf(client);
  const replies: Document[] = [];
  client.on('commandSucceeded', ({ reply }) => replies.push(reply));
  const session = client.startSession(options);
  const last = (): Document => sent.at(-1)?.command ?? {};
  return { client, collection, sent, replies, session, last };
};

/** Fails on the server, behind which the operation time is known all the same. */
const failingFind = (collection: ReturnType<typeof callable>, session: AsyncClientSession) =>
  rejectionOf(collection.find({ $noSuchOperator: 1 } as never, { session }).toArray());

describe.each(['replicaset', 'sharded'] as const)('causal consistency on a %s deployment', (topology) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({ topology });
  });

  afterAll(() => deployment.stop());

  it('1. a new session has no operationTime', () => {
    expect(setUp(deployment).session.operationTime).toBeNull();
  });

  it('2. [SESS-2] the first read has no afterClusterTime', async () => {
    const { collection, session, last } = setUp(deployment, { causalConsistency: true });
    await collection.findOne({}, { session });
    expect(last()).not.toHaveProperty('readConcern');
  });

  it('3. each reply advances the operationTime, an error too', async () => {
    const { client, collection, session, replies } = setUp(deployment, { causalConsistency: false });
    await collection.insertOne({}, { session });
    expect(session.operationTime).toEqual(replies.at(-1)?.['operationTime']);
    const other = client.startSession();
    await failingFind(collection, other);
    expect(other.operationTime).not.toBeNull();
  });

  it.each(reads)('4. [SESS-2] $name after findOne has its operationTime', async ({ call, command }) => {
    const { collection, session, sent, last } = setUp(deployment);
    await collection.findOne({}, { session });
    const { operationTime } = session;
    await call(collection, { session });
    expect(sent.at(-1)?.name).toBe(command);
    expect(last()).toMatchObject({ readConcern: { afterClusterTime: operationTime } });
  });

  it.each(writes)('5. findOne after $name has its operationTime', async ({ call }) => {
    const { collection, session, last } = setUp(deployment);
    await call(collection, { session });
    const { operationTime } = session;
    expect(operationTime).not.toBeNull();
    await collection.findOne({}, { session });
    expect(last()).toMatchObject({ readConcern: { afterClusterTime: operationTime } });
  });

  it('5. findOne after a write that failed has its operationTime', async () => {
    const { collection, session, last } = setUp(deployment);
    await collection.insertOne({ _id: 1 } as never);
    await rejectionOf(collection.insertOne({ _id: 1 } as never, { session }));
    const { operationTime } = session;
    expect(operationTime).not.toBeNull();
    await collection.findOne({}, { session });
    expect(last()).toMatchObject({ readConcern: { afterClusterTime: operationTime } });
  });

  it('6. [SESS-2] not in a session without causal consistency', async () => {
    const { collection, session, last } = setUp(deployment, { causalConsistency: false });
    await collection.findOne({}, { session });
    expect(session.operationTime).not.toBeNull();
    await collection.findOne({}, { session });
    expect(last()).not.toHaveProperty('readConcern');
  });

  it('8. no level where the read concern is the default of the server', async () => {
    const { collection, session, last } = setUp(deployment);
    await collection.findOne({}, { session });
    const { operationTime } = session;
    await collection.findOne({}, { session });
    expect(last()['readConcern']).toEqual({ afterClusterTime: operationTime });
  });

  it('9. joined with a read concern of the collection', async () => {
    const { collection, session, last } = setUp(deployment);
    const majority = collection.withOptions({ readConcern: 'majority' });
    await majority.findOne({}, { session });
    const { operationTime } = session;
    await majority.findOne({}, { session });
    expect(last()['readConcern']).toEqual({ level: 'majority', afterClusterTime: operationTime });
  });

  it('12. commands carry $clusterTime', async () => {
    const { client, collection, last } = setUp(deployment);
    await client.ping();
    await collection.findOne();
    expect(last()['$clusterTime']).toMatchObject({ clusterTime: expect.anything() });
  });

  it.each(writes)('13. $name after findOne has its operationTime', async ({ call, command }) => {
    const { collection, session, sent } = setUp(deployment);
    await collection.findOne({}, { session });
    const { operationTime } = session;
    await call(collection, { session });
    const write = sent.find(({ name }) => name === command);
    expect(write?.command).toMatchObject({ readConcern: { afterClusterTime: operationTime } });
  });

  it('not on a command of the user', async () => {
    const { client, collection, session, last } = setUp(deployment);
    await collection.insertOne({}, { session });
    await client.db('causal').command({ find: collection.name }, { session });
    expect(last()).not.toHaveProperty('readConcern');
  });

  it('goes over to another session by hand', async () => {
    const { client, collection, session, last } = setUp(deployment);
    await collection.insertOne({}, { session });
    await using other = client.startSession();
    other.advanceClusterTime(session.clusterTime as Document);
    other.advanceOperationTime(session.operationTime as never);
    await collection.findOne({}, { session: other });
    expect(last()).toMatchObject({ readConcern: { afterClusterTime: session.operationTime } });
  });
});

describe('causal consistency on a standalone', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment();
  });

  afterAll(() => deployment.stop());

  it('7. no afterClusterTime', async () => {
    const { collection, session, last } = setUp(deployment);
    await collection.findOne({}, { session });
    expect(session.operationTime).toBeNull();
    await collection.findOne({}, { session });
    expect(last()).not.toHaveProperty('readConcern');
  });

  it('11. no $clusterTime', async () => {
    const { collection, last } = setUp(deployment);
    await collection.findOne();
    await collection.findOne();
    expect(last()).not.toHaveProperty('$clusterTime');
  });
});
