/**
 * `source/client-side-operations-timeout/tests/README.md`, "Prose Tests", by number, and its unit tests as far as
 * spec/pool/late-reply.spec.ts has none for them. 2 and 3 wait for encryption, 6 and 7 for GridFS, 11 for the client's
 * bulkWrite. The limits there are a few milliseconds; here they leave a loaded machine time to send what is counted.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AsyncMongoClient,
  NetworkTimeout,
  OperationTimeout,
  ServerSelectionTimeoutError,
} from '../../lib/index.js';
import type { AsyncClientSession, AsyncMongoClientOptions } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, deadAddress, rejectionOf, startServer } from '../client/client-fixture.js';
import { failCommand, observeCommands } from '../support/observed-commands.js';

const EVENT_TIMEOUT_MS = 10_000;

/** Milliseconds until a promise rejects, and what with. */
const timed = async (
  promise: Promise<unknown>,
): Promise<{ readonly error: unknown; readonly ms: number }> => {
  const start = performance.now();
  const error = await rejectionOf(promise);
  return { error, ms: performance.now() - start };
};

let deployment: Deployment;
let internal: AsyncMongoClient;

const use = (topology: 'standalone' | 'replicaset'): void => {
  beforeAll(async () => {
    deployment = await startDeployment({ topology, auth: true });
    internal = new AsyncMongoClient(deployment.uri, { appName: 'internal' });
    await internal.connect();
  });
  afterEach(async () => {
    await failCommand(internal, 'off');
    await closeAll();
  });
  afterAll(async () => {
    await internal.close({ force: true });
    await deployment.stop();
  });
};

/** With a connection at hand, so that the limit counts for what is tested alone. */
const warmClient = async (options: AsyncMongoClientOptions = {}): Promise<AsyncMongoClient> => {
  const client = clientOf(deployment.uri, { serverSelectionTimeoutMS: 30_000, ...options });
  await client.ping({ timeoutMS: 0 });
  return client;
};

const block = (failCommands: readonly string[], blockTimeMS: number, times?: number, more: object = {}) =>
  failCommand(internal, times === undefined ? 'alwaysOn' : { times }, {
    failCommands,
    blockConnection: true,
    blockTimeMS,
    ...more,
  });

describe('client-side operations timeout prose tests on a standalone', () => {
  use('standalone');

  it('1. Multi-batch inserts', async () => {
    const client = await warmClient({ timeoutMS: 10_000 });
    const { started } = observeCommands(client, 'insert');
    const documents = Array.from({ length: 50 }, (_, _id) => ({ _id, a: 'x'.repeat(1024 * 1024) }));
    await block(['insert'], 5_010, 2);
    const error = await rejectionOf(client.db('db').collection('coll').insertMany(documents));
    expect(error).toMatchObject({ timeout: true });
    expect(started).toHaveLength(2);
  }, 60_000);
});

