import { afterEach, describe, expect, it } from '@jest/globals';
import * as driver from '../../lib/index.js';
import {
  AsyncMongoError,
  BulkWriteError,
  ConfigurationError,
  ConnectionFailure,
  CursorNotFound,
  DuplicateKeyError,
  ExecutionTimeout,
  InvalidBSON,
  InvalidDocument,
  InvalidName,
  InvalidOperation,
  InvalidURI,
  NetworkTimeout,
  NotPrimaryError,
  ObjectId,
  OperationFailure,
  WaitQueueTimeoutError,
  WriteConcernError,
  WriteError,
  WTimeoutError,
  type AsyncCollection,
  type AsyncMongoClient,
  type BulkWriteModel,
  type BulkWriteResult,
} from '../../lib/index.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { cursorReply } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  deadAddress,
  rejectionOf,
  serverAndClient,
} from '../client/client-fixture.js';
import { isHello } from './requirements-fixture.js';

afterEach(closeAll);

const thrownBy = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

const failure = (code: number, fields = {}) => ({
  ok: 0,
  code,
  errmsg: `failure ${String(code)}`,
  ...fields,
});

const collectionOf = async (script = {}, options = {}) => {
  const { server, client } = await serverAndClient(
    { script },
    { retryReads: false, retryWrites: false, ...options },
  );
  return { server, client, collection: client.db('d').collection('c') };
};

describe('error classes', () => {
  it('[ERR-1] all share one base class and have names of their own', () => {
    const classes = [...new Set<unknown>(Object.values(driver))].filter(
      (value): value is typeof AsyncMongoError =>
        typeof value === 'function' && (value === AsyncMongoError || value.prototype instanceof Error),
    );
    expect(classes.length).toBeGreaterThan(20);
    for (const errorClass of classes) expect(errorClass.prototype).toBeInstanceOf(Error);
    const derived = classes.filter((errorClass) => errorClass !== AsyncMongoError);
    for (const errorClass of derived) expect(errorClass.prototype).toBeInstanceOf(AsyncMongoError);
    expect(new Set(classes.map(({ prototype }) => prototype.name)).size).toBe(classes.length);
    expect(driver.MongoError).toBe(AsyncMongoError);
  });

  it('[ERR-2] refused, reset, timed out and not primary are all connection failures', async () => {
    const refused = await rejectionOf(
      clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 50 })
        .db('admin')
        .command('ping'),
    );
    const { server, collection } = await collectionOf({}, { socketTimeoutMS: 100 });
    server.once('find', 'reset');
    const reset = await rejectionOf(collection.findOne());
    server.once('find', 'silence');
    const timedOut = await rejectionOf(collection.findOne());
    server.once('insert', failure(10_107));
    const notPrimary = await rejectionOf(collection.insertOne({ x: 1 }));
    for (const error of [refused, reset, timedOut, notPrimary])
      expect(error).toBeInstanceOf(ConnectionFailure);
    expect(timedOut).toBeInstanceOf(NetworkTimeout);
    expect(notPrimary).toBeInstanceOf(NotPrimaryError);
    expect(notPrimary).toMatchObject({ code: 10_107, details: { code: 10_107 } });
    expect((reset as Error).cause ?? (refused as Error).cause).toBeDefined();
  });

  it('[ERR-2] a not-primary reply has the server checked at once', async () => {
    const set = closeLater(await scriptedReplicaSet(2));
    const client = clientOf(set, { retryWrites: false, heartbeatFrequencyMS: 60_000 });
    await client.connect();
    const [primary] = set.servers;
    primary?.on('insert', failure(10_107));
    await rejectionOf(client.db('d').collection('c').insertOne({ x: 1 }));
    const at = primary?.received('insert')[0]?.at ?? Infinity;
    const check = await primary?.waitFor((request) => isHello(request.commandName) && request.at > at);
    expect((check?.at ?? Infinity) - at).toBeLessThan(2_000);
  });

  it('[ERR-3] misuse and bad configuration have classes of their own', async () => {
    const { client, collection } = await collectionOf();
    expect(thrownBy(() => clientOf('mongodb://h', { maxConnecting: 0 }))).toBeInstanceOf(ConfigurationError);
    expect(thrownBy(() => clientOf('mongodb://'))).toBeInstanceOf(InvalidURI);
    expect(thrownBy(() => client.db('a b'))).toBeInstanceOf(InvalidName);
    expect(thrownBy(() => clientOf('mongodb://h', { tls: 'yes' as any }))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(collection.insertOne(5 as any))).toBeInstanceOf(TypeError);
    await client.close();
    expect(await rejectionOf(collection.insertOne({}))).toBeInstanceOf(InvalidOperation);
    for (const error of [ConfigurationError, InvalidURI, InvalidName, InvalidOperation]) {
      expect(error.prototype).toBeInstanceOf(AsyncMongoError);
    }
  });

  it('[ERR-4] what the server reports has code, name and details, and the class of its code', async () => {
    const { server, collection } = await collectionOf({
      find: cursorReply('d.c', [{ x: 1 }], { id: 5n }),
      getMore: failure(43, { codeName: 'CursorNotFound' }),
    });
    expect(await rejectionOf(collection.find().toArray())).toBeInstanceOf(CursorNotFound);
    server.on('insert', {
      n: 0,
      writeErrors: [{ index: 0, code: 11_000, errmsg: 'E11000', keyPattern: { x: 1 } }],
    });
    const duplicate = await rejectionOf(collection.insertOne({ x: 1 }));
    expect(duplicate).toBeInstanceOf(DuplicateKeyError);
    expect(duplicate).toBeInstanceOf(WriteError);
    expect(await rejectionOf(collection.insertMany([{ x: 1 }]))).toBeInstanceOf(BulkWriteError);
    server.on('insert', { n: 1, writeConcernError: { code: 64, errmsg: 'waited' } });
    expect(await rejectionOf(collection.insertOne({ x: 1 }))).toBeInstanceOf(WTimeoutError);
    server.on('insert', { n: 1, writeConcernError: { code: 100, errmsg: 'no such concern' } });
    expect(await rejectionOf(collection.insertOne({ x: 1 }))).toBeInstanceOf(WriteConcernError);
    server.on('find', failure(50, { codeName: 'MaxTimeMSExpired' }));
    expect(await rejectionOf(collection.findOne())).toBeInstanceOf(ExecutionTimeout);
    server.on('find', failure(987_654, { codeName: 'SomethingNew' }));
    const unknown = (await rejectionOf(collection.findOne())) as OperationFailure;
    expect(unknown.constructor).toBe(OperationFailure);
    expect(unknown).toMatchObject({
      code: 987_654,
      codeName: 'SomethingNew',
      command: 'find',
      namespace: 'd.c',
    });
    expect(unknown.details).toMatchObject({ code: 987_654, errmsg: 'failure 987654' });
    expect(new WaitQueueTimeoutError('x')).not.toBeInstanceOf(OperationFailure);
  });

  it('[ERR-5] the connection serves the next operation after a document could not be encoded or decoded', async () => {
    const { server, client, collection } = await collectionOf();
    await client.ping();
    expect(await rejectionOf(collection.insertOne({ f: () => 1 }))).toBeInstanceOf(InvalidDocument);
    expect(server.received('insert')).toHaveLength(0);
    // { cursor: { id: 0, ns: 'd.c', firstBatch: [ { s: '\xff' } ] } }
    server.once('find', (request) => {
      const reply = encodeReply(request, cursorReply('d.c', [{ s: '?!?!' }]));
      reply[reply.indexOf('?!?!')] = 0xff;
      return reply;
    });
    const error = await rejectionOf(collection.find().toArray());
    expect(error).toBeInstanceOf(InvalidBSON);
    expect(error).toBeInstanceOf(AsyncMongoError);
    await client.ping();
    const [before, after] = server.received('ping').map(({ connection }) => connection.id);
    expect(after).toBe(before);
    expect(server.received('find')[0]?.connection.id).toBe(before);
  });
});

