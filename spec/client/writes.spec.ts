import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BulkWriteError,
  type BulkWriteResult,
  DuplicateKeyError,
  InvalidDocument,
  InvalidOperation,
  ObjectId,
  OperationFailure,
  WriteError,
  WTimeoutError,
  type Document,
} from '../../lib/index.js';
import type { ScriptedRequest } from '../support/scripted-server.js';
import { closeAll, rejectionOf, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

const counts = ({ sequences }: ScriptedRequest): Document => ({
  n: Object.values(sequences)[0]?.length ?? 0,
  nModified: sequences['updates']?.length ?? 0,
});

const SCRIPT = { insert: counts, update: counts, delete: counts };

const setUp = async (clientOptions = {}, hello = {}) => {
  const { server, client } = await serverAndClient({ script: SCRIPT, hello }, clientOptions);
  return { server, client, collection: client.db('d').collection('c') };
};

const duplicate = (index: number): Document => ({
  index,
  code: 11_000,
  errmsg: 'E11000 duplicate key',
  keyPattern: { _id: 1 },
  keyValue: { _id: 5 },
});

describe('inserting', () => {
  it('[DATA-1] [DATA-2] adds an ObjectId to the caller’s document and sends it first', async () => {
    const { server, collection } = await setUp();
    const document: Document = { x: 1 };
    const { insertedId } = await collection.insertOne(document);
    expect(insertedId).toBeInstanceOf(ObjectId);
    expect(document['_id']).toBe(insertedId);
    const [sent] = server.received('insert')[0]?.sequences['documents'] ?? [];
    expect(Object.keys(sent ?? {})).toEqual(['_id', 'x']);
    expect(String(sent?.['_id'])).toBe(String(insertedId));

    const many: Document[] = [{ a: 1 }, { a: 2 }];
    const { insertedIds, insertedCount } = await collection.insertMany(many);
    expect(insertedCount).toBe(2);
    expect(Object.values(insertedIds)).toEqual(many.map(({ _id }) => _id));
    const bulk: Document = { b: 1 };
    const result = await collection.bulkWrite([{ insertOne: { document: bulk } }]);
    expect(result.insertedIds[0]).toBe(bulk['_id']);
  });

  it('[DATA-7] inserts a frozen document', async () => {
    const { collection } = await setUp();
    const { insertedId } = await collection.insertOne(Object.freeze({ x: 1 }));
    expect(insertedId).toBeInstanceOf(ObjectId);
  });

  it('leaves documents alone with addIdToDocuments: false', async () => {
    const { collection } = await setUp({ addIdToDocuments: false });
    const document = { x: 1 };
    await collection.insertOne(document);
    expect(document).toEqual({ x: 1 });
  });

  it('[DATA-3] the same object twice is a duplicate key at index 1', async () => {
    const { server, collection } = await setUp();
    server.once('insert', { n: 1, writeErrors: [duplicate(1)] });
    const document: Document = {};
    const error = (await rejectionOf(
      collection.insertMany([document, document]),
    )) as BulkWriteError<BulkWriteResult>;
    expect(error).toBeInstanceOf(BulkWriteError);
    expect(error).toMatchObject({ code: 11_000, namespace: 'd.c' });
    expect(error.writeErrors.map(({ index }) => index)).toEqual([1]);
    expect(error.writeErrors[0]).toBeInstanceOf(DuplicateKeyError);
    expect(error.result).toMatchObject({ insertedCount: 1, insertedIds: { 0: document['_id'] } });
    expect(document['_id']).toBeInstanceOf(ObjectId);
    const [first, second] = server.received('insert')[0]?.sequences['documents'] ?? [];
    expect(first).toEqual(second);
  });

  it('[DATA-4] takes generators, asynchronous ones with back-pressure', async () => {
    const { server, collection } = await setUp();
    const generate = function* () {
      for (let x = 0; x < 10; x++) yield { x };
    };
    expect((await collection.insertMany(generate())).insertedCount).toBe(10);

    let yielded = 0;
    let mostAhead = 0;
    let stored = 0;
    server.on('insert', (request) => {
      stored += counts(request)['n'];
      return counts(request);
    });
    const stream = async function* () {
      for (let x = 0; x < 5_000; x++) {
        yielded++;
        mostAhead = Math.max(mostAhead, yielded - stored);
        yield { x };
      }
    };
    const { insertedCount, insertedIds } = await collection.insertMany(stream());
    expect(insertedCount).toBe(5_000);
    expect(Object.keys(insertedIds)).toHaveLength(5_000);
    expect(mostAhead).toBeLessThan(4_200);
    expect(await rejectionOf(collection.insertMany([]))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(collection.insertMany(5 as any))).toBeInstanceOf(TypeError);
  });

  it('[DATA-5] keeps an _id of any type', async () => {
    const { server, collection } = await setUp();
    await collection.insertMany([{ _id: 5 }, { _id: undefined }, { _id: null }]);
    const sent =
      server.received('insert')[0]?.sequences['documents']?.map((document) => document['_id']) ?? [];
    expect([sent[0], typeof sent[1], sent[2]]).toEqual([5, 'object', null]);
    expect(sent[1]).not.toBeNull();
  });

  it('splits by the server’s count and keeps input indexes', async () => {
    const { server, collection } = await setUp({}, { maxWriteBatchSize: 3 });
    let batches = 0;
    server.on('insert', (request) => {
      batches++;
      const { n } = counts(request);
      return batches === 2 ? { n: n - 1, writeErrors: [duplicate(2)] } : { n };
    });
    const documents = Array.from({ length: 8 }, (_, _id) => ({ _id }));
    const error = (await rejectionOf(
      collection.insertMany(documents, { ordered: false }),
    )) as BulkWriteError<BulkWriteResult>;
    expect(batches).toBe(3);
    expect(error.writeErrors.map(({ index }) => index)).toEqual([5]);
    expect(Object.values(error.result.insertedIds)).toEqual([0, 1, 2, 3, 4, 6, 7]);
    batches = 0;
    await rejectionOf(collection.insertMany(documents));
    expect(batches).toBe(2);
  });

  it('names index and size of a document that is too large, and what went before', async () => {
    const { collection, client } = await setUp({}, { maxBsonObjectSize: 1_000, maxWriteBatchSize: 2 });
    const documents: Document[] = [{ _id: 0 }, { _id: 1 }, { _id: 2 }, { _id: 3, text: 'x'.repeat(2_000) }];
    const error = (await rejectionOf(collection.insertMany(documents))) as InvalidDocument & {
      result: BulkWriteResult;
    };
    expect(error).toBeInstanceOf(InvalidDocument);
    expect(error.message).toMatch(/\b3\b/);
    expect(error.message).toMatch(/20\d\d/);
    expect(error.result.insertedCount).toBe(2);
    await client.ping();
  });

  it('leaves the connection usable after a document that cannot be encoded', async () => {
    const { server, collection } = await setUp();
    await collection.insertOne({ x: 1 });
    expect(await rejectionOf(collection.insertOne({ user: { bornAt: new Date(NaN) } }))).toMatchObject({
      name: 'InvalidDocument',
      path: expect.stringMatching(/user\.bornAt$/),
    });
    await collection.insertOne({ x: 2 });
    expect(new Set(server.received('insert').map(({ connection }) => connection.id)).size).toBe(1);
  });

  it('refuses what is no document', async () => {
    const { server, collection } = await setUp();
    for (const wrong of [null, 5, [{ x: 1 }], 'x'] as any[]) {
      expect(await rejectionOf(collection.insertOne(wrong))).toBeInstanceOf(TypeError);
    }
    expect(server.received('insert')).toHaveLength(0);
  });
});

describe('updating and deleting', () => {
  it('reports counts and upserted ids', async () => {
    const { server, collection } = await setUp();
    server.on('update', { n: 1, nModified: 0, upserted: [{ index: 0, _id: 'new' }] });
    expect(await collection.updateOne({ x: 1 }, { $set: { y: 1 } }, { upsert: true })).toEqual({
      acknowledged: true,
      matchedCount: 0,
      modifiedCount: 0,
      upsertedCount: 1,
      upsertedId: 'new',
    });
    server.on('update', { n: 3, nModified: 2 });
    expect(await collection.updateMany({}, [{ $set: { y: '$x' } }])).toMatchObject({
      matchedCount: 3,
      modifiedCount: 2,
      upsertedId: null,
    });
    server.on('delete', { n: 2 });
    expect(await collection.deleteMany({})).toEqual({ acknowledged: true, deletedCount: 2 });
    const statement = server.received('update').at(-1)?.sequences['updates']?.[0];
    expect(statement).toEqual({ q: {}, u: [{ $set: { y: '$x' } }], multi: true });
  });

  it('throws the error of a single write as what it is', async () => {
    const { server, collection } = await setUp();
    server.once('update', { n: 0, nModified: 0, writeErrors: [duplicate(0)] });
    const error = (await rejectionOf(collection.updateOne({}, { $set: { x: 1 } }))) as DuplicateKeyError;
    expect(error).toBeInstanceOf(DuplicateKeyError);
    expect(error).toMatchObject({
      index: 0,
      keys: ['_id'],
      keyValue: { _id: 5 },
      namespace: 'd.c',
      command: 'update',
    });
    server.once('delete', { n: 0, writeErrors: [{ index: 0, code: 2, errmsg: 'bad value' }] });
    expect(await rejectionOf(collection.deleteOne({}))).toBeInstanceOf(WriteError);
  });

  it('refuses an undefined in a filter before anything is sent', async () => {
    const { server, collection } = await setUp();
    for (const call of [
      collection.deleteMany({ owner: undefined }),
      collection.updateMany({ owner: undefined }, { $set: { x: 1 } }),
      collection.findOne({ owner: { id: undefined } }),
      collection.findOneAndDelete({ owner: undefined }),
      collection.countDocuments({ owner: undefined }),
      collection.distinct('x', { owner: undefined }),
      collection.bulkWrite([{ deleteMany: { filter: { owner: undefined } } }]),
    ]) {
      expect(String(await rejectionOf(call))).toContain('owner');
    }
    expect(server.requests.filter(({ opCode }) => opCode === 'OP_MSG')).toHaveLength(0);
  });

  it('unordered, tries everything and reports each failure with its index', async () => {
    const { server, collection } = await setUp();
    server.on('update', { n: 1, nModified: 1, writeErrors: [{ index: 1, code: 2, errmsg: 'bad' }] });
    const error = (await rejectionOf(
      collection.bulkWrite(
        [
          { insertOne: { document: { _id: 'a' } } },
          { updateOne: { filter: { x: 1 }, update: { $set: { y: 1 } } } },
          { deleteOne: { filter: { x: 2 } } },
          { updateOne: { filter: { x: 3 }, update: { $set: { y: 3 } } } },
          { insertOne: { document: { _id: 'b' } } },
        ],
        { ordered: false },
      ),
    )) as BulkWriteError<BulkWriteResult>;
    expect(error.writeErrors.map(({ index }) => index)).toEqual([3]);
    expect(error.result).toMatchObject({
      insertedCount: 2,
      insertedIds: { 0: 'a', 4: 'b' },
      matchedCount: 1,
      deletedCount: 1,
    });
    expect(
      server.requests.map(({ commandName }) => commandName).filter((name) => SCRIPT[name as never]),
    ).toEqual(['insert', 'update', 'delete']);
  });

  it('tells what was done when a batch cannot go on', async () => {
    const { server, collection } = await setUp({ retryWrites: false });
    server.on('update', () => 'close');
    const error = (await rejectionOf(
      collection.bulkWrite([
        { insertOne: { document: { _id: 'a' } } },
        { updateOne: { filter: {}, update: { $set: { x: 1 } } } },
      ]),
    )) as Error & { result: BulkWriteResult };
    expect(error.name).toBe('AutoReconnect');
    expect(error.result.insertedIds).toEqual({ 0: 'a' });
  });

  it('findOneAnd… resolve to the document or null', async () => {
    const { server, collection } = await setUp();
    server.on('findAndModify', { value: { _id: 1, x: 2 } });
    expect(await collection.findOneAndUpdate({}, { $set: { x: 2 } }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      x: 2,
    });
    server.on('findAndModify', { value: null });
    expect(await collection.findOneAndDelete({})).toBeNull();
    expect(await collection.findOneAndReplace({}, { x: 3 })).toBeNull();
    expect(server.received('findAndModify').map(({ command }) => command)).toMatchObject([
      { new: true, update: { $set: { x: 2 } } },
      { remove: true },
      { update: { x: 3 } },
    ]);
    const maps = collection.withOptions({ codecOptions: { documentClass: Map } });
    server.on('findAndModify', { value: { _id: 1 } });
    expect(await maps.findOneAndDelete({})).toBeInstanceOf(Map);
  });
});

describe('write concerns on the wire', () => {
  it('[WC-1] none is sent unless one was set', async () => {
    const { server, client, collection } = await setUp();
    await collection.insertOne({ x: 1 });
    expect(server.received('insert')[0]?.command).not.toHaveProperty('writeConcern');
    expect(client.writeConcern.isServerDefault).toBe(true);
  });

  it('[WC-3] [DATA-1] w: 0 does not wait for a reply, and what needs one throws', async () => {
    const { server, collection } = await setUp({ w: 0, wTimeoutMS: 5 });
    for (const name of ['insert', 'update', 'delete']) server.on(name, () => 'silence');
    const inserted = await collection.insertOne({ x: 1 });
    expect(inserted).toMatchObject({ acknowledged: false });
    expect(inserted.insertedId).toBeInstanceOf(ObjectId);
    const request = await server.waitFor('insert');
    expect(request).toMatchObject({ moreToCome: true });
    expect(request.command['writeConcern']).toEqual({ w: 0 });
    const updated = await collection.updateOne({}, { $set: { x: 1 } });
    expect(updated.acknowledged).toBe(false);
    expect(() => updated.modifiedCount).toThrow(InvalidOperation);
    expect(() => updated.upsertedId).toThrow(InvalidOperation);
    const deleted = await collection.deleteMany({});
    expect(() => deleted.deletedCount).toThrow(InvalidOperation);
    const many = await collection.insertMany([{ x: 1 }, { x: 2 }]);
    expect(Object.keys(many.insertedIds)).toEqual(['0', '1']);
    expect(() => many.insertedCount).toThrow(InvalidOperation);
    const bulk = await collection.bulkWrite([{ deleteOne: { filter: {} } }]);
    expect(() => bulk.upsertedIds).toThrow(InvalidOperation);
    expect(JSON.stringify(updated)).toBe('{"acknowledged":false}');
  });

  it('[WC-5] wTimeoutMS travels as wtimeout, and its expiry is a WTimeoutError', async () => {
    const { server, collection } = await setUp({ w: 2, wTimeoutMS: 100 });
    const concern = {
      writeConcernError: { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waited too long' },
    };
    server.on('insert', (request) => ({ ...counts(request), ...concern }));
    const error = await rejectionOf(collection.insertOne({ x: 1 }));
    expect(error).toBeInstanceOf(WTimeoutError);
    expect(error).toMatchObject({ timeout: true, code: 64 });
    expect(server.received('insert')[0]?.command['writeConcern']).toEqual({ w: 2, wtimeout: 100 });
    const bulk = (await rejectionOf(collection.insertMany([{ x: 1 }]))) as BulkWriteError<BulkWriteResult>;
    expect(bulk.writeConcernErrors).toHaveLength(1);
    expect(bulk.result.insertedCount).toBe(1);
  });

  it('[WC-6] journal travels as j, and the refusal of a server without one is surfaced', async () => {
    const { server, collection } = await setUp({ journal: true });
    await collection.insertOne({ x: 1 });
    expect(server.received('insert')[0]?.command['writeConcern']).toEqual({ j: true });
    server.on('insert', { ok: 0, code: 2, errmsg: 'cannot use j on a server without journaling' });
    expect(await rejectionOf(collection.insertOne({ x: 1 }))).toBeInstanceOf(OperationFailure);
  });

  it('[WC-7] fsync travels as it is', async () => {
    const { server, collection } = await setUp({ fsync: true });
    await collection.insertOne({ x: 1 });
    expect(server.received('insert')[0]?.command['writeConcern']).toEqual({ fsync: true });
  });

  it('[WC-9] a read concern is sent where one was set', async () => {
    const { server, client, collection } = await setUp();
    server.on('find', { cursor: { id: 0n, ns: 'd.c', firstBatch: [] } });
    await collection.findOne();
    await collection.withOptions({ readConcern: { level: 'majority' } }).findOne();
    await client.db('d', { readConcern: 'made-up' }).collection('c').findOne();
    expect(server.received('find').map(({ command }) => command['readConcern'])).toEqual([
      undefined,
      { level: 'majority' },
      { level: 'made-up' },
    ]);
  });

  it('[WC-10] a collection sends the concern of its database', async () => {
    const { server, client } = await setUp({ w: 1 });
    await client
      .db('d', { writeConcern: { w: 3 } })
      .collection('c')
      .insertOne({ x: 1 });
    await client.db('d').collection('c').insertOne({ x: 1 });
    await client
      .db('d')
      .collection('c')
      .insertOne({ x: 1 }, { writeConcern: { w: 'majority' } });
    expect(server.received('insert').map(({ command }) => command['writeConcern'])).toEqual([
      { w: 3 },
      { w: 1 },
      { w: 'majority' },
    ]);
  });
});
