import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Binary,
  BulkWriteError,
  Decimal128,
  DuplicateKeyError,
  Long,
  ObjectId,
  Timestamp,
  WriteError,
} from '../../lib/index.js';
import { has, useServer } from './server.js';

const server = useServer('integration_crud');

interface Item {
  _id: number;
  n?: number;
  tags?: string[];
  nested?: { a?: number; b?: number };
}

const items = () => server.db.collection<Item>('items');

beforeEach(async () => {
  await items().deleteMany({});
  await items().insertMany([
    { _id: 1, n: 10, tags: ['a'] },
    { _id: 2, n: 20, tags: ['a', 'b'] },
    { _id: 3, n: 30, nested: { a: 1, b: 2 } },
  ]);
});

describe('inserting', () => {
  it('makes an ObjectId for a document without _id and tells it', async () => {
    const documents = server.db.collection('documents');
    const document: { _id?: unknown; x: number } = { x: 1 };
    const { insertedId, acknowledged } = await documents.insertOne(document);
    expect(acknowledged).toBe(true);
    expect(insertedId).toBeInstanceOf(ObjectId);
    expect(document._id).toBe(insertedId);
    expect(await documents.findOne({ _id: insertedId })).toEqual({ _id: insertedId, x: 1 });
  });

  it('keeps an _id of any type', async () => {
    const documents = server.db.collection('ids');
    await documents.deleteMany({});
    for (const _id of ['text', 5, 2.5, new ObjectId(), new Date(0), true])
      await documents.insertOne({ _id } as never);
    expect(await documents.countDocuments({})).toBe(6);
  });

  it('stores and returns values of every common type unchanged', async () => {
    const documents = server.db.collection('types');
    await documents.deleteMany({});
    const document = {
      _id: 1,
      double: 9.99,
      string: 'žluťoučký 🐎',
      document: { b: 1, a: { c: [1, 'two', null] } },
      array: [1, 'two', { three: 3 }],
      binary: new Binary(new Uint8Array([1, 2, 255])),
      id: new ObjectId(),
      yes: true,
      no: false,
      date: new Date('2024-02-29T12:34:56.789Z'),
      nothing: null,
      int: -7,
      long: Long.fromString('9007199254740993'),
      timestamp: new Timestamp({ t: 5, i: 6 }),
    };
    await documents.insertOne(document as never);
    const [stored] = await documents.find({}).toArray();
    expect(stored).toEqual(document);
    expect(Object.keys((stored as typeof document).document)).toEqual(['b', 'a']);
  });

  (has('nested arrays') ? it : it.skip)('stores arrays inside arrays', async () => {
    const documents = server.db.collection('nested_arrays');
    await documents.deleteMany({});
    await documents.insertOne({ _id: 1, array: [1, [2, [3]]] } as never);
    expect(await documents.findOne({})).toEqual({ _id: 1, array: [1, [2, [3]]] });
  });

  it('inserts many documents in one call and reports their ids by index', async () => {
    const documents = server.db.collection('many');
    await documents.deleteMany({});
    const result = await documents.insertMany(Array.from({ length: 2500 }, (_, x) => ({ x })));
    expect(result.insertedCount).toBe(2500);
    expect(await documents.countDocuments({})).toBe(2500);
  });

  it('takes any iterable', async () => {
    const documents = server.db.collection('iterable');
    await documents.deleteMany({});
    await documents.insertMany(
      (function* () {
        for (let x = 0; x < 10; x++) yield { x };
      })(),
    );
    expect(await documents.countDocuments({})).toBe(10);
  });

  it('refuses a duplicate _id with the class of its own', async () => {
    await expect(items().insertOne({ _id: 1 })).rejects.toBeInstanceOf(DuplicateKeyError);
  });

  it('stops an ordered insertMany at the first error', async () => {
    const failure = await items()
      .insertMany([{ _id: 4 }, { _id: 1 }, { _id: 5 }])
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BulkWriteError);
    expect((failure as BulkWriteError).writeErrors.map((error) => error.index)).toEqual([1]);
    expect(await items().countDocuments({})).toBe(4);
  });

  it('goes on after an error when unordered', async () => {
    const failure = await items()
      .insertMany([{ _id: 4 }, { _id: 1 }, { _id: 5 }, { _id: 2 }], { ordered: false })
      .catch((error: unknown) => error);
    expect((failure as BulkWriteError).writeErrors.map((error) => error.index)).toEqual([1, 3]);
    expect(await items().countDocuments({})).toBe(5);
  });

  it('stores a document without values', async () => {
    const { insertedId } = await server.db.collection('empty').insertOne({});
    expect(await server.db.collection('empty').findOne({ _id: insertedId })).toEqual({ _id: insertedId });
  });

  it('stores a document of several megabytes', async () => {
    const documents = server.db.collection('large');
    await documents.deleteMany({});
    const text = 'x'.repeat(5_000_000);
    await documents.insertOne({ _id: 1, text } as never);
    expect(((await documents.findOne({ _id: 1 } as never)) as unknown as { text: string }).text).toHaveLength(
      5_000_000,
    );
  });
});

