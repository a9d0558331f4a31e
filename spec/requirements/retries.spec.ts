import { afterEach, describe, expect, it } from '@jest/globals';
import type { Document } from 'bson';
import type {
  AsyncCollection,
  AsyncDatabase,
  AsyncMongoClient,
  AsyncMongoClientOptions,
} from '../../lib/index.js';
import { closeAll, clientOf, rejectionOf, serverAndClient, startServer } from '../client/client-fixture.js';
import { cursorReply, mongosHello, type ScriptedServer } from '../support/scripted-server.js';

afterEach(closeAll);

/** A router, as retryable writes need more than a standalone, that answers every command with success. */
const setUp = async (
  options: AsyncMongoClientOptions = {},
): Promise<{
  server: ScriptedServer;
  client: AsyncMongoClient;
  db: AsyncDatabase;
  collection: AsyncCollection;
}> => {
  const { server, client } = await serverAndClient({ hello: mongosHello(), script: ANSWERS }, options);
  const db = client.db('d');
  return { server, client, db, collection: db.collection('c') };
};

const none = cursorReply('d.c', []);

const ANSWERS: Readonly<Record<string, Document>> = {
  insert: { n: 1 },
  update: { n: 1, nModified: 1 },
  delete: { n: 1 },
  findAndModify: { value: null },
  find: none,
  aggregate: none,
  distinct: { values: [] },
  count: { n: 0 },
  listIndexes: none,
  listCollections: none,
  listDatabases: { databases: [] },
};

const transactionNumbers = (server: ScriptedServer, command: string): readonly unknown[] =>
  server
    .received(command)
    .map(({ command: { lsid, txnNumber } }) => [
      txnNumber === undefined ? undefined : String(txnNumber),
      (lsid as { id: { toString(encoding: string): string } }).id.toString('hex'),
    ]);

describe('retryable writes', () => {
  it('[RETRY-1] are tried again once after a lost connection, unless retryWrites is off', async () => {
    const { server, collection } = await setUp();
    server.once('insert', 'reset');
    await collection.insertOne({});
    expect(server.received('insert')).toHaveLength(2);

    const off = await setUp({ retryWrites: false });
    off.server.once('insert', 'reset');
    expect(await rejectionOf(off.collection.insertOne({}))).toMatchObject({ kind: 'network' });
    expect(off.server.received('insert')).toHaveLength(1);
  });

  it('[RETRY-1] are tried again as often as timeoutMS allows', async () => {
    const { server, collection } = await setUp();
    for (let k = 0; k < 3; k++) {
      server.once('insert', { ok: 0, code: 6, errmsg: 'x', errorLabels: ['RetryableWriteError'] });
    }
    await collection.insertOne({}, { timeoutMS: 10_000 });
    expect(server.received('insert')).toHaveLength(4);
  });

  it('[RETRY-1] retryWrites is an option of the URI too', async () => {
    const { server } = await setUp();
    const client = clientOf(`${server.uri}?retryWrites=false`);
    server.once('insert', 'reset');
    await rejectionOf(client.db('d').collection('c').insertOne({}));
    expect(server.received('insert')).toHaveLength(1);
  });

  const WRITES: readonly (readonly [string, string, (collection: AsyncCollection) => Promise<unknown>])[] = [
    ['insertOne', 'insert', (c) => c.insertOne({})],
    ['insertMany', 'insert', (c) => c.insertMany([{}])],
    ['updateOne', 'update', (c) => c.updateOne({}, { $set: { a: 1 } })],
    ['replaceOne', 'update', (c) => c.replaceOne({}, { a: 1 })],
    ['deleteOne', 'delete', (c) => c.deleteOne({})],
    ['findOneAndDelete', 'findAndModify', (c) => c.findOneAndDelete({})],
    ['findOneAndReplace', 'findAndModify', (c) => c.findOneAndReplace({}, { a: 1 })],
    ['findOneAndUpdate', 'findAndModify', (c) => c.findOneAndUpdate({}, { $set: { a: 1 } })],
    ['bulkWrite', 'delete', (c) => c.bulkWrite([{ deleteOne: { filter: {} } }])],
  ];

  it.each(WRITES)('[RETRY-2] [RETRY-4] %s repeats its transaction number', async (_name, command, write) => {
    const { server, collection } = await setUp();
    server.once(command, 'reset');
    await write(collection);
    const [first, second] = transactionNumbers(server, command);
    expect(first).toEqual(['1', expect.any(String)]);
    expect(second).toEqual(first);
    expect(server.received(command)).toHaveLength(2);
  });

  it.each([
    ['updateMany', 'update', (c: AsyncCollection) => c.updateMany({}, { $set: { a: 1 } })],
    ['deleteMany', 'delete', (c: AsyncCollection) => c.deleteMany({})],
    [
      'bulkWrite with a deleteMany',
      'delete',
      (c: AsyncCollection) => c.bulkWrite([{ deleteOne: { filter: {} } }, { deleteMany: { filter: {} } }]),
    ],
    ['aggregate with $out', 'aggregate', (c: AsyncCollection) => c.aggregate([{ $out: 'o' }]).toArray()],
    ['aggregate with $merge', 'aggregate', (c: AsyncCollection) => c.aggregate([{ $merge: 'o' }]).toArray()],
  ])('[RETRY-3] %s is not retried', async (_name, command, write) => {
    const { server, collection } = await setUp();
    server.once(command, 'reset');
    expect(await rejectionOf(write(collection))).toMatchObject({ kind: 'network' });
    expect(server.received(command).map(({ command: sent }) => sent['txnNumber'])).toEqual([undefined]);
  });

  it('[RETRY-3] an unacknowledged write has no transaction number', async () => {
    const { server, db } = await setUp();
    await db.collection('c', { writeConcern: { w: 0 } }).insertOne({});
    const { command } = await server.waitFor('insert');
    expect(command).not.toHaveProperty('txnNumber');
  });

  it('[RETRY-3] no write to a standalone has one', async () => {
    const { server, client } = await serverAndClient({ script: ANSWERS });
    server.once('insert', 'reset');
    await rejectionOf(client.db('d').collection('c').insertOne({}));
    expect(server.received('insert').map(({ command }) => command['txnNumber'])).toEqual([undefined]);
  });
});

