import { describe, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const official = withOfficialClient();

const fill = async (): Promise<void> => {
  await official.collection.insertMany([1, 2, 3].map((n) => ({ _id: n, n })));
};

const all = (name: string): Promise<Document[]> =>
  official.db.collection(name).find().sort({ _id: 1 }).toArray();

describe('aggregate', () => {
  it('hands out batches like find', async () => {
    await fill();
    const cursor = official.collection.aggregate([{ $match: { n: { $gt: 0 } } }], { batchSize: 2 });
    expect(await cursor.toArray()).toHaveLength(3);
    expect(await rejection(official.db.command({ aggregate: 'things', pipeline: [] }))).toMatchObject({
      code: 9,
    });
  });

  it('reads other collections, variables and the time', async () => {
    await fill();
    await official.db.collection<Document & { _id: number }>('names').insertOne({ _id: 2, name: 'two' });
    const found = await official.collection
      .aggregate(
        [
          { $match: { $expr: { $eq: ['$n', '$$wanted'] } } },
          { $lookup: { from: 'names', localField: 'n', foreignField: '_id', as: 'names' } },
          { $set: { now: { $type: '$$NOW' }, cluster: { $type: '$$CLUSTER_TIME' } } },
        ],
        { let: { wanted: { $add: [1, 1] } } },
      )
      .toArray();
    expect(found).toEqual([
      { _id: 2, n: 2, names: [{ _id: 2, name: 'two' }], now: 'date', cluster: 'timestamp' },
    ]);
  });

  it('$out replaces a collection and keeps its indexes', async () => {
    const { db, collection } = official;
    await fill();
    await db.collection<Document & { _id: number }>('target').insertOne({ _id: 99 });
    await db.collection('target').createIndex({ n: 1 }, { unique: true });
    expect(await collection.aggregate([{ $match: { n: { $lt: 3 } } }, { $out: 'target' }]).toArray()).toEqual(
      [],
    );
    expect(await all('target')).toEqual([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ]);
    expect(await db.collection('target').indexes()).toHaveLength(2);
    expect(
      await rejection(collection.aggregate([{ $set: { n: 1 } }, { $out: 'target' }]).toArray()),
    ).toMatchObject({ code: 11000 });
    expect(await all('target')).toHaveLength(2);
    expect((await db.listCollections().toArray()).map(({ name }) => name as string).sort()).toEqual([
      'target',
      'things',
    ]);
  });

  it.each<[Document, readonly Document[]]>([
    [
      {},
      [
        { _id: 1, n: 1, old: 1 },
        { _id: 2, n: 2 },
        { _id: 3, n: 3 },
      ],
    ],
    [
      { whenMatched: 'replace' },
      [
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
        { _id: 3, n: 3 },
      ],
    ],
    [{ whenMatched: 'keepExisting', whenNotMatched: 'discard' }, [{ _id: 1, old: 1 }]],
    [
      { whenMatched: [{ $set: { sum: { $add: ['$old', '$$new.n'] } } }], whenNotMatched: 'discard' },
      [{ _id: 1, old: 1, sum: 2 }],
    ],
  ])('$merge with %j', async (options, expected) => {
    await fill();
    await official.db.collection<Document & { _id: number }>('target').insertOne({ _id: 1, old: 1 });
    await official.collection.aggregate([{ $merge: { into: 'target', ...options } }]).toArray();
    expect(await all('target')).toEqual(expected);
  });

  it('$merge needs a unique index for other fields, and may fail on either side', async () => {
    await fill();
    const merge = (options: Document) =>
      official.collection.aggregate([{ $merge: { into: 'target', ...options } }]).toArray();
    expect(await rejection(merge({ on: 'n' }))).toMatchObject({ code: 51183 });
    expect(await rejection(merge({ whenNotMatched: 'fail' }))).toMatchObject({ code: 13113 });
    await merge({});
    expect(await rejection(merge({ whenMatched: 'fail' }))).toMatchObject({ code: 11000 });
  });

  it('on the database takes stages that need no collection', async () => {
    const { db, client } = official;
    expect(await db.aggregate([{ $documents: [{ a: 1 }] }]).toArray()).toEqual([{ a: 1 }]);
    expect(
      (
        await client
          .db('admin')
          .aggregate([{ $currentOp: {} }])
          .toArray()
      )[0],
    ).toMatchObject({ type: 'op' });
    expect((await db.aggregate([{ $listLocalSessions: {} }]).toArray()).length).toBeGreaterThan(0);
    expect(await rejection(db.aggregate([{ $match: {} }]).toArray())).toMatchObject({ code: 73 });
  });

  it('answers statistics of a collection', async () => {
    await fill();
    const stats = await official.collection
      .aggregate([{ $collStats: { count: {}, storageStats: {} } }])
      .toArray();
    expect(stats).toMatchObject([{ ns: 'spec.things', count: 3, storageStats: { count: 3 } }]);
    expect(await official.collection.aggregate([{ $indexStats: {} }]).toArray()).toMatchObject([
      { name: '_id_' },
    ]);
  });

  it('refuses stages and fields it does not know', async () => {
    await fill();
    expect(await rejection(official.collection.aggregate([{ $nope: 1 }]).toArray())).toMatchObject({
      code: 40324,
    });
    expect(
      await rejection(official.db.command({ aggregate: 'things', pipeline: [], cursor: {}, nope: 1 })),
    ).toMatchObject({ code: 40415 });
  });
});

describe('count, distinct and explain', () => {
  it('count with skip, limit and hint', async () => {
    await fill();
    const count = async (options: Document) =>
      (await official.db.command({ count: 'things', ...options }))['n'] as number;
    expect(await count({})).toBe(3);
    expect(await count({ query: { n: { $gt: 1 } }, skip: 1 })).toBe(1);
    expect(await count({ limit: -2 })).toBe(2);
    expect(await rejection(count({ hint: 'nope' }))).toMatchObject({ code: 2 });
  });

  it('distinct takes arrays apart and goes by value', async () => {
    await official.collection.insertMany([
      { _id: 1, a: [1, 2] },
      { _id: 2, a: { b: 1 } },
      { _id: 3, a: 2 },
      { _id: 4 },
    ]);
    expect(await official.collection.distinct('a')).toEqual([1, 2, { b: 1 }]);
    expect(await official.collection.distinct('a.b')).toEqual([1]);
  });

  it('explain tells scan from index', async () => {
    await fill();
    const { collection } = official;
    await collection.createIndex({ n: 1 });
    const plan = async (filter: Document) =>
      ((await collection.find(filter).explain('executionStats'))['queryPlanner'] as Document)[
        'winningPlan'
      ] as unknown;
    expect(await plan({})).toMatchObject({ stage: 'COLLSCAN' });
    expect(await plan({ n: 1 })).toMatchObject({
      stage: 'FETCH',
      inputStage: { stage: 'IXSCAN', indexName: 'n_1' },
    });
    expect(await plan({ _id: 1 })).toMatchObject({ stage: 'IDHACK' });
    expect(await collection.aggregate([{ $match: { n: 1 } }]).explain()).toMatchObject({
      stages: [{ $cursor: {} }],
    });
    expect(await rejection(official.db.command({ explain: { nope: 1 } }))).toMatchObject({ code: 59 });
  });
});