describe('reading one', () => {
  it('finds a document by its _id', async () => {
    expect(await items().findOne({ _id: 2 })).toEqual({ _id: 2, n: 20, tags: ['a', 'b'] });
  });

  it('gives null where nothing matches', async () => {
    expect(await items().findOne({ _id: 99 })).toBeNull();
  });

  it('does not guess that a text is an ObjectId', async () => {
    const documents = server.db.collection('guess');
    const { insertedId } = await documents.insertOne({ x: 1 });
    expect(await documents.findOne({ _id: String(insertedId) } as never)).toBeNull();
  });

  it('applies sort, skip and projection', async () => {
    expect(await items().findOne({}, { sort: { n: -1 }, skip: 1, projection: { n: 1 } })).toEqual({
      _id: 2,
      n: 20,
    });
  });

  it('projects with booleans', async () => {
    expect(await items().findOne({ _id: 1 }, { projection: { tags: false } })).toEqual({ _id: 1, n: 10 });
  });

  it.each([
    ['$gt', { n: { $gt: 15 } }, [2, 3]],
    ['$in', { n: { $in: [10, 30] } }, [1, 3]],
    ['$or', { $or: [{ n: 10 }, { _id: 3 }] }, [1, 3]],
    ['$exists', { tags: { $exists: true } }, [1, 2]],
    ['array equality by element', { tags: 'b' }, [2]],
    ['$all', { tags: { $all: ['a', 'b'] } }, [2]],
    ['$size', { tags: { $size: 1 } }, [1]],
    ['dotted path', { 'nested.a': 1 }, [3]],
    ['whole document', { nested: { a: 1, b: 2 } }, [3]],
    ['whole document in another order', { nested: { b: 2, a: 1 } }, []],
    ['$not', { n: { $not: { $gt: 15 } } }, [1]],
    ['$ne', { n: { $ne: 10 } }, [2, 3]],
    ['$nin', { n: { $nin: [10, 20] } }, [3]],
    ['$regex', { tags: { $regex: '^b' } }, [2]],
    ['a number of another type', { n: Long.fromNumber(20) }, [2]],
  ] as const)('matches with %s', async (_name, filter, expected) => {
    const found = await items()
      .find(filter as never, { sort: { _id: 1 } })
      .toArray();
    expect(found.map((item) => item._id)).toEqual(expected);
  });
});

describe('updating', () => {
  it('updates one document and counts it', async () => {
    const result = await items().updateOne({ _id: 1 }, { $set: { n: 11 } });
    expect([result.matchedCount, result.modifiedCount]).toEqual([1, 1]);
    expect((await items().findOne({ _id: 1 }))?.n).toBe(11);
  });

  it('counts a match that changes nothing', async () => {
    const result = await items().updateOne({ _id: 1 }, { $set: { n: 10 } });
    expect([result.matchedCount, result.modifiedCount]).toEqual([1, 0]);
  });

  it('updates many', async () => {
    const result = await items().updateMany({ n: { $gte: 20 } }, { $inc: { n: 1 } });
    expect([result.matchedCount, result.modifiedCount]).toEqual([2, 2]);
  });

  it('inserts on upsert and tells the id', async () => {
    const result = await items().updateOne({ _id: 7 }, { $set: { n: 70 } }, { upsert: true });
    expect([result.matchedCount, result.modifiedCount, result.upsertedId]).toEqual([0, 0, 7]);
    expect(await items().findOne({ _id: 7 })).toEqual({ _id: 7, n: 70 });
  });

  it('replaces a document', async () => {
    const result = await items().replaceOne({ _id: 3 }, { n: 33 });
    expect([result.matchedCount, result.modifiedCount]).toEqual([1, 1]);
    expect(await items().findOne({ _id: 3 })).toEqual({ _id: 3, n: 33 });
  });

  it.each([
    ['$unset', { $unset: { n: '' } }, { _id: 2, tags: ['a', 'b'] }],
    ['$push', { $push: { tags: 'c' } }, { _id: 2, n: 20, tags: ['a', 'b', 'c'] }],
    ['$addToSet', { $addToSet: { tags: 'b' } }, { _id: 2, n: 20, tags: ['a', 'b'] }],
    ['$pull', { $pull: { tags: 'a' } }, { _id: 2, n: 20, tags: ['b'] }],
    ['$pop', { $pop: { tags: 1 } }, { _id: 2, n: 20, tags: ['a'] }],
    ['$mul', { $mul: { n: 3 } }, { _id: 2, n: 60, tags: ['a', 'b'] }],
    ['$min', { $min: { n: 5 } }, { _id: 2, n: 5, tags: ['a', 'b'] }],
    ['$max', { $max: { n: 25 } }, { _id: 2, n: 25, tags: ['a', 'b'] }],
    ['$rename', { $rename: { n: 'm' } }, { _id: 2, tags: ['a', 'b'], m: 20 }],
  ])('applies %s', async (_name, update, expected) => {
    await items().updateOne({ _id: 2 }, update as never);
    expect(await items().findOne({ _id: 2 })).toEqual(expected);
  });

  (has('arrayFilters') ? it : it.skip)('applies arrayFilters', async () => {
    await items().updateOne({ _id: 2 }, { $set: { 'tags.$[t]': 'z' } } as never, {
      arrayFilters: [{ t: 'b' }],
    });
    expect((await items().findOne({ _id: 2 }))?.tags).toEqual(['a', 'z']);
  });

  (has('aggregation pipelines in updates') ? it : it.skip)('applies a pipeline', async () => {
    await items().updateOne({ _id: 1 }, [{ $set: { n: { $add: ['$n', 5] } } }]);
    expect((await items().findOne({ _id: 1 }))?.n).toBe(15);
  });

  it('reports an update the server refuses as a write error', async () => {
    await expect(items().updateOne({ _id: 1 }, { $set: { _id: 5 } } as never)).rejects.toBeInstanceOf(
      WriteError,
    );
  });
});