describe('retryable reads', () => {
  it('[RETRY-5] are tried again once after a lost connection, unless retryReads is off', async () => {
    const { server, collection } = await setUp();
    server.once('find', 'reset');
    await collection.findOne();
    expect(server.received('find')).toHaveLength(2);

    const off = clientOf(`${server.uri}?retryReads=false`);
    server.once('find', 'reset');
    await rejectionOf(off.db('d').collection('c').findOne());
    expect(server.received('find')).toHaveLength(3);
  });

  const READS: readonly (readonly [
    string,
    string,
    (db: AsyncDatabase, client: AsyncMongoClient) => Promise<unknown>,
  ])[] = [
    ['find', 'find', (db) => db.collection('c').find().toArray()],
    ['findOne', 'find', (db) => db.collection('c').findOne()],
    ['aggregate', 'aggregate', (db) => db.collection('c').aggregate([]).toArray()],
    ['aggregate of a database', 'aggregate', (db) => db.aggregate([]).toArray()],
    ['distinct', 'distinct', (db) => db.collection('c').distinct('a')],
    ['count', 'count', (db) => db.collection('c').count()],
    ['estimatedDocumentCount', 'count', (db) => db.collection('c').estimatedDocumentCount()],
    ['countDocuments', 'aggregate', (db) => db.collection('c').countDocuments()],
    ['listIndexes', 'listIndexes', (db) => db.collection('c').listIndexes().toArray()],
    ['listCollections', 'listCollections', (db) => db.listCollections().toArray()],
    ['listDatabases', 'listDatabases', async (_db, client) => (await client.listDatabases()).toArray()],
    ['watch of a collection', 'aggregate', (db) => db.collection('c').watch()],
    ['watch of a database', 'aggregate', (db) => db.watch()],
    ['watch of a client', 'aggregate', (_db, client) => client.watch()],
  ];

  it.each(READS)('[RETRY-6] %s survives a lost connection', async (_name, command, read) => {
    const { server, db, client } = await setUp();
    server.once(command, 'reset');
    await read(db, client);
    expect(server.received(command)).toHaveLength(2);
  });

  it('[RETRY-7] a generic command is not retried', async () => {
    const { server, db } = await setUp();
    server.once('ping', 'reset');
    expect(await rejectionOf(db.command('ping'))).toMatchObject({ kind: 'network' });
    expect(server.received('ping')).toHaveLength(1);
  });

  it('[RETRY-7] a getMore is not retried', async () => {
    const { server, collection } = await setUp();
    server.on('find', cursorReply('d.c', [{ _id: 1 }], { id: 7n }));
    server.on('getMore', 'reset');
    expect(await rejectionOf(collection.find().toArray())).toMatchObject({ kind: 'network' });
    expect(server.received('getMore')).toHaveLength(1);
  });

  it('[RETRY-7] both are retried after an overload error', async () => {
    const overloaded = {
      ok: 0,
      code: 462,
      errmsg: 'overloaded',
      errorLabels: ['RetryableError', 'SystemOverloadedError'],
      baseBackoffMS: 1,
    };
    const { server, db, collection } = await setUp();
    server.once('ping', overloaded);
    await db.command('ping');
    expect(server.received('ping')).toHaveLength(2);

    server.on('find', cursorReply('d.c', [{ _id: 1 }], { id: 7n }));
    server.on('getMore', cursorReply('d.c', [{ _id: 2 }], { batch: 'nextBatch' }));
    server.once('getMore', overloaded);
    expect(await collection.find().toArray()).toHaveLength(2);
    expect(server.received('getMore')).toHaveLength(2);
  });
});

describe('the second attempt', () => {
  it('[RETRY-8] goes to another router where there is one', async () => {
    const servers = [
      await startServer({ hello: mongosHello(), script: ANSWERS }),
      await startServer({ hello: mongosHello(), script: ANSWERS }),
    ];
    for (const server of servers) server.once('find', { ok: 0, code: 6, errmsg: 'unreachable' });
    const client = clientOf(`mongodb://${servers.map(({ address }) => address).join()}`);
    expect(await rejectionOf(client.db('d').collection('c').findOne())).toMatchObject({ code: 6 });
    expect(servers.map((server) => server.received('find').length)).toEqual([1, 1]);
  });

  it('[RETRY-8] is the last', async () => {
    const { server, collection } = await setUp();
    server.on('insert', 'reset');
    expect(await rejectionOf(collection.insertOne({}))).toMatchObject({ kind: 'network' });
    expect(server.received('insert')).toHaveLength(2);
  });

  it('ends with the reason of an aborted signal, whatever failed before', async () => {
    const { server, collection } = await setUp();
    const controller = new AbortController();
    const reason = new Error('enough');
    server.on('insert', () => {
      if (server.received('insert').length < 2) return 'reset';
      controller.abort(reason);
      return 'silence';
    });
    expect(await rejectionOf(collection.insertOne({}, { signal: controller.signal }))).toBe(reason);
  });
});
