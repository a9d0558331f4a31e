import { describe, expect, it } from '@jest/globals';
import type { MongoBulkWriteError } from 'mongodb';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const official = withOfficialClient();

describe('inserts', () => {
  it('give back what was stored byte for byte, whatever the order of its keys', async () => {
    const { db } = official;
    await db.collection('raw').insertOne({
      _id: new ObjectId(),
      m: new Map([
        ['2', 1],
        ['1', 2],
      ]),
      n: new Double(1),
      l: Long.fromNumber(1),
    });
    const [raw] = await db.collection('raw').find({}, { raw: true, projection: {} }).toArray();
    const text = Buffer.from(raw as unknown as Uint8Array).toString('latin1');
    expect(text.indexOf('\x102\0')).toBeLessThan(text.indexOf('\x101\0'));
    expect(text).toContain('\x01n\0');
    expect(text).toContain('\x12l\0');
  });

  it('make an _id where there is none and put it first', async () => {
    const { db } = official;
    await db.command({ insert: 'things', documents: [{ a: 1 }, { a: 2, _id: 5 }] });
    const documents = await db.collection('things').find().toArray();
    expect(documents.map((document) => Object.keys(document))).toEqual([
      ['_id', 'a'],
      ['_id', 'a'],
    ]);
    expect(documents[0]?._id).toBeInstanceOf(ObjectId);
  });

  it('replace an empty timestamp at the top level alone', async () => {
    const { collection } = official;
    await collection.insertOne({
      _id: 1,
      t: new Timestamp({ t: 0, i: 0 }),
      in: { t: new Timestamp({ t: 0, i: 0 }) },
    });
    const document = await collection.findOne({ _id: 1 });
    expect((document?.['t'] as Timestamp).t).toBeGreaterThan(0);
    expect((document?.['in'] as { t: Timestamp }).t.t).toBe(0);
  });

  it("refuse a duplicate _id across numeric types, with the server's message", async () => {
    const { collection } = official;
    await collection.insertOne({ _id: new Int32(1) });
    for (const _id of [new Double(1), Long.fromNumber(1), Decimal128.fromString('1.0')]) {
      expect(await rejection(collection.insertOne({ _id }))).toMatchObject({
        code: 11000,
        message: expect.stringContaining(
          'E11000 duplicate key error collection: spec.things index: _id_ dup key: { _id: 1',
        ),
        keyPattern: { _id: 1 },
      });
    }
  });

  it('stop at the first error when ordered and go on when not', async () => {
    const { collection } = official;
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    const ordered = await collection
      .insertMany(documents)
      .catch((error: unknown) => error as MongoBulkWriteError);
    expect(ordered).toMatchObject({ code: 11000, insertedCount: 1 });
    await collection.deleteMany({});
    const unordered = await collection
      .insertMany(documents, { ordered: false })
      .catch((error: unknown) => error as MongoBulkWriteError);
    expect(unordered).toMatchObject({
      code: 11000,
      insertedCount: 2,
      writeErrors: [expect.objectContaining({ index: 1 })],
    });
  });

  it.each<[string, object, number]>([
    ['an array as _id', { _id: [1] }, 53],
    ['a regular expression as _id', { _id: /x/ }, 53],
    ['a $ field inside _id', { _id: { $a: 1 } }, 52],
  ])('refuse %s', async (_name, document, code) => {
    expect(await rejection(official.collection.insertOne(document as { _id: unknown }))).toMatchObject({
      code,
    });
  });

  it('refuse a batch without documents and a document over 16 MiB', async () => {
    const { db } = official;
    expect(await rejection(db.command({ insert: 'things', documents: [] }))).toMatchObject({ code: 16 });
    const large = { insert: 'things', documents: [{ a: new Binary(Buffer.alloc(16 * 1024 * 1024)) }] };
    const reply = await db.command(large);
    expect(reply).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 10334 }] });
  });
});