/** Every public method that talks to a server. The promise is awaited where it was made, as a user would. */
const METHODS: Readonly<Record<string, (client: AsyncMongoClient, c: AsyncCollection) => Promise<unknown>>> =
  {
    'client.ping': async (client) => await client.ping(),
    'client.serverInfo': async (client) => await client.serverInfo(),
    'client.listDatabases': async (client) => await (await client.listDatabases()).toArray(),
    'client.listDatabaseNames': async (client) => await client.listDatabaseNames(),
    'client.dropDatabase': async (client) => {
      await client.dropDatabase('d');
    },
    'client.watch': async (client) => await client.watch(),
    'db.watch': async (client) => await client.db('d').watch(),
    'db.command': async (client) => await client.db('d').command('anything'),
    'db.runCursorCommand': async (client) => await client.db('d').runCursorCommand({ find: 'c' }).toArray(),
    'db.aggregate': async (client) =>
      await client
        .db('d')
        .aggregate([{ $currentOp: {} }])
        .toArray(),
    'db.createCollection': async (client) => await client.db('d').createCollection('c'),
    'db.listCollections': async (client) => await client.db('d').listCollections().toArray(),
    'db.listCollectionNames': async (client) => await client.db('d').listCollectionNames(),
    'db.dropCollection': async (client) => {
      await client.db('d').dropCollection('c');
    },
    'db.validateCollection': async (client) => await client.db('d').validateCollection('c'),
    insertOne: async (_, c) => await c.insertOne({ x: 1 }),
    insertMany: async (_, c) => await c.insertMany([{ x: 1 }]),
    bulkWrite: async (_, c) => await c.bulkWrite([{ deleteOne: { filter: {} } }]),
    updateOne: async (_, c) => await c.updateOne({}, { $set: { x: 1 } }),
    updateMany: async (_, c) => await c.updateMany({}, { $set: { x: 1 } }),
    replaceOne: async (_, c) => await c.replaceOne({}, { x: 1 }),
    deleteOne: async (_, c) => await c.deleteOne({}),
    deleteMany: async (_, c) => await c.deleteMany({}),
    findOne: async (_, c) => await c.findOne(),
    'find().toArray': async (_, c) => await c.find().toArray(),
    'find().next': async (_, c) => await c.find().next(),
    'find().tryNext': async (_, c) => await c.find().tryNext(),
    'find().hasNext': async (_, c) => await c.find().hasNext(),
    'for await (find())': async (_, c) => {
      for await (const document of c.find()) void document;
    },
    'find().explain': async (_, c) => await c.find().explain(),
    findOneAndUpdate: async (_, c) => await c.findOneAndUpdate({}, { $set: { x: 1 } }),
    findOneAndReplace: async (_, c) => await c.findOneAndReplace({}, { x: 1 }),
    findOneAndDelete: async (_, c) => await c.findOneAndDelete({}),
    'aggregate().toArray': async (_, c) => await c.aggregate([]).toArray(),
    'for await (aggregate())': async (_, c) => {
      for await (const document of c.aggregate([])) void document;
    },
    distinct: async (_, c) => await c.distinct('x'),
    countDocuments: async (_, c) => await c.countDocuments(),
    estimatedDocumentCount: async (_, c) => await c.estimatedDocumentCount(),
    count: async (_, c) => await c.count(),
    createIndex: async (_, c) => await c.createIndex({ x: 1 }),
    createIndexes: async (_, c) => await c.createIndexes([{ key: { x: 1 } }]),
    dropIndex: async (_, c) => {
      await c.dropIndex('x_1');
    },
    dropIndexes: async (_, c) => {
      await c.dropIndexes();
    },
    'listIndexes().toArray': async (_, c) => await c.listIndexes().toArray(),
    indexInformation: async (_, c) => await c.indexInformation(),
    createSearchIndex: async (_, c) => await c.createSearchIndex({ definition: {} }),
    createSearchIndexes: async (_, c) => await c.createSearchIndexes([{ definition: {} }]),
    updateSearchIndex: async (_, c) => {
      await c.updateSearchIndex('x', {});
    },
    dropSearchIndex: async (_, c) => {
      await c.dropSearchIndex('x');
    },
    'listSearchIndexes().toArray': async (_, c) => await c.listSearchIndexes().toArray(),
    watch: async (_, c) => await c.watch(),
    rename: async (_, c) => await c.rename('other'),
    drop: async (_, c) => {
      await c.drop();
    },
    options: async (_, c) => await c.options(),
  };

