import { beforeAll, describe, expect, it } from '@jest/globals';
import { has, useServer } from './server.js';

const server = useServer('integration_cursors');
const TOTAL = 1000;
const numbers = () => server.db.collection<{ _id: number; even: boolean }>('numbers');

beforeAll(async () => {
  await numbers().insertMany(Array.from({ length: TOTAL }, (_, _id) => ({ _id, even: _id % 2 === 0 })));
});

describe('cursors over many batches', () => {
  it('iterates all documents in order', async () => {
    const seen: number[] = [];
    for await (const { _id } of numbers().find({}, { sort: { _id: 1 }, batchSize: 7 })) seen.push(_id);
    expect(seen).toEqual(Array.from({ length: TOTAL }, (_, index) => index));
  });

  it('collects all documents', async () => {
    expect(await numbers().find({}, { batchSize: 100 }).toArray()).toHaveLength(TOTAL);
  });

  it('stops at a limit that spans batches', async () => {
    expect(await numbers().find({}, { batchSize: 10, limit: 35 }).toArray()).toHaveLength(35);
  });

  it('skips', async () => {
    const [first] = await numbers()
      .find({}, { sort: { _id: 1 }, skip: 990 })
      .toArray();
    expect(first?._id).toBe(990);
  });

  it('sorts downwards', async () => {
    const found = await numbers()
      .find({}, { sort: { _id: -1 }, limit: 3 })
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual([999, 998, 997]);
  });

  it('filters', async () => {
    expect(await numbers().find({ even: true }).toArray()).toHaveLength(TOTAL / 2);
  });

  it('steps with next and ends with null', async () => {
    const cursor = numbers().find({ _id: { $lt: 3 } }, { sort: { _id: 1 }, batchSize: 2 });
    expect([(await cursor.next())?._id, (await cursor.next())?._id, (await cursor.next())?._id]).toEqual([
      0, 1, 2,
    ]);
    expect(await cursor.next()).toBeNull();
  });

  it('tells whether there is more', async () => {
    const cursor = numbers().find({ _id: 5 });
    expect(await cursor.hasNext()).toBe(true);
    await cursor.next();
    expect(await cursor.hasNext()).toBe(false);
  });

  it('can be left early and leaves the client usable', async () => {
    for await (const { _id } of numbers().find({}, { batchSize: 5 })) if (_id >= 12) break;
    expect(await numbers().countDocuments({})).toBe(TOTAL);
  });

  it('can be closed by hand', async () => {
    const cursor = numbers().find({}, { batchSize: 5 });
    await cursor.next();
    await cursor.close();
    expect(cursor.alive).toBe(false);
  });

  it('starts again after rewind', async () => {
    const cursor = numbers().find({}, { sort: { _id: 1 }, batchSize: 10 });
    for (let i = 0; i < 25; i++) await cursor.next();
    await cursor.rewind();
    expect((await cursor.next())?._id).toBe(0);
    await cursor.close();
  });

  it('runs several cursors side by side', async () => {
    const counts = await Promise.all(
      Array.from({ length: 20 }, async () => (await numbers().find({}, { batchSize: 50 }).toArray()).length),
    );
    expect(counts).toEqual(Array.from({ length: 20 }, () => TOTAL));
  });
});

describe('aggregation', () => {
  it('groups', async () => {
    const cursor = await numbers().aggregate([
      { $group: { _id: '$even', count: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]);
    expect(await cursor.toArray()).toEqual([
      { _id: false, count: 500 },
      { _id: true, count: 500 },
    ]);
  });

  it('matches, sorts, skips and limits', async () => {
    const cursor = await numbers().aggregate<{ _id: number }>([
      { $match: { even: false } },
      { $sort: { _id: -1 } },
      { $skip: 2 },
      { $limit: 2 },
    ]);
    expect((await cursor.toArray()).map(({ _id }) => _id)).toEqual([995, 993]);
  });

  it('counts', async () => {
    const cursor = await numbers().aggregate([{ $match: { _id: { $gte: 900 } } }, { $count: 'n' }]);
    expect(await cursor.toArray()).toEqual([{ n: 100 }]);
  });

  it('projects', async () => {
    const cursor = await numbers().aggregate([{ $match: { _id: 4 } }, { $project: { _id: 0, even: 1 } }]);
    expect(await cursor.toArray()).toEqual([{ even: true }]);
  });

  it('unwinds', async () => {
    const lists = server.db.collection('lists');
    await lists.insertOne({ _id: 1, list: ['a', 'b', 'c'] } as never);
    const cursor = await lists.aggregate([{ $unwind: '$list' }, { $project: { _id: 0, list: 1 } }]);
    expect(await cursor.toArray()).toEqual([{ list: 'a' }, { list: 'b' }, { list: 'c' }]);
  });

  it('spans batches', async () => {
    const cursor = await numbers().aggregate([{ $sort: { _id: 1 } }], { batchSize: 33 });
    let count = 0;
    for await (const _document of cursor) count++;
    expect(count).toBe(TOTAL);
  });

  (has('$facet, $lookup, $out, $merge') ? it : it.skip)('writes with $out', async () => {
    await (await numbers().aggregate([{ $match: { _id: { $lt: 10 } } }, { $out: 'copied' }])).toArray();
    expect(await server.db.collection('copied').countDocuments({})).toBe(10);
  });

  (has('$facet, $lookup, $out, $merge') ? it : it.skip)('joins with $lookup', async () => {
    const cursor = await numbers().aggregate([
      { $match: { _id: 1 } },
      { $lookup: { from: 'numbers', localField: '_id', foreignField: '_id', as: 'same' } },
    ]);
    expect(await cursor.toArray()).toEqual([{ _id: 1, even: false, same: [{ _id: 1, even: false }] }]);
  });
});