describe('deleting', () => {
  it('deletes one', async () => {
    expect((await items().deleteOne({ n: { $gt: 5 } })).deletedCount).toBe(1);
    expect(await items().countDocuments({})).toBe(2);
  });

  it('deletes many', async () => {
    expect((await items().deleteMany({ n: { $gt: 15 } })).deletedCount).toBe(2);
  });

  it('deletes nothing where nothing matches', async () => {
    expect((await items().deleteMany({ n: 1000 })).deletedCount).toBe(0);
  });
});

describe('finding and changing', () => {
  it('returns the document before an update', async () => {
    expect(await items().findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })).toEqual({
      _id: 1,
      n: 10,
      tags: ['a'],
    });
  });

  it('returns the document after an update', async () => {
    const after = await items().findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' });
    expect(after?.n).toBe(11);
  });

  it('replaces', async () => {
    const after = await items().findOneAndReplace({ _id: 1 }, { n: 1 }, { returnDocument: 'after' });
    expect(after).toEqual({ _id: 1, n: 1 });
  });

  it('deletes', async () => {
    expect((await items().findOneAndDelete({ n: { $gt: 5 } }, { sort: { n: -1 } }))?._id).toBe(3);
    expect(await items().findOne({ _id: 3 })).toBeNull();
  });

  it('gives null where nothing matches', async () => {
    expect(await items().findOneAndDelete({ _id: 99 })).toBeNull();
  });
});

describe('bulk writes', () => {
  it('runs every kind of write and adds up what they did', async () => {
    const result = await items().bulkWrite([
      { insertOne: { document: { _id: 4, n: 40 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { n: 0 } } } },
      { updateMany: { filter: { n: { $gte: 20 } }, update: { $inc: { n: 1 } } } },
      { replaceOne: { filter: { _id: 5 }, replacement: { n: 50 }, upsert: true } },
      { deleteOne: { filter: { _id: 2 } } },
      { deleteMany: { filter: { n: 31 } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 4,
      modifiedCount: 4,
      upsertedCount: 1,
      deletedCount: 2,
    });
  });

  it('tells which write of an unordered batch failed', async () => {
    const failure = await items()
      .bulkWrite(
        [
          { insertOne: { document: { _id: 8 } } },
          { updateOne: { filter: { _id: 1 }, update: { $set: { n: 1 } } } },
          { insertOne: { document: { _id: 1 } } },
          { insertOne: { document: { _id: 9 } } },
        ],
        { ordered: false },
      )
      .catch((error: unknown) => error);
    expect((failure as BulkWriteError).writeErrors.map((error) => [error.index, error.code])).toEqual([
      [2, 11000],
    ]);
    expect(await items().countDocuments({})).toBe(5);
  });
});

describe('counting', () => {
  it('counts documents with a filter', async () => {
    expect(await items().countDocuments({ n: { $gt: 15 } })).toBe(2);
  });

  it('estimates the size of the collection', async () => {
    expect(await items().estimatedDocumentCount()).toBe(3);
  });

  it('lists distinct values', async () => {
    expect((await items().distinct('tags')).toSorted()).toEqual(['a', 'b']);
  });
});

describe('decimal numbers', () => {
  (has('collation') ? it : it.skip)('come back exactly', async () => {
    const documents = server.db.collection('decimals');
    await documents.deleteMany({});
    await documents.insertOne({ _id: 1, price: Decimal128.fromString('9.990') } as never);
    const stored = (await documents.findOne({})) as unknown as { price: Decimal128 };
    expect(stored.price.toString()).toBe('9.990');
  });
});