describe('updates', () => {
  it('count matched and modified documents apart', async () => {
    const { collection } = official;
    await collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
    expect(await collection.updateMany({}, { $set: { a: 1 } })).toMatchObject({
      matchedCount: 2,
      modifiedCount: 1,
    });
    expect(await collection.updateOne({ _id: 1 }, { $set: { a: new Double(1) } })).toMatchObject({
      modifiedCount: 1,
    });
  });

  it('insert what an upsert names', async () => {
    const { collection } = official;
    const result = await collection.updateOne(
      { _id: 7, k: 'x', n: { $gt: 1 } },
      { $set: { a: 1 }, $setOnInsert: { b: 2 } },
      { upsert: true },
    );
    expect(result).toMatchObject({ matchedCount: 0, upsertedCount: 1, upsertedId: 7 });
    expect(await collection.findOne()).toEqual({ _id: 7, k: 'x', a: 1, b: 2 });
    expect(await collection.replaceOne({ _id: 8 }, { c: 1 }, { upsert: true })).toMatchObject({
      upsertedId: 8,
    });
    const made = await collection.replaceOne({ z: 1 }, { c: 2 }, { upsert: true });
    expect(made.upsertedId).toBeInstanceOf(ObjectId);
  });

  it('never change an _id', async () => {
    const { collection } = official;
    await collection.insertOne({ _id: 1 });
    expect(await rejection(collection.updateOne({ _id: 1 }, { $set: { _id: 2 } }))).toMatchObject({
      code: 66,
      message: "Performing an update on the path '_id' would modify the immutable field '_id'",
    });
    expect(
      await rejection(
        official.db
          .command({ update: 'things', updates: [{ q: { _id: 1 }, u: { _id: 2, a: 1 } }] })
          .then((reply) => {
            throw Object.assign(new Error('x'), (reply['writeErrors'] as object[])[0]);
          }),
      ),
    ).toMatchObject({ code: 66 });
  });

  it('answer errors of one statement by its index', async () => {
    const { db, collection } = official;
    await collection.insertOne({ _id: 1, a: 'x' });
    const reply = await db.command({
      update: 'things',
      ordered: false,
      updates: [
        { q: { _id: 1 }, u: { $inc: { a: 1 } } },
        { q: { _id: 1 }, u: { $set: { b: 1 } } },
        { q: {}, u: { x: 1 }, multi: true },
        { q: { _id: 9 }, u: { $set: { c: 1 } }, upsert: true },
      ],
    });
    expect(reply).toMatchObject({
      n: 2,
      nModified: 1,
      upserted: [{ index: 3, _id: 9 }],
      writeErrors: [
        { index: 0, code: 14 },
        { index: 2, code: 9 },
      ],
    });
  });

  it('run pipelines, array filters, collations, hints and sorts', async () => {
    const { collection } = official;
    await collection.insertMany([
      { _id: 1, k: 'A', l: [1, 5] },
      { _id: 2, k: 'a', l: [7] },
    ]);
    await collection.updateMany(
      { k: 'a' },
      { $set: { 'l.$[x]': 0 } },
      { arrayFilters: [{ x: { $gt: 4 } }], collation: { locale: 'en', strength: 2 } },
    );
    expect(await collection.find().toArray()).toEqual([
      { _id: 1, k: 'A', l: [1, 0] },
      { _id: 2, k: 'a', l: [0] },
    ]);
    await collection.updateOne({}, [{ $set: { n: { $size: '$l' } } }], { hint: '_id_', sort: { _id: -1 } });
    expect(await collection.findOne({ n: 1 })).toMatchObject({ _id: 2 });
    expect(await rejection(collection.updateOne({}, { $set: { a: 1 } }, { hint: 'nope' }))).toMatchObject({
      code: 2,
    });
  });

  it('refuse a duplicate key and leave the document as it was', async () => {
    const { collection } = official;
    await collection.createIndex({ k: 1 }, { unique: true });
    await collection.insertMany([
      { _id: 1, k: 1 },
      { _id: 2, k: 2 },
    ]);
    expect(await rejection(collection.updateOne({ _id: 2 }, { $set: { k: 1 } }))).toMatchObject({
      code: 11000,
      keyValue: { k: 1 },
    });
    expect(await collection.findOne({ k: 2 })).toEqual({ _id: 2, k: 2 });
  });
});

