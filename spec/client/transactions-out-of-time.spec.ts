import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidOperation, type AsyncMongoClient } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf } from './client-fixture.js';
import { setUp, startReplicaSet } from './transactions-fixture.js';

afterEach(closeAll);

/** Resolves when the next command of this name is sent. */
const sending = (client: AsyncMongoClient, name: string): Promise<void> =>
  new Promise((resolve) => {
    client.on('commandStarted', ({ commandName }) => {
      if (commandName === name) resolve();
    });
  });

describe('an abort that runs out of time before its turn', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('tells the server in the background, and what was not sent yet is refused', async () => {
    const { client, collection, names, failNext, all } = await setUp(deployment);
    await collection.insertOne({ _id: 1 });
    await using session = client.startSession();
    session.startTransaction();
    await collection.updateOne({ _id: 1 }, { $set: { x: 1 } }, { session });
    await failNext('find', { blockConnection: true, blockTimeMS: 1_000 });
    const aborted = sending(client, 'abortTransaction');
    const straggler = rejectionOf(collection.findOne({}, { session }));
    const queued = rejectionOf(collection.insertOne({ _id: 2 }, { session }));
    await session.abortTransaction({ timeoutMS: 50 }).catch(() => undefined);
    expect(session.transactionState).toBe('aborted');
    await aborted;
    // The lock of the update is gone long before the server would give the transaction up.
    await collection.updateOne({ _id: 1 }, { $set: { x: 2 } });
    expect(await queued).toMatchObject({ name: 'InvalidOperation', message: /aborted while insert waited/ });
    expect(await straggler).toMatchObject({ code: 251 });
    expect(names().filter((name) => name === 'insert')).toHaveLength(1);
    expect(await all()).toEqual([{ _id: 1, x: 2 }]);
  });

  it.each(['abortTransaction', 'endSession'] as const)(
    'a first command that still waits for its connection is not sent (%s)',
    async (method) => {
      const { client, collection, names, failNext } = await setUp(deployment, { maxPoolSize: 1 });
      const session = client.startSession();
      session.startTransaction();
      await failNext('find', { blockConnection: true, blockTimeMS: 500 });
      const busy = collection.findOne();
      const waiting = rejectionOf(collection.insertOne({ _id: 1 }, { session }));
      await session[method]({ timeoutMS: 50 }).catch(() => undefined);
      expect(await waiting).toBeInstanceOf(InvalidOperation);
      await busy;
      expect(names()).not.toContain('insert');
      expect(names()).not.toContain('abortTransaction');
      await session.endSession();
    },
  );
});

describe('an abort behind a load balancer that runs out of time before its turn', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'load-balanced' });
  });
  afterAll(() => deployment.stop());

  it.each(['abortTransaction', 'endSession'] as const)(
    'closes the connection, as nobody else may meet the straggler on it (%s)',
    async (method) => {
      const { client, collection, sent, failNext } = await setUp(deployment);
      const session = client.startSession();
      session.startTransaction();
      await collection.insertOne({ _id: 1 }, { session });
      await failNext('insert', { blockConnection: true, blockTimeMS: 2_000 });
      const straggler = rejectionOf(collection.insertOne({ _id: 2 }, { session }));
      await session[method]({ timeoutMS: 50 }).catch(() => undefined);
      expect(await straggler).toMatchObject({ name: 'InvalidOperation', message: /transaction ended while/ });
      await Promise.all(Array.from({ length: 5 }, () => collection.countDocuments()));
      const pinned = sent.find(({ name }) => name === 'insert')?.connection;
      expect(
        sent.filter(({ name, connection }) => name === 'aggregate' && connection === pinned),
      ).toHaveLength(0);
      if (session.hasEnded) return;
      await session.withTransaction(() => collection.insertOne({ _id: 3 }, { session }));
      await session.endSession();
    },
  );

  it('a first command that still waits for its connection does not keep it', async () => {
    const { client, collection, failNext } = await setUp(deployment, { maxPoolSize: 1 });
    await using session = client.startSession();
    session.startTransaction();
    await failNext('find', { blockConnection: true, blockTimeMS: 500 });
    const busy = collection.findOne();
    const waiting = rejectionOf(collection.insertOne({ _id: 1 }, { session }));
    await session.abortTransaction({ timeoutMS: 50 }).catch(() => undefined);
    expect(await waiting).toBeInstanceOf(InvalidOperation);
    await busy;
    expect(await collection.countDocuments()).toBe(0);
  });
});

describe('an operation that outlives its transaction', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'sharded', members: 2 });
  });
  afterAll(() => deployment.stop());

  it('fails without touching the next one', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    await collection.insertOne({ _id: 1 }, { session });
    for (const address of client.nodes) {
      await clientOf(`mongodb://${address}`)
        .db('admin')
        .command({
          configureFailPoint: 'failCommand',
          mode: { times: 1 },
          data: {
            failCommands: ['insert'],
            blockConnection: true,
            blockTimeMS: 300,
            errorCode: 112,
            errorLabels: ['TransientTransactionError'],
          },
        });
    }
    const straggler = rejectionOf(collection.insertOne({ _id: 2 }, { session }));
    await session.abortTransaction({ timeoutMS: 50 }).catch(() => undefined);
    session.startTransaction();
    await collection.findOne({}, { session });
    expect(await straggler).toMatchObject({ code: 112 });
    for (let n = 0; n < 10; n++) await collection.findOne({}, { session });
    const { txnNumber } = sent.at(-1)?.command as { txnNumber: bigint };
    const next = sent.filter(({ command }) => command['txnNumber'] === txnNumber);
    expect(next).toHaveLength(11);
    expect(new Set(next.map(({ address }) => address)).size).toBe(1);
  });
});