describe('stack traces', () => {
  const framesOf = (error: unknown): string[] =>
    String((error as Error).stack)
      .split('\n')
      .filter((line) => /^\s+at /.test(line));
  const here = /requirements[/\\]errors\.spec/;

  it('the table knows every public method', () => {
    const ofPrototype = (name: string): string[] =>
      Object.getOwnPropertyNames((driver as any)[name].prototype).filter((key) => key !== 'constructor');
    const named = Object.keys(METHODS).join(' ');
    const without = new Set([
      'name',
      'databaseName',
      'fullName',
      'codecOptions',
      'readPreference',
      'readConcern',
    ]);
    for (const key of [
      'writeConcern',
      'timeoutMS',
      'withOptions',
      'toString',
      'find',
      'collection',
      'getCollection',
    ]) {
      without.add(key);
    }
    for (const key of [...ofPrototype('AsyncCollection'), ...ofPrototype('AsyncDatabase')]) {
      if (!without.has(key)) expect(named).toContain(key);
    }
  });

  it.each(Object.keys(METHODS))('of a failed %s has the caller among its first six frames', async (name) => {
    const { client, collection } = await collectionOf({
      '*': (request: { commandName: string }) => (isHello(request.commandName) ? undefined : failure(8_000)),
    });
    await client.connect();
    const call = METHODS[name];
    const error = await rejectionOf(call?.(client, collection) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 8_000 });
    const frames = framesOf(error);
    if (!frames.slice(0, 6).some((frame) => here.test(frame))) {
      throw new Error(`${name} has these frames:\n${frames.slice(0, 12).join('\n')}`);
    }
  });

  it('of a later batch has the loop that asked for it', async () => {
    const { collection } = await collectionOf({
      find: cursorReply('d.c', [{ x: 1 }], { id: 5n }),
      getMore: failure(8_000),
    });
    const iterate = async (): Promise<void> => {
      for await (const document of collection.find()) void document;
    };
    for (const error of [await rejectionOf(iterate()), await rejectionOf(collection.find().toArray())]) {
      expect(framesOf(error).slice(0, 6).join('\n')).toMatch(here);
    }
  });
});