describe('client-side operations timeout prose tests on a replica set', () => {
  use('replicaset');

  describe('4. Background Connection Pooling', () => {
    it(
      'timeoutMS used for handshake commands',
      async () => {
        const appName = 'timeoutBackgroundPoolTest';
        await block(['saslContinue'], 300, 1, { appName });
        const client = clientOf(deployment.uri, { connect: false, appName, minPoolSize: 1, timeoutMS: 100 });
        const failed = new Promise<void>((resolve) => {
          // Another attempt that was under way is closed with the pool.
          client.on('connectionClosed', ({ reason }) => reason === 'error' && resolve());
        });
        client.connect().catch(() => undefined);
        await failed;
      },
      EVENT_TIMEOUT_MS,
    );

    it(
      'timeoutMS is refreshed for each handshake command',
      async () => {
        const appName = 'refreshTimeoutBackgroundPoolTest';
        await block(['hello', 'isMaster', 'saslContinue'], 400, undefined, { appName });
        const client = clientOf(deployment.uri, { connect: false, appName, minPoolSize: 1, timeoutMS: 700 });
        const ready = new Promise<{ readonly duration: number }>((resolve) =>
          client.on('connectionReady', resolve),
        );
        client.connect({ timeoutMS: 0 }).catch(() => undefined);
        // Both together took longer than the limit of one.
        expect((await ready).duration).toBeGreaterThan(700);
      },
      EVENT_TIMEOUT_MS,
    );
  });

  describe('5. Blocking Iteration Methods', () => {
    it('Tailable cursors', async () => {
      const database = internal.db('db');
      await database.dropCollection('capped');
      await database.createCollection('capped', { capped: true, size: 1_000 });
      await database.collection('capped').insertOne({ x: 1 });
      const client = await warmClient({ timeoutMS: 1_000 });
      const finds = observeCommands(client, 'find').started;
      const getMores = observeCommands(client, 'getMore').started;
      await block(['getMore'], 600);
      // A tailable cursor without awaitData does not loop here: its next() is null where there is nothing.
      const cursor = client
        .db('db')
        .collection('capped')
        .find()
        .tailable({ awaitData: true })
        .maxAwaitTimeMS(1);
      expect(await cursor.next()).toMatchObject({ x: 1 });
      expect(cursor.cursorId).not.toBe(0n);
      expect(getMores).toHaveLength(0);
      expect(await rejectionOf(cursor.next())).toMatchObject({ timeout: true });
      expect([finds.length, getMores.length]).toEqual([1, 2]);
    });

    it('Change Streams', async () => {
      const client = await warmClient({ timeoutMS: 1_000 });
      const aggregates = observeCommands(client, 'aggregate').started;
      const getMores = observeCommands(client, 'getMore').started;
      await internal.db('db').createCollection('watched');
      await block(['getMore'], 600);
      const stream = await client.db('db').collection('watched').watch([], { maxAwaitTimeMS: 1 });
      expect(await rejectionOf(stream.next())).toMatchObject({ timeout: true });
      expect([aggregates.length, getMores.length]).toEqual([1, 2]);
    });
  });

  describe('8. Server Selection', () => {
    it.each([
      ['serverSelectionTimeoutMS honored if timeoutMS is not set', { serverSelectionTimeoutMS: 100 }],
      [
        "timeoutMS honored for server selection if it's lower than serverSelectionTimeoutMS",
        { timeoutMS: 100, serverSelectionTimeoutMS: 20_000 },
      ],
      [
        "serverSelectionTimeoutMS honored for server selection if it's lower than timeoutMS",
        { timeoutMS: 20_000, serverSelectionTimeoutMS: 100 },
      ],
      [
        'serverSelectionTimeoutMS honored for server selection if timeoutMS=0',
        { timeoutMS: 0, serverSelectionTimeoutMS: 100 },
      ],
    ])('%s', async (_title, options) => {
      const client = clientOf(`mongodb://${await deadAddress()}`, options);
      const { error, ms } = await timed(client.db('admin').command({ ping: 1 }));
      expect(error).toMatchObject({ timeout: true });
      const selection = error instanceof ServerSelectionTimeoutError ? error : (error as Error).cause;
      expect(selection).toBeInstanceOf(ServerSelectionTimeoutError);
      expect(String(error)).toContain((selection as Error).message);
      expect(ms).toBeGreaterThan(90);
      expect(ms).toBeLessThan(10_000);
    });

    it.each([
      [
        "timeoutMS honored for connection handshake commands if it's lower than serverSelectionTimeoutMS",
        { timeoutMS: 300, serverSelectionTimeoutMS: 20_000 },
      ],
      [
        "serverSelectionTimeoutMS honored for connection handshake commands if it's lower than timeoutMS",
        { timeoutMS: 20_000, serverSelectionTimeoutMS: 300 },
      ],
    ])('%s', async (_title, options) => {
      await block(['saslContinue'], 5_000, 1);
      const client = clientOf(deployment.uri, options);
      const { error, ms } = await timed(client.db('db').collection('coll').insertOne({ x: 1 }));
      expect(error).toMatchObject({ timeout: true });
      expect(ms).toBeLessThan(5_000);
    });
  });

  describe('9. endSession', () => {
    const limit = { timeoutMS: 300 };
    let cases = 0;
    it.each([
      ['timeoutMS of the client', limit, {}, {}],
      ['defaultTimeoutMS of the session', {}, { defaultTimeoutMS: limit.timeoutMS }, {}],
      ['timeoutMS of endSession', {}, {}, limit],
    ] as const)('%s', async (_title, ofClient, ofSession, ofCall) => {
      const client = await warmClient(ofClient);
      // The transaction stays open until the server gets to its end.
      const collection = await internal.db('db').createCollection(`ended${String(++cases)}`);
      const session = client.startSession(ofSession);
      session.startTransaction();
      await client.db('db').collection(collection.name).insertOne({ x: 1 }, { session, timeoutMS: 0 });
      await block(['abortTransaction'], 4_000, 1);
      const { error, ms } = await timed(session.endSession(ofCall));
      expect(error).toBeInstanceOf(OperationTimeout);
      expect(ms).toBeLessThan(4_000);
      expect(session.hasEnded).toBe(true);
    });
  });

  describe('10. Convenient Transactions', () => {
    const insertIn = async (
      session: AsyncClientSession<AsyncMongoClient>,
      document: object,
    ): Promise<void> => {
      await session.client.db('db').collection('coll').insertOne(document, { session });
    };

    it('timeoutMS is refreshed for abortTransaction if the callback fails', async () => {
      const client = await warmClient({ timeoutMS: 300 });
      const inserts = observeCommands(client, 'insert');
      const aborts = observeCommands(client, 'abortTransaction');
      await block(['insert', 'abortTransaction'], 400, 2);
      await using session = client.startSession();
      const error = await rejectionOf(session.withTransaction(() => insertIn(session, { _id: 1 })));
      expect(error).toMatchObject({ timeout: true });
      expect([inserts.started.length, inserts.failed.length]).toEqual([1, 1]);
      expect([aborts.started.length, aborts.failed.length]).toEqual([1, 1]);
    });

    it('withTransaction applies a single timeout across retries due to transient errors', async () => {
      await block(['insert'], 25, undefined, {
        errorCode: 24,
        errorLabels: ['TransientTransactionError'],
      });
      const client = await warmClient();
      await using session = client.startSession({ defaultTimeoutMS: 1_000 });
      let attempt = 0;
      const error = await rejectionOf(
        session.withTransaction(async () => {
          attempt += 1;
          await insertIn(session, { x: 1 });
        }),
      );
      expect(error).toBeInstanceOf(OperationTimeout);
      // The time ends while the next attempt is waited for, or in the middle of one.
      expect([24, 'ERR_OPERATION_TIMEOUT']).toContain((error as { cause: { code: unknown } }).cause.code);
      expect(attempt).toBeGreaterThan(1);
    });
  });
});

describe('client-side operations timeout unit tests', () => {
  afterEach(closeAll);

  /** Streams are accepted, and the first hello of the pool is never answered. */
  const muteForPool = () =>
    startServer({ script: { '*': ({ connection }) => (connection.id === 1 ? undefined : 'silence') } });

  it('a new connection for an operation is awaited no longer than its timeoutMS', async () => {
    const client = clientOf(await muteForPool(), { connectTimeoutMS: 20_000 });
    const { error, ms } = await timed(client.ping({ timeoutMS: 200 }));
    expect(error).toBeInstanceOf(OperationTimeout);
    expect(ms).toBeLessThan(10_000);
  });

  it('and no longer than connectTimeoutMS', async () => {
    const client = clientOf(await muteForPool(), { connectTimeoutMS: 200 });
    const closed = new Promise<{ readonly error?: unknown }>((resolve) =>
      client.on('connectionClosed', resolve as never),
    );
    client.ping({ timeoutMS: 20_000 }).catch(() => undefined);
    expect((await closed).error).toBeInstanceOf(NetworkTimeout);
  });
});
