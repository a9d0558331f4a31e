import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AsyncChangeStream,
  AsyncClientSession,
  AsyncCollection,
  AsyncCommandCursor,
  AsyncCursor,
  AsyncDatabase,
  AsyncMongoClient,
  Timestamp,
  type Document,
} from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import {
  cursorReply,
  memberHello,
  startScriptedServer,
  type Answer,
  type ScriptedRequest,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { stallingRuntime } from '../support/stalling-runtime.js';
import { rejectionOf } from './client-fixture.js';

const PHASES = ['selection', 'queue', 'write', 'read'] as const;
type Phase = (typeof PHASES)[number];

/** What a call is given to work with. */
interface Scene {
  readonly client: AsyncMongoClient;
  readonly db: AsyncDatabase;
  readonly coll: AsyncCollection;
  readonly signal: AbortSignal;
}

interface Row {
  readonly call: (scene: Scene) => Promise<unknown>;
  /** Phases in which the call has nothing to wait for. */
  readonly without?: readonly Phase[];
}

/** A call that has to be prepared while the server still answers. */
const after =
  <T>(prepare: (scene: Scene) => Promise<T>, call: (prepared: T, scene: Scene) => Promise<unknown>) =>
  async (scene: Scene): Promise<() => Promise<unknown>> => {
    const prepared = await prepare(scene);
    return () => call(prepared, scene);
  };

type Prepared = (scene: Scene) => Promise<() => Promise<unknown>>;

interface PreparedRow {
  readonly begin: Prepared;
  readonly without?: readonly Phase[];
}

/** A cursor stays with its server, which is there: it has no server to look for. */
const PINNED = { without: ['selection'] } as const;

const clientRows: Record<string, Row> = {
  connect: {
    call: ({ client, signal }) => client.connect({ signal }),
    // Without a user there is nothing to ask the server.
    without: ['queue', 'write', 'read'],
  },
  watch: { call: ({ client, signal }) => client.watch([], { signal }) },
  listDatabases: { call: ({ client, signal }) => client.listDatabases({ signal }) },
  listDatabaseNames: { call: ({ client, signal }) => client.listDatabaseNames({ signal }) },
  dropDatabase: { call: ({ client, signal }) => client.dropDatabase('d', { signal }) },
  serverInfo: { call: ({ client, signal }) => client.serverInfo({ signal }) },
  ping: { call: ({ client, signal }) => client.ping({ signal }) },
  withTransaction: {
    call: ({ client, coll, signal }) => client.withTransaction(() => coll.insertOne({ a: 1 }), { signal }),
  },
};

const databaseRows: Record<string, Row> = {
  command: { call: ({ db, signal }) => db.command({ whatever: 1 }, { signal }) },
  runCursorCommand: { call: ({ db, signal }) => db.runCursorCommand({ find: 'c' }, { signal }).next() },
  aggregate: { call: ({ db, signal }) => db.aggregate([], { signal }).next() },
  watch: { call: ({ db, signal }) => db.watch([], { signal }) },
  createCollection: { call: ({ db, signal }) => db.createCollection('c', { signal }) },
  listCollections: { call: ({ db, signal }) => db.listCollections({ signal }).next() },
  listCollectionNames: { call: ({ db, signal }) => db.listCollectionNames({ signal }) },
  dropCollection: { call: ({ db, signal }) => db.dropCollection('c', { signal }) },
  validateCollection: { call: ({ db, signal }) => db.validateCollection('c', { signal }) },
};

const set = { $set: { a: 1 } };

const collectionRows: Record<string, Row> = {
  insertOne: { call: ({ coll, signal }) => coll.insertOne({}, { signal }) },
  insertMany: { call: ({ coll, signal }) => coll.insertMany([{}, {}], { signal }) },
  bulkWrite: { call: ({ coll, signal }) => coll.bulkWrite([{ insertOne: { document: {} } }], { signal }) },
  updateOne: { call: ({ coll, signal }) => coll.updateOne({}, set, { signal }) },
  updateMany: { call: ({ coll, signal }) => coll.updateMany({}, set, { signal }) },
  replaceOne: { call: ({ coll, signal }) => coll.replaceOne({}, {}, { signal }) },
  deleteOne: { call: ({ coll, signal }) => coll.deleteOne({}, { signal }) },
  deleteMany: { call: ({ coll, signal }) => coll.deleteMany({}, { signal }) },
  findOne: { call: ({ coll, signal }) => coll.findOne({}, { signal }) },
  find: { call: ({ coll, signal }) => coll.find({}, { signal }).toArray() },
  findOneAndUpdate: { call: ({ coll, signal }) => coll.findOneAndUpdate({}, set, { signal }) },
  findOneAndReplace: { call: ({ coll, signal }) => coll.findOneAndReplace({}, {}, { signal }) },
  findOneAndDelete: { call: ({ coll, signal }) => coll.findOneAndDelete({}, { signal }) },
  aggregate: { call: ({ coll, signal }) => coll.aggregate([], { signal }).toArray() },
  watch: { call: ({ coll, signal }) => coll.watch([], { signal }) },
  distinct: { call: ({ coll, signal }) => coll.distinct('a', {}, { signal }) },
  countDocuments: { call: ({ coll, signal }) => coll.countDocuments({}, { signal }) },
  estimatedDocumentCount: { call: ({ coll, signal }) => coll.estimatedDocumentCount({ signal }) },
  count: { call: ({ coll, signal }) => coll.count({}, { signal }) },
  createIndex: { call: ({ coll, signal }) => coll.createIndex({ a: 1 }, { signal }) },
  createIndexes: { call: ({ coll, signal }) => coll.createIndexes([{ key: { a: 1 } }], { signal }) },
  dropIndex: { call: ({ coll, signal }) => coll.dropIndex('a_1', { signal }) },
  dropIndexes: { call: ({ coll, signal }) => coll.dropIndexes({ signal }) },
  listIndexes: { call: ({ coll, signal }) => coll.listIndexes({ signal }).toArray() },
  indexInformation: { call: ({ coll, signal }) => coll.indexInformation({ signal }) },
  createSearchIndex: { call: ({ coll, signal }) => coll.createSearchIndex({ definition: {} }, { signal }) },
  createSearchIndexes: {
    call: ({ coll, signal }) => coll.createSearchIndexes([{ definition: {} }], { signal }),
  },
  updateSearchIndex: { call: ({ coll, signal }) => coll.updateSearchIndex('i', {}, { signal }) },
  dropSearchIndex: { call: ({ coll, signal }) => coll.dropSearchIndex('i', { signal }) },
  listSearchIndexes: { call: ({ coll, signal }) => coll.listSearchIndexes('i', { signal }).toArray() },
  rename: { call: ({ coll, signal }) => coll.rename('other', { signal }) },
  drop: { call: ({ coll, signal }) => coll.drop({ signal }) },
  options: { call: ({ coll, signal }) => coll.options({ signal }) },
};

type AnyCursor = AsyncCursor<Document> | AsyncCommandCursor<Document>;

/** A cursor whose first batch has been read. */
const opened = (make: (scene: Scene) => AnyCursor) => async (scene: Scene) => {
  const cursor = make(scene);
  await cursor.next();
  return cursor;
};

const cursorRows = (
  make: (scene: Scene) => AnyCursor,
  withoutSignal: (scene: Scene) => AnyCursor,
): Record<string, PreparedRow> => ({
  next: { begin: after(opened(make), (cursor) => cursor.next()), ...PINNED },
  tryNext: { begin: after(opened(make), (cursor) => cursor.tryNext()), ...PINNED },
  hasNext: { begin: after(opened(make), (cursor) => cursor.hasNext()), ...PINNED },
  toArray: { begin: after(opened(make), (cursor) => cursor.toArray()), ...PINNED },
  'for await': {
    begin: after(opened(make), async (cursor) => {
      for await (const document of cursor) expect(document).toBeDefined();
    }),
    ...PINNED,
  },
  close: {
    begin: after(opened(withoutSignal), (cursor, { signal }) => cursor.close({ signal })),
    ...PINNED,
  },
});

const findCursorRows: Record<string, PreparedRow> = {
  ...cursorRows(
    ({ coll, signal }) => coll.find({}, { signal }),
    ({ coll }) => coll.find({}),
  ),
  explain: { begin: ({ coll, signal }) => Promise.resolve(() => coll.find({}).explain({ signal })) },
  rewind: {
    begin: after(
      opened(({ coll }) => coll.find({})),
      (cursor, { signal }) => (cursor as AsyncCursor<Document>).rewind({ signal }),
    ),
    ...PINNED,
  },
};

const commandCursorRows = cursorRows(
  ({ coll, signal }) => coll.aggregate([], { signal }) as AsyncCommandCursor<Document>,
  ({ coll }) => coll.aggregate([]) as AsyncCommandCursor<Document>,
);

const inTransaction = async ({ client, coll }: Scene): Promise<AsyncClientSession> => {
  const session = client.startSession();
  session.startTransaction();
  await coll.insertOne({}, { session });
  return session;
};

const sessionRows: Record<string, PreparedRow> = {
  commitTransaction: {
    begin: after(inTransaction, (session, { signal }) => session.commitTransaction({ signal })),
  },
  abortTransaction: {
    begin: after(inTransaction, (session, { signal }) => session.abortTransaction({ signal })),
  },
  endSession: { begin: after(inTransaction, (session, { signal }) => session.endSession({ signal })) },
  withTransaction: {
    begin: ({ client, coll, signal }) =>
      Promise.resolve(async () => {
        const session = client.startSession();
        await session.withTransaction(() => coll.insertOne({}, { session }), { signal });
      }),
  },
};

const streamRows: Record<string, PreparedRow> = {
  next: {
    begin: after(
      ({ coll, signal }) => coll.watch([], { signal }),
      (stream) => stream.next(),
    ),
    ...PINNED,
  },
  tryNext: {
    begin: after(
      ({ coll, signal }) => coll.watch([], { signal }),
      (stream) => stream.tryNext(),
    ),
    ...PINNED,
  },
  'for await': {
    begin: after(
      ({ coll, signal }) => coll.watch([], { signal }),
      async (stream) => {
        for await (const event of stream) expect(event).toBeDefined();
      },
    ),
    ...PINNED,
  },
  close: {
    begin: after(
      ({ coll }) => coll.watch(),
      (stream, { signal }) => stream.close({ signal }),
    ),
    ...PINNED,
  },
};

const plain = (rows: Record<string, Row>): Record<string, PreparedRow> =>
  Object.fromEntries(
    Object.entries(rows).map(([name, { call, without }]) => [
      name,
      {
        begin: (scene: Scene) => Promise.resolve(() => call(scene)),
        ...(without !== undefined && { without }),
      },
    ]),
  );

const TABLE: Record<string, Record<string, PreparedRow>> = {
  AsyncMongoClient: plain(clientRows),
  AsyncDatabase: plain(databaseRows),
  AsyncCollection: plain(collectionRows),
  AsyncCursor: findCursorRows,
  AsyncCommandCursor: commandCursorRows,
  AsyncClientSession: sessionRows,
  AsyncChangeStream: streamRows,
};

/** Methods that wait for nothing, and those that a case of their own is about. */
const NOTHING_TO_WAIT_FOR: Record<string, readonly string[]> = {
  AsyncMongoClient: [
    ...['stats', 'topologyChanges', 'clone', 'db', 'getDatabase', 'getDefaultDatabase', 'appendMetadata'],
    ...['startSession', 'startRequest', 'inRequest', 'endRequest', 'on', 'once', 'off', 'toString'],
    // What the body calls takes the signal.
    'withRequest',
    // Below: close, and its older name.
    ...['close', 'disconnect'],
  ],
  AsyncDatabase: ['collection', 'getCollection', 'withOptions', 'toString'],
  AsyncCollection: ['withOptions', 'toString', 'collection', 'getCollection'],
  AsyncCursor: [
    ...['batchSize', 'limit', 'skip', 'sort', 'projection', 'hint', 'comment', 'collation', 'maxTimeMS'],
    ...['maxAwaitTimeMS', 'min', 'max', 'returnKey', 'showRecordId', 'allowDiskUse', 'noCursorTimeout'],
    ...['allowPartialResults', 'let', 'tailable', 'clone'],
  ],
  AsyncCommandCursor: ['batchSize', 'open'],
  AsyncClientSession: ['advanceClusterTime', 'advanceOperationTime', 'bind', 'startTransaction'],
  AsyncChangeStream: ['open'],
};

const CLASSES = {
  AsyncMongoClient,
  AsyncDatabase,
  AsyncCollection,
  AsyncCursor,
  AsyncCommandCursor,
  AsyncClientSession,
  AsyncChangeStream,
};

const methodsOf = (prototype: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name);

const isHello = (name: string): boolean => name === 'hello' || name.toLowerCase() === 'ismaster';

/** Answers everything as a primary does whose cursors never end. */
const answer = ({ commandName, command }: ScriptedRequest): Answer => {
  switch (commandName) {
    case 'hello':
    case 'isMaster':
    case 'ismaster':
      return undefined;
    case 'getMore':
      return cursorReply('d.c', [{ _id: 2 }], { id: 9n, batch: 'nextBatch' });
    case 'find':
    case 'aggregate':
    case 'listCollections':
    case 'listIndexes': {
      const isStream = JSON.stringify(command['pipeline'] ?? '').includes('$changeStream');
      const reply = cursorReply('d.c', isStream ? [] : [{ _id: 1, n: 1, name: 'c' }], { id: 9n });
      (reply['cursor'] as Document)['postBatchResumeToken'] = { _data: '01' };
      return { ...reply, operationTime: new Timestamp({ t: 1, i: 1 }) };
    }
    default:
      return { n: 1, values: [], value: null, queryPlanner: {}, cursor: undefined, ok: 1 };
  }
};

/** A server, a client, and a way to stop the two in a phase. */
class World {
  readonly #runtime = stallingRuntime();
  #muted = false;
  #unsuitable = false;
  #selecting = deferred<void>();
  #server: ScriptedServer | undefined;
  #client: AsyncMongoClient | undefined;
  #release: (() => Promise<void>) | undefined;

  async start(phase: Phase): Promise<void> {
    const server = await startScriptedServer({
      script: {
        '*': (request) => (this.#muted && !isHello(request.commandName) ? 'silence' : answer(request)),
      },
    });
    server.setHello(memberHello({ hosts: [server.address], me: server.address, primary: server.address }));
    this.#server = server;
    this.#client = new AsyncMongoClient(`${server.uri}?replicaSet=rs`, {
      runtime: this.#runtime,
      maxPoolSize: phase === 'queue' ? 1 : 100,
      retryReads: false,
      retryWrites: false,
      serverSelector: (servers) => {
        if (!this.#unsuitable) return [...servers];
        this.#selecting.resolve();
        return [];
      },
    });
    await this.#client.connect();
  }

  scene(signal: AbortSignal): Scene {
    const client = this.#client as AsyncMongoClient;
    const db = client.db('d') as unknown as AsyncDatabase;
    return { client, db, coll: db.collection('c') as unknown as AsyncCollection, signal };
  }

  get requests(): number {
    return (this.#server as ScriptedServer).requests.filter(({ commandName }) => !isHello(commandName))
      .length;
  }

  /** From now on calls get as far as this phase; `reached` resolves when one is there. */
  async enter(phase: Phase): Promise<{ readonly reached: Promise<unknown> }> {
    const server = this.#server as ScriptedServer;
    const client = this.#client as AsyncMongoClient;
    const arrived = this.requests;
    switch (phase) {
      case 'selection':
        this.#selecting = deferred<void>();
        this.#unsuitable = true;
        return { reached: this.#selecting.promise };
      case 'queue': {
        const gate = deferred<Answer>();
        server.once('hold', () => gate.promise);
        const held = client.db('admin').command('hold');
        await server.waitFor(({ commandName }) => commandName === 'hold', server.received('hold').length + 1);
        this.#release = async () => {
          gate.resolve({});
          await held;
        };
        return { reached: new Promise((resolve) => client.once('connectionCheckOutStarted', resolve)) };
      }
      case 'write':
        // Over a connection that is open: what stalls is the command, not the handshake.
        await client.ping();
        return { reached: this.#runtime.stall() };
      case 'read':
        this.#muted = true;
        return { reached: server.waitFor(({ commandName }) => !isHello(commandName), arrived + 1) };
    }
  }

  async leave(): Promise<void> {
    this.#unsuitable = false;
    this.#muted = false;
    this.#runtime.goOn();
    await this.#release?.();
    this.#release = undefined;
  }

  async stop(): Promise<void> {
    await this.#client?.close({ force: true });
    await this.#server?.close();
  }
}

const REASON = Object.freeze({ because: 'enough' });

describe('the table of methods', () => {
  it.each(Object.entries(CLASSES))('is complete for %s', (name, { prototype }) => {
    const known = [...Object.keys(TABLE[name] ?? {}), ...(NOTHING_TO_WAIT_FOR[name] ?? [])];
    expect(methodsOf(prototype).filter((method) => !known.includes(method))).toEqual([]);
  });
});

describe.each(PHASES)('signal in the phase of %s', (phase) => {
  const world = new World();
  beforeAll(() => world.start(phase));
  afterAll(() => world.stop());

  const cases = Object.entries(TABLE).flatMap(([name, rows]) =>
    Object.entries(rows)
      .filter(([, { without = [] }]) => !(without as readonly Phase[]).includes(phase))
      .map(([method, { begin }]) => ({ method: `${name}: ${method}`, begin })),
  );

  it.each(cases)('$method', async ({ begin }) => {
    const controller = new AbortController();
    const call = await begin(world.scene(controller.signal));
    const { reached } = await world.enter(phase);
    const outcome = rejectionOf(call());
    await reached;
    // Nothing is there before the abort, and nothing but the abort comes.
    controller.abort(REASON);
    expect(await outcome).toBe(REASON);
    await world.leave();
  });
});

describe('a signal that has aborted before the call', () => {
  const world = new World();
  beforeAll(() => world.start('read'));
  afterAll(() => world.stop());

  const rows = { ...plain(clientRows), ...plain(databaseRows), ...plain(collectionRows) };
  it.each(Object.entries(rows))('%s sends nothing', async (_method, { begin }) => {
    const before = world.requests;
    const call = await begin(world.scene(AbortSignal.abort(REASON)));
    expect(await rejectionOf(call())).toBe(REASON);
    expect(world.requests).toBe(before);
  });
});

describe('close of a client', () => {
  it.each(['close', 'disconnect'] as const)(
    '%s: an abort ends the wait, the client closes all the same',
    async (method) => {
      const server = await startScriptedServer({ script: { find: 'silence' } });
      const client = new AsyncMongoClient(server.uri);
      const find = rejectionOf(client.db('d').collection('c').findOne());
      await server.waitFor('find');
      const controller = new AbortController();
      const closed = rejectionOf(client[method]({ signal: controller.signal, graceMS: 60_000 }));
      controller.abort(REASON);
      expect(await closed).toBe(REASON);
      expect(String(await rejectionOf(client.ping()))).toMatch(/closed/);
      await client.close({ force: true });
      await find;
      await server.close();
    },
  );
});