describe('write errors', () => {
  it('a thousand mixed writes with 37 failures: every index is right', async () => {
    const operations: BulkWriteModel[] = Array.from({ length: 1_000 }, (_, index) => {
      switch (index % 4) {
        case 0:
          return { insertOne: { document: { _id: index } } };
        case 1:
          return { updateOne: { filter: { _id: index }, update: { $set: { x: index } } } };
        case 2:
          return { deleteOne: { filter: { _id: index } } };
        default:
          return { replaceOne: { filter: { _id: index }, replacement: { x: index } } };
      }
    });
    const failing = new Set(Array.from({ length: 37 }, (_, count) => (count * 271 + 13) % 1_000));
    expect(failing.size).toBe(37);
    const answer = ({ sequences }: { sequences: Readonly<Record<string, readonly any[]>> }) => {
      const statements = Object.values(sequences)[0] ?? [];
      const ids = statements.map((statement): number => statement._id ?? statement.q._id);
      const writeErrors = ids.flatMap((id, index) =>
        failing.has(id)
          ? [
              {
                index,
                code: id % 2 === 0 ? 11_000 : 2,
                errmsg: `failed ${String(id)}`,
                keyPattern: { _id: 1 },
                keyValue: { _id: id },
              },
            ]
          : [],
      );
      const n = ids.length - writeErrors.length;
      return {
        n,
        ...(sequences['updates'] && { nModified: n }),
        ...(writeErrors.length > 0 && { writeErrors }),
      };
    };
    const { server, collection } = await collectionOf({ insert: answer, update: answer, delete: answer });
    server.setHello({ maxWriteBatchSize: 64 });
    const error = (await rejectionOf(
      collection.bulkWrite(operations, { ordered: false }),
    )) as BulkWriteError<BulkWriteResult>;
    expect(error).toBeInstanceOf(BulkWriteError);
    expect(error.writeErrors.map(({ index }) => index)).toEqual([...failing].sort((a, b) => a - b));
    for (const writeError of error.writeErrors) {
      expect(writeError.message).toContain(`failed ${String(writeError.index)} `);
      expect(writeError.namespace).toBe('d.c');
      expect(writeError instanceof DuplicateKeyError).toBe(writeError.index % 2 === 0);
    }
    const inserted = operations.flatMap((operation, index) =>
      operation.insertOne !== undefined && !failing.has(index) ? [[String(index), index]] : [],
    );
    expect(Object.entries(error.result.insertedIds)).toEqual(inserted);
    expect(error.result.insertedCount).toBe(inserted.length);
    expect(
      server.requests.filter(({ commandName }) => /insert|update|delete/.test(commandName)).length,
    ).toBeGreaterThan(15);
  });

  it('ordered, the writes after a failure are not sent and its index is the input’s', async () => {
    const { server, collection } = await collectionOf({
      insert: { n: 2 },
      delete: { n: 1, writeErrors: [{ index: 1, code: 2, errmsg: 'bad' }] },
      update: { n: 1, nModified: 1 },
    });
    const error = (await rejectionOf(
      collection.bulkWrite([
        { insertOne: { document: { _id: 0 } } },
        { insertOne: { document: { _id: 1 } } },
        { deleteOne: { filter: { x: 1 } } },
        { deleteOne: { filter: { x: 2 } } },
        { deleteOne: { filter: { x: 3 } } },
        { updateOne: { filter: {}, update: { $set: { x: 1 } } } },
      ]),
    )) as BulkWriteError<BulkWriteResult>;
    expect(error.writeErrors.map(({ index }) => index)).toEqual([3]);
    expect(error.result).toMatchObject({ insertedCount: 2, deletedCount: 1, insertedIds: { 0: 0, 1: 1 } });
    expect(server.received('update')).toHaveLength(0);
  });

  it('a duplicate key says which key, in which collection', async () => {
    const _id = new ObjectId();
    const { collection } = await collectionOf({
      insert: {
        n: 0,
        writeErrors: [
          { index: 0, code: 11_000, errmsg: 'E11000', keyPattern: { _id: 1 }, keyValue: { _id } },
        ],
      },
    });
    const error = (await rejectionOf(collection.insertOne({ _id }))) as DuplicateKeyError;
    expect(error).toMatchObject({
      index: 0,
      keys: ['_id'],
      namespace: 'd.c',
      command: 'insert',
      code: 11_000,
    });
    expect(String((error.keyValue as any)._id)).toBe(String(_id));
  });
});