describe('findAndModify', () => {
  it('answers the document before or after, projected', async () => {
    const { collection } = official;
    await collection.insertMany([
      { _id: 1, n: 1, l: [1, 2] },
      { _id: 2, n: 2 },
    ]);
    expect(
      await collection.findOneAndUpdate({}, { $inc: { n: 10 } }, { sort: { n: -1 }, projection: { n: 1 } }),
    ).toEqual({ _id: 2, n: 2 });
    expect(
      await collection.findOneAndUpdate({ _id: 2 }, { $inc: { n: 1 } }, { returnDocument: 'after' }),
    ).toEqual({ _id: 2, n: 13 });
    expect(
      await collection.findOneAndReplace({ _id: 9 }, { x: 1 }, { upsert: true, returnDocument: 'after' }),
    ).toEqual({ _id: 9, x: 1 });
    expect(await collection.findOneAndDelete({ l: 2 }, { projection: { 'l.$': 1 } })).toEqual({
      _id: 1,
      l: [2],
    });
    expect(await collection.findOneAndDelete({ _id: 77 })).toBeNull();
    const meta = await collection.findOneAndUpdate(
      { _id: 50 },
      { $set: { a: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    expect(meta).toMatchObject({
      lastErrorObject: { n: 1, updatedExisting: false, upserted: 50 },
      value: null,
    });
  });

  it('refuses contradicting options', async () => {
    expect(await rejection(official.db.command({ findAndModify: 'things', query: {} }))).toMatchObject({
      code: 9,
    });
    expect(
      await rejection(official.db.command({ findAndModify: 'things', remove: true, new: true })),
    ).toMatchObject({ code: 9 });
  });
});

describe('deletes', () => {
  it('take the first match or all', async () => {
    const { collection } = official;
    await collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1 },
    ]);
    expect(await collection.deleteOne({ a: 1 })).toMatchObject({ deletedCount: 1 });
    expect(await collection.findOne({ _id: 1 })).toBeNull();
    expect(await collection.deleteMany({ a: 1 })).toMatchObject({ deletedCount: 2 });
    expect(await collection.deleteMany({ a: 1 })).toMatchObject({ deletedCount: 0 });
  });

  it('refuse a limit that is neither 0 nor 1', async () => {
    expect(
      await rejection(official.db.command({ delete: 'things', deletes: [{ q: {}, limit: 2 }] })),
    ).toMatchObject({ code: 9 });
  });
});

describe('retryable writes', () => {
  it('are not executed twice', async () => {
    const { client, db } = official;
    const session = client.startSession();
    const lsid = session.id;
    const command = { insert: 'things', documents: [{ _id: 1 }], lsid, txnNumber: Long.fromNumber(5) };
    const modify = {
      findAndModify: 'things',
      query: { _id: 1 },
      update: { $inc: { n: 1 } },
      new: true,
      lsid,
      txnNumber: Long.fromNumber(6),
    };
    expect(await db.command({ ...command })).toMatchObject({ n: 1 });
    expect(await db.command({ ...command })).toMatchObject({ n: 1, retriedStmtIds: [0] });
    expect(await db.command({ ...modify })).toMatchObject({ value: { n: 1 } });
    expect(await db.command({ ...modify })).toMatchObject({ value: { n: 1 } });
    await session.endSession();
  });
});

describe('client bulkWrite', () => {
  it('writes to several collections and says what became of each operation', async () => {
    const { client } = official;
    const models: any[] = [
      { namespace: 'spec.a', name: 'insertOne', document: { _id: 1 } },
      {
        namespace: 'spec.b',
        name: 'updateOne',
        filter: { _id: 2 },
        update: { $set: { x: 1 } },
        upsert: true,
      },
      { namespace: 'spec.a', name: 'updateMany', filter: {}, update: { $set: { y: 1 } } },
      { namespace: 'spec.b', name: 'replaceOne', filter: { _id: 2 }, replacement: { z: 1 } },
      { namespace: 'spec.a', name: 'deleteOne', filter: { _id: 1 } },
    ];
    const result = await client.bulkWrite(models, { verboseResults: true });
    expect(result).toMatchObject({
      insertedCount: 1,
      upsertedCount: 1,
      matchedCount: 2,
      modifiedCount: 2,
      deletedCount: 1,
    });
  });

  it('reports errors by index', async () => {
    const { client } = official;
    const models: any[] = [1, 1, 2].map((_id) => ({
      namespace: 'spec.a',
      name: 'insertOne' as const,
      document: { _id },
    }));
    const error = await client
      .bulkWrite(models, { ordered: false })
      .catch(
        (reason: unknown) =>
          reason as { writeErrors: Map<number, { code: number }>; partialResult: { insertedCount: number } },
      );
    expect((error as { writeErrors: Map<number, { code: number }> }).writeErrors.get(1)).toMatchObject({
      code: 11000,
    });
    expect((error as { partialResult: { insertedCount: number } }).partialResult.insertedCount).toBe(2);
  });
});
