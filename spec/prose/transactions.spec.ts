/** `source/transactions/tests/README.md`, by section and number. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AsyncClientSession, AsyncMongoClient } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf } from '../client/client-fixture.js';
import { commandsOf } from '../client/transactions-fixture.js';
import { arrival } from '../requirements/requirements-fixture.js';
import { failCommand } from '../support/observed-commands.js';

afterEach(closeAll);

describe('transactions prose tests: mongos pinning', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'sharded', members: 2 });
  });

  afterAll(() => deployment.stop());

  const setUp = async () => {
    const client = clientOf(deployment.uri, { localThresholdMS: 1_000 });
    await client.connect();
    const found = (): number =>
      [...client.topologyDescription.servers.values()].filter(({ isDataBearing }) => isDataBearing).length;
    await arrival(() => found() > 1);
    const collection = client.db('prose').collection('pinning');
    await collection.insertOne({});
    const session = client.startSession();
    session.startTransaction();
    await collection.insertOne({}, { session });
    await collection.insertOne({}, { session });
    await session.commitTransaction();
    const sent = commandsOf(client);
    const routers = (): Set<string> =>
      new Set(sent.filter(({ name }) => name === 'find').map(({ address }) => address));
    return { collection, session, routers };
  };

  it('1. [SESS-9] a new transaction goes to any router', async () => {
    const { collection, session, routers } = await setUp();
    for (let k = 0; k < 50; k++) {
      session.startTransaction();
      await collection.find({}, { session }).next();
      await session.abortTransaction();
    }
    expect(routers().size).toBeGreaterThan(1);
    await session.endSession();
  });

  it('2. an operation outside of a transaction goes to any router', async () => {
    const { collection, session, routers } = await setUp();
    for (let k = 0; k < 50; k++) await collection.find({}, { session }).next();
    expect(routers().size).toBeGreaterThan(1);
    await session.endSession();
  });
});

describe('transactions prose tests: PoolClearedError', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
  });

  afterAll(() => deployment.stop());

  /**
   * A transaction whose next operation waits for the only connection when that is lost, and the pool is cleared. A
   * server that is asked now and then does not find out about it in between.
   */
  const waitingForLostPool = async (
    operation: (client: AsyncMongoClient, session: AsyncClientSession) => Promise<unknown>,
  ): Promise<{ readonly error: unknown; readonly sent: readonly string[] }> => {
    const client = clientOf(deployment.uri, {
      maxPoolSize: 1,
      retryReads: false,
      serverMonitoringMode: 'poll',
      heartbeatFrequencyMS: 500,
    });
    const session = client.startSession();
    session.startTransaction();
    await client.db('prose').collection('c').insertOne({}, { session });
    await failCommand(
      client,
      { times: 1 },
      {
        failCommands: ['find'],
        blockConnection: true,
        blockTimeMS: 100,
        closeConnection: true,
      },
    );
    const sent = commandsOf(client);
    const lost = rejectionOf(client.db('prose').collection('c').findOne());
    const error = await operation(client, session).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await lost;
    await session.endSession();
    return { error, sent: sent.map(({ name }) => name) };
  };

  it('an operation that finds the pool cleared may be tried again with the transaction', async () => {
    const { error } = await waitingForLostPool((client, session) =>
      client.db('prose').collection('c').insertOne({}, { session }),
    );
    expect(error).toMatchObject({ name: 'PoolClearedError' });
    expect(
      (error as { hasErrorLabel(label: string): boolean }).hasErrorLabel('TransientTransactionError'),
    ).toBe(true);
  });

  it('a commit that finds the pool cleared is tried again, and has no such label', async () => {
    const { error, sent } = await waitingForLostPool((_, session) => session.commitTransaction());
    expect(error).toBeUndefined();
    expect(sent).toContain('commitTransaction');
  });
});

describe.each(['replicaset', 'sharded', 'load-balanced'] as const)(
  'transactions prose tests: options inside a transaction, %s',
  (topology) => {
    it('1.0 an unacknowledged write concern of the collection is not inherited', async () => {
      await using deployment = await startDeployment({ topology });
      const client = clientOf(deployment.uri);
      const collection = (await client.db('prose').createCollection('c')).withOptions({
        writeConcern: { w: 0 },
      });
      const session = client.startSession();
      session.startTransaction();
      await collection.insertOne({ n: 1 }, { session });
      await session.commitTransaction();
      await session.endSession();
      expect(await collection.countDocuments({ n: 1 })).toBe(1);
      await client.close();
    });
  },
);
