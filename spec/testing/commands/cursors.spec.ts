import { describe, expect, it } from '@jest/globals';
import { Long } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const official = withOfficialClient();

interface Reply {
  readonly cursor: {
    readonly id: Long | number;
    readonly firstBatch: object[];
    readonly nextBatch: object[];
    readonly ns: string;
  };
}

const command = async (body: Record<string, unknown>): Promise<Reply> =>
  (await official.db.command(body, { promoteLongs: false })) as unknown as Reply;

const fill = async (count: number): Promise<void> => {
  await official.collection.insertMany(Array.from({ length: count }, (_, i) => ({ _id: i })));
};

const more = (reply: Reply, options: Record<string, unknown> = {}): Promise<Reply> =>
  command({ getMore: reply.cursor.id, collection: 'things', ...options });

const id = (reply: Reply): bigint => BigInt(reply.cursor.id.toString());

describe('cursors of find', () => {
  it.each([
    ['the default of 101', 150, {}, 101, true],
    ['a whole result below it', 101 - 1, {}, 100, false],
    ['a size', 10, { batchSize: 4 }, 4, true],
    ['a size of 0: an open cursor', 10, { batchSize: 0 }, 0, true],
    ['a limit that is reached', 10, { batchSize: 4, limit: 4 }, 4, false],
    ['a limit above the size', 10, { batchSize: 4, limit: 6 }, 4, true],
    ['a single batch', 10, { batchSize: 4, singleBatch: true }, 4, false],
    ['a sorted result that ends with the batch', 4, { batchSize: 4, sort: { x: 1 } }, 4, false],
    ['no collection', 0, {}, 0, false],
  ])('answer %s', async (_name, count, options, size, open) => {
    if (count > 0) await fill(count);
    const reply = await command({ find: 'things', ...options });
    expect(reply.cursor.firstBatch).toHaveLength(size);
    expect(id(reply) !== 0n).toBe(open);
    expect(reply.cursor.ns).toBe('spec.things');
  });

  it('go on with getMore until nothing is left', async () => {
    await fill(7);
    const first = await command({ find: 'things', batchSize: 3 });
    const second = await more(first, { batchSize: 3 });
    const third = await more(second);
    expect(
      [first.cursor.firstBatch, second.cursor.nextBatch, third.cursor.nextBatch].map((batch) => batch.length),
    ).toEqual([3, 3, 1]);
    expect(id(third)).toBe(0n);
    expect(await rejection(more(first))).toMatchObject({ code: 43, codeName: 'CursorNotFound' });
  });

  it('keep a reply below 16 MiB', async () => {
    const { collection } = official;
    for (let _id = 0; _id < 3; _id += 1) await collection.insertOne({ _id, text: 'x'.repeat(7_000_000) });
    const reply = await command({ find: 'things' });
    expect(reply.cursor.firstBatch).toHaveLength(2);
    expect((await more(reply)).cursor.nextBatch).toHaveLength(1);
  });

  it('belong to their namespace and their session', async () => {
    const { client, db } = official;
    await fill(5);
    const reply = await command({ find: 'things', batchSize: 1 });
    const other = { getMore: reply.cursor.id, collection: 'other' };
    expect(await rejection(db.command(other))).toMatchObject({ code: 13 });
    // A session in use is not the one that a command without session takes from the pool.
    const session = client.startSession();
    await db.command({ ping: 1 }, { session });
    const own = await command({ find: 'things', batchSize: 1 });
    expect(
      await rejection(db.command({ getMore: own.cursor.id, collection: 'things' }, { session })),
    ).toMatchObject({ code: 50738 });
    await session.endSession();
  });

  it('are killed', async () => {
    await fill(5);
    const reply = await command({ find: 'things', batchSize: 1 });
    const unknown = Long.fromNumber(12345);
    expect(
      await official.db.command({ killCursors: 'things', cursors: [reply.cursor.id, unknown] }),
    ).toMatchObject({
      cursorsKilled: [reply.cursor.id],
      cursorsNotFound: [12345],
      cursorsAlive: [],
      cursorsUnknown: [],
    });
    expect(await rejection(more(reply))).toMatchObject({ code: 43 });
  });

  it('die with their collection', async () => {
    await fill(5);
    const reply = await command({ find: 'things', batchSize: 1 });
    await official.collection.drop();
    expect(await rejection(more(reply))).toMatchObject({ code: 175, codeName: 'QueryPlanKilled' });
  });

  it.each<[Record<string, unknown>, number]>([
    [{ find: 'things', skip: -1 }, 51024],
    [{ find: 'things', batchSize: -1 }, 51024],
    [{ find: 'things', filter: 5 }, 14],
    [{ find: 5 }, 73],
    [{ find: 'things', awaitData: true }, 9],
    [{ find: 'things', nope: 1 }, 40415],
    [{ find: 'things', filter: { $nope: 1 } }, 2],
  ])('refuse %j', async (body, code) => {
    await fill(1);
    expect(await rejection(official.db.command(body))).toMatchObject({ code });
  });

  it('refuse tailing an ordinary collection', async () => {
    await fill(1);
    expect(await rejection(command({ find: 'things', tailable: true }))).toMatchObject({
      code: 2,
      message: expect.stringContaining('non capped'),
    });
  });
});

