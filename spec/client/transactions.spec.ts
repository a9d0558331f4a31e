import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  DuplicateKeyError,
  InvalidOperation,
  type TransactionOptions,
} from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from './client-fixture.js';
import { setUp, startReplicaSet } from './transactions-fixture.js';

afterEach(closeAll);

describe('transactions', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('[SESS-9] begins with the first command and is committed in admin', async () => {
    const { client, collection, sent, all } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    expect(session.inTransaction).toBe(true);
    expect(session.transactionState).toBe('starting');
    await collection.insertOne({ _id: 1 }, { session });
    expect(session.transactionState).toBe('in-progress');
    await collection.insertOne({ _id: 2 }, { session });
    expect(await all()).toEqual([]);
    await session.commitTransaction();
    expect(session.inTransaction).toBe(false);
    expect(await all()).toEqual([{ _id: 1 }, { _id: 2 }]);
    const [first, second, , commit] = sent.map(({ command }) => command);
    expect(first).toMatchObject({ startTransaction: true, autocommit: false, lsid: session.sessionId });
    expect(second).toMatchObject({ autocommit: false, txnNumber: first?.['txnNumber'] });
    expect(second).not.toHaveProperty('startTransaction');
    expect(commit).toMatchObject({ commitTransaction: 1, autocommit: false, $db: 'admin' });
  });

  it('[SESS-9] sends nothing for a transaction without operations', async () => {
    const { client, names } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    await session.commitTransaction();
    await session.commitTransaction();
    session.startTransaction();
    await session.abortTransaction();
    expect(names()).toEqual([]);
  });

  it('[SESS-9] a throwing callback aborts', async () => {
    const { client, collection, names, all } = await setUp(deployment);
    await using session = client.startSession();
    const failure = new Error('of the callback');
    const outcome = session.withTransaction(async () => {
      await collection.insertOne({ _id: 1 }, { session });
      throw failure;
    });
    expect(await rejectionOf(outcome)).toBe(failure);
    expect(names()).toEqual(['insert', 'abortTransaction']);
    expect(await all()).toEqual([]);
  });

  it('[SESS-6] many operations at once: each applies, one startTransaction', async () => {
    const { client, collection, sent, all } = await setUp(deployment);
    await using session = client.startSession();
    await session.withTransaction(() =>
      Promise.all(Array.from({ length: 20 }, (_, _id) => collection.insertOne({ _id }, { session }))),
    );
    expect(sent.filter(({ command }) => command['startTransaction'] === true)).toHaveLength(1);
    expect(sent.map(({ name }) => name)).toEqual([...Array<string>(20).fill('insert'), 'commitTransaction']);
    expect(await all()).toHaveLength(20);
  });

  it('[SESS-6] one of many fails: none applies, and nobody is left unheard', async () => {
    const { client, collection, names, all } = await setUp(deployment);
    await using session = client.startSession();
    const outcome = session.withTransaction(() =>
      Promise.all([0, 1, 1, 2].map((_id) => collection.insertOne({ _id }, { session }))),
    );
    expect(await rejectionOf(outcome)).toBeInstanceOf(DuplicateKeyError);
    expect(names()).toEqual(['insert', 'insert', 'insert', 'insert', 'abortTransaction']);
    expect(await all()).toEqual([]);
  });

  it("[SESS-6] under onConcurrentOperation: 'throw' the second is refused and the transaction stays usable", async () => {
    const { client, collection, names, all } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction({ onConcurrentOperation: 'throw' });
    const first = collection.insertOne({ _id: 1 }, { session });
    expect(await rejectionOf(collection.insertOne({ _id: 2 }, { session }))).toBeInstanceOf(InvalidOperation);
    await first;
    await collection.insertOne({ _id: 3 }, { session });
    await session.commitTransaction();
    expect(names()).toEqual(['insert', 'insert', 'commitTransaction']);
    expect(await all()).toEqual([{ _id: 1 }, { _id: 3 }]);
  });

  it.each(['defaultTransactionOptions', 'session'] as const)(
    "[SESS-6] onConcurrentOperation: 'throw' as a default of the session (%s)",
    async (where) => {
      const { client, collection } = await setUp(deployment);
      const options = { onConcurrentOperation: 'throw' } as const;
      await using session = client.startSession(
        where === 'session' ? options : { defaultTransactionOptions: options },
      );
      session.startTransaction();
      const first = collection.insertOne({ _id: 1 }, { session });
      expect(await rejectionOf(collection.insertOne({ _id: 2 }, { session }))).toBeInstanceOf(
        InvalidOperation,
      );
      await first;
    },
  );

  it('[SESS-6] commit waits for what was called before it, and refuses what is called beside it', async () => {
    const { client, collection, names } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    const straggler = collection.insertOne({ _id: 1 }, { session });
    const commit = session.commitTransaction();
    const late = collection.insertOne({ _id: 2 }, { session });
    expect(await rejectionOf(late)).toBeInstanceOf(InvalidOperation);
    expect(await rejectionOf(session.abortTransaction())).toBeInstanceOf(InvalidOperation);
    expect(() => session.startTransaction()).toThrow(InvalidOperation);
    await Promise.all([straggler, commit]);
    expect(names()).toEqual(['insert', 'commitTransaction']);
  });

  it('[SESS-6] a batch keeps its place: its commands follow each other', async () => {
    const { client, collection, names } = await setUp(deployment);
    await using session = client.startSession();
    await session.withTransaction(() =>
      Promise.all([
        collection.bulkWrite(
          [
            { insertOne: { document: { _id: 1 } } },
            { deleteOne: { filter: { _id: 1 } } },
            { insertOne: { document: { _id: 2 } } },
          ],
          { session },
        ),
        collection.findOne({}, { session }),
      ]),
    );
    expect(names()).toEqual(['insert', 'delete', 'insert', 'find', 'commitTransaction']);
  });

  it('inserts from a cursor of the same transaction', async () => {
    const { client, collection, all } = await setUp(deployment);
    await collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    await using session = client.startSession();
    const copies = async function* () {
      for await (const { _id } of collection.find({}, { session, batchSize: 2 })) yield { _id: _id + 10 };
    };
    await session.withTransaction(() => collection.insertMany(copies(), { session }));
    expect(await all()).toHaveLength(6);
  });

  it('[SESS-8] endSession aborts what is open, and waits for what runs', async () => {
    const { client, collection, names, all } = await setUp(deployment);
    const session = client.startSession();
    session.startTransaction();
    const straggler = collection.insertOne({ _id: 1 }, { session });
    await session.endSession();
    await straggler;
    expect(names()).toEqual(['insert', 'abortTransaction']);
    expect(await all()).toEqual([]);
    expect(session.hasEnded).toBe(true);
  });

  it('a client that closes aborts what is open, and not what is committed', async () => {
    const { client, collection, names } = await setUp(deployment);
    const [open, done] = [client.startSession(), client.startSession()];
    for (const session of [open, done]) session.startTransaction();
    await collection.insertOne({ _id: 1 }, { session: open });
    await collection.insertOne({ _id: 2 }, { session: done });
    await done.commitTransaction();
    await client.close();
    expect(names().filter((name) => name.endsWith('Transaction'))).toEqual([
      'commitTransaction',
      'abortTransaction',
    ]);
    expect(open.transactionState).toBe('aborted');
  });

  it('[SESS-4] takes what a transaction leaves out from the session, then from the client', async () => {
    const { client, collection, sent } = await setUp(deployment, { w: 1, readConcernLevel: 'local' });
    const defaultTransactionOptions: TransactionOptions = {
      writeConcern: { w: 'majority' },
      maxCommitTimeMS: 60_000,
    };
    await using session = client.startSession({ defaultTransactionOptions });
    await session.withTransaction(() => collection.insertOne({ _id: 1 }, { session }));
    await session.withTransaction(() => collection.insertOne({ _id: 2 }, { session }), {
      readConcern: 'snapshot',
      writeConcern: { w: 'majority', wTimeoutMS: 5_000 },
      maxCommitTimeMS: 30_000,
    });
    const [first, commit, second, secondCommit] = sent.map(({ command }) => command);
    expect(first).toMatchObject({ readConcern: { level: 'local' } });
    expect(first).not.toHaveProperty('writeConcern');
    expect(commit).toMatchObject({ writeConcern: { w: 'majority' }, maxTimeMS: 60_000 });
    expect(second).toMatchObject({ readConcern: { level: 'snapshot' } });
    expect(secondCommit).toMatchObject({
      writeConcern: { w: 'majority', wtimeout: 5_000 },
      maxTimeMS: 30_000,
    });
  });

  it('[SESS-4] refuses an unacknowledged write concern, given or inherited', async () => {
    const { client } = await setUp(deployment);
    const writeConcern = { w: 0 };
    expect(() => client.startSession({ defaultTransactionOptions: { writeConcern } })).toThrow(
      ConfigurationError,
    );
    await using session = client.startSession();
    expect(() => session.startTransaction({ writeConcern })).toThrow(/do not support unacknowledged/);
    expect(session.transactionState).toBe('none');
    const careless = clientOf(deployment, { w: 0 });
    await using other = careless.startSession();
    expect(() => other.startTransaction()).toThrow(ConfigurationError);
  });

  it('an unacknowledged collection writes acknowledged in a transaction', async () => {
    const { client, collection, all } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    await collection.withOptions({ writeConcern: { w: 0 } }).insertOne({ _id: 1 }, { session });
    await session.commitTransaction();
    expect(await all()).toEqual([{ _id: 1 }]);
  });

  it('a commit that is sent again asks for the majority', async () => {
    const { client, collection, sent, failNext } = await setUp(deployment, { w: 1 });
    await using session = client.startSession();
    session.startTransaction();
    await collection.insertOne({ _id: 1 }, { session });
    await failNext('commitTransaction', { closeConnection: true });
    await session.commitTransaction();
    await session.commitTransaction();
    const commits = sent.filter(({ name }) => name === 'commitTransaction');
    expect(commits.map(({ command }) => command['writeConcern'])).toEqual([
      { w: 1 },
      { w: 'majority', wtimeout: 10_000 },
      { w: 'majority', wtimeout: 10_000 },
    ]);
    expect(new Set(commits.map(({ command }) => command['txnNumber'])).size).toBe(1);
  });

  it('an operation after the end is outside', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    await session.withTransaction(() => collection.insertOne({ _id: 1 }, { session }));
    expect(session.transactionState).toBe('committed');
    await collection.findOne({}, { session });
    expect(session.transactionState).toBe('none');
    expect(sent.at(-1)?.command).not.toHaveProperty('txnNumber');
    expect(await rejectionOf(session.commitTransaction())).toMatchObject({
      message: 'No transaction started',
    });
  });

  it('a cursor of the transaction that is closed later does not touch its state', async () => {
    const { client, collection } = await setUp(deployment);
    await collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    await using session = client.startSession();
    session.startTransaction();
    const cursor = collection.find({}, { session, batchSize: 1 });
    await cursor.next();
    await session.commitTransaction();
    await cursor.close();
    expect(session.transactionState).toBe('committed');
    await session.commitTransaction();
  });

  it('a document that cannot be encoded leaves the transaction as it was', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    const bad = { _id: 1, x: () => 1 } as never;
    await rejectionOf(collection.insertOne(bad, { session }));
    expect(session.transactionState).toBe('starting');
    await collection.insertOne({ _id: 2 }, { session });
    expect(sent.map(({ command }) => command['startTransaction'])).toEqual([true]);
  });
});