describe('order of documents', () => {
  it('is that of the index a server would use', async () => {
    const { collection } = official;
    await collection.insertMany([
      { _id: 3, a: 1 },
      { _id: 1, a: 3 },
      { _id: 2, a: 2 },
    ]);
    const ids = async (filter: object, options: object = {}) =>
      (await collection.find(filter, options).toArray()).map(({ _id }) => _id);
    expect(await ids({})).toEqual([3, 1, 2]);
    expect(await ids({ _id: { $gt: 0 } })).toEqual([1, 2, 3]);
    expect(await ids({ _id: { $in: [3, 2] } })).toEqual([2, 3]);
    expect(await ids({}, { hint: { $natural: -1 } })).toEqual([2, 1, 3]);
    await collection.createIndex({ a: -1 });
    expect(await ids({ a: { $gt: 0 } })).toEqual([1, 2, 3]);
    expect(await ids({}, { hint: 'a_-1' })).toEqual([1, 2, 3]);
    expect(await ids({}, { hint: { a: -1 }, min: { a: 3 }, max: { a: 1 } })).toEqual([1, 2]);
  });

  it('returnKey answers the fields of the index alone', async () => {
    const { collection } = official;
    await collection.insertOne({ _id: 1, a: { b: 5 }, c: 1 });
    await collection.createIndex({ 'a.b': 1 });
    const keys = (filter: object, options: object) =>
      collection.find(filter, { returnKey: true, ...options }).toArray();
    expect(await keys({ 'a.b': 5 }, {})).toEqual([{ 'a.b': 5 }]);
    expect(await keys({}, { sort: { _id: 1 }, showRecordId: true })).toEqual([{ _id: 1 }]);
    expect(await keys({ c: 1 }, {})).toEqual([{}]);
  });

  it('a hinted sparse index leaves out what it does not hold', async () => {
    const { collection } = official;
    await collection.createIndex({ a: 1 }, { sparse: true });
    await collection.insertMany([{ _id: 1 }, { _id: 2, a: 1 }]);
    expect(await collection.countDocuments({}, { hint: 'a_1' })).toBe(1);
    expect(await collection.countDocuments({})).toBe(2);
  });
});

describe('tailable cursors', () => {
  const capped = () => official.db.createCollection('things', { capped: true, size: 4096, max: 3 });

  it('deliver what comes later, oldest documents gone', async () => {
    const collection = await capped();
    await collection.insertMany([1, 2, 3, 4].map((n) => ({ n })));
    expect((await collection.find().toArray()).map(({ n }) => n as number)).toEqual([2, 3, 4]);
    const first = await command({ find: 'things', tailable: true });
    expect(first.cursor.firstBatch).toHaveLength(3);
    expect((await more(first)).cursor.nextBatch).toHaveLength(0);
    await collection.insertOne({ n: 5 });
    expect((await more(first)).cursor.nextBatch).toMatchObject([{ n: 5 }]);
  });

  it('wait for data, and for maxTimeMS at most', async () => {
    const collection = await capped();
    await collection.insertOne({ n: 1 });
    const first = await command({ find: 'things', tailable: true, awaitData: true });
    const started = Date.now();
    expect((await more(first, { maxTimeMS: 60 })).cursor.nextBatch).toHaveLength(0);
    expect(Date.now() - started).toBeGreaterThanOrEqual(50);
    const waiting = more(first, { maxTimeMS: 10_000 });
    await collection.insertOne({ n: 2 });
    expect((await waiting).cursor.nextBatch).toMatchObject([{ n: 2 }]);
  });

  it('stop waiting when they are killed or their collection is dropped', async () => {
    const collection = await capped();
    await collection.insertOne({ n: 1 });
    const open = () => command({ find: 'things', tailable: true, awaitData: true });
    const killed = await open();
    const waiting = rejection(more(killed, { maxTimeMS: 10_000 }));
    await official.db.command({ killCursors: 'things', cursors: [killed.cursor.id] });
    expect([43, 237]).toContain((await waiting)['code']);
    const dropped = rejection(more(await open(), { maxTimeMS: 10_000 }));
    await collection.drop();
    expect(await dropped).toMatchObject({ code: 175 });
  });

  it('are dead from the start on an empty collection', async () => {
    await capped();
    expect(id(await command({ find: 'things', tailable: true }))).toBe(0n);
  });

  it('alone take maxTimeMS on getMore', async () => {
    await fill(5);
    const reply = await command({ find: 'things', batchSize: 1 });
    expect(await rejection(more(reply, { maxTimeMS: 5 }))).toMatchObject({ code: 2 });
  });
});