describe('a transaction behind routers', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'load-balanced' });
  });
  afterAll(() => deployment.stop());

  it('has one connection to itself behind a load balancer, until it is left', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    await collection.insertOne({ _id: 1 }, { session });
    await Promise.all([collection.findOne({ _id: 1 }), collection.insertOne({ _id: 2 }, { session })]);
    await session.commitTransaction();
    const own = sent.filter(({ command }) => command['autocommit'] === false);
    expect(new Set(own.map(({ connection }) => connection)).size).toBe(1);
    const between = sent.find(({ name }) => name === 'find');
    expect(between?.connection).not.toBe(own[0]?.connection);
    await collection.findOne({}, { session });
    expect(session.transactionState).toBe('none');
  });

  it('gives its connection back when the session ends', async () => {
    const { client, collection } = await setUp(deployment, { maxPoolSize: 1 });
    const session = client.startSession();
    session.startTransaction();
    await collection.insertOne({ _id: 1 }, { session });
    await session.endSession();
    expect(await collection.findOne()).toBeNull();
  });
});

describe('transactions: bad input', () => {
  it('is refused on a standalone before anything is sent', async () => {
    const { server, client } = await serverAndClient();
    await using unconnected = client.startSession();
    unconnected.startTransaction();
    const insert = client.db('t').collection('c').insertOne({ a: 1 }, { session: unconnected });
    expect(await rejectionOf(insert)).toMatchObject({ name: 'InvalidOperation', message: /standalone/ });
    await using session = client.startSession();
    expect(() => session.startTransaction()).toThrow(InvalidOperation);
    expect(server.received('insert')).toEqual([]);
  });

  it('refuses illegal steps, contradictory options and foreign sessions before anything is sent', async () => {
    const { server, client } = await serverAndClient({ hello: { msg: 'isdbgrid' } });
    const { client: other } = await serverAndClient();
    const collection = client.db('t').collection('c');
    await using session = client.startSession();
    await using snapshot = client.startSession({ snapshot: true });
    const ended = client.startSession();
    await ended.endSession();
    const misfits: readonly [() => unknown, unknown][] = [
      [() => session.commitTransaction(), InvalidOperation],
      [() => session.abortTransaction(), InvalidOperation],
      [() => ended.startTransaction(), InvalidOperation],
      [() => ended.commitTransaction(), InvalidOperation],
      [() => ended.withTransaction(() => 1), InvalidOperation],
      [() => ended.bind(() => 1), InvalidOperation],
      [() => snapshot.startTransaction(), InvalidOperation],
      [() => session.snapshotTime, InvalidOperation],
      [() => session.startTransaction({ maxCommitTimeMS: -1 }), ConfigurationError],
      [() => session.startTransaction({ onConcurrentOperation: 'wait' as never }), ConfigurationError],
      [() => session.startTransaction(null as never), TypeError],
      [() => session.withTransaction('x' as never), TypeError],
      [() => client.withTransaction(undefined as never), TypeError],
      [() => session.withTransaction(() => 1, { maxAttempts: 0 }), ConfigurationError],
      [() => session.withTransaction(() => 1, { maxAttempts: '3' as never }), TypeError],
      [() => session.withTransaction(() => 1, { onRetry: 1 as never }), TypeError],
      [() => session.withTransaction(() => 1, { timeoutMS: -1 }), ConfigurationError],
      [() => session.withTransaction(() => 1, { signal: {} as never }), TypeError],
      [() => client.startSession({ defaultTimeoutMS: -1 }), ConfigurationError],
      [() => client.startSession({ snapshotTime: 5 as never, snapshot: true }), TypeError],
    ];
    for (const [call, type] of misfits) {
      const outcome = (async () => await call())();
      expect(await rejectionOf(outcome)).toBeInstanceOf(type as never);
    }
    session.startTransaction();
    for (const [operation, words] of [
      [collection.findOne({}, { session, readConcern: 'local' }), /^Cannot set read concern after starting/],
      [
        collection.insertOne({}, { session, writeConcern: { w: 1 } }),
        /^Cannot set write concern after starting/,
      ],
      [collection.insertOne({}, { session, w: 1 }), /^Cannot set write concern after starting/],
      [collection.findOne({}, { session, readPreference: 'secondary' }), /must be primary/],
      [client.db('t').command({ find: 'c' }, { session, readPreference: 'nearest' }), /must be primary/],
      [other.db('t').collection('c').insertOne({}, { session }), /started by another client/],
    ] as const) {
      expect(await rejectionOf(operation as Promise<unknown>)).toMatchObject({
        name: 'InvalidOperation',
        message: expect.stringMatching(words),
      });
    }
    expect(session.transactionState).toBe('starting');
    expect(server.requests.filter(({ commandName }) => !/hello|ismaster/i.test(commandName))).toEqual([]);
  });
});
