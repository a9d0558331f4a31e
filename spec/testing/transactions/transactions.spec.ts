import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Long, ClientSession } from 'mongodb';
import { eventually } from '../support/eventually.js';
import { rejection, withOfficialClient } from '../support/official-client.js';

describe('Multi-document transactions', () => {
  const at = withOfficialClient();
  const sessions: ClientSession[] = [];

  const begin = (): ClientSession => {
    const session = at.client.startSession();
    sessions.push(session);
    session.startTransaction();
    return session;
  };

  const ids = async (session?: ClientSession): Promise<unknown[]> => {
    const documents = await at.collection.find({}, { ...(session && { session }) }).toArray();
    return documents.map(({ _id }) => _id);
  };

  beforeEach(async () => {
    await at.collection.insertMany([
      { _id: 1, x: 1 },
      { _id: 2, x: 2 },
    ]);
  });

  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.endSession();
  });

  it('shows its writes to itself alone until it commits', async () => {
    const session = begin();
    await at.collection.insertOne({ _id: 3 }, { session });
    await at.collection.updateOne({ _id: 1 }, { $set: { x: 9 } }, { session });
    await at.collection.deleteOne({ _id: 2 }, { session });
    expect(await ids(session)).toEqual([1, 3]);
    expect(await at.collection.find().toArray()).toEqual([
      { _id: 1, x: 1 },
      { _id: 2, x: 2 },
    ]);
    await session.commitTransaction();
    expect(await at.collection.find().toArray()).toEqual([{ _id: 1, x: 9 }, { _id: 3 }]);
  });

  it('leaves nothing behind when it aborts', async () => {
    const session = begin();
    await at.db.collection<any>('made').insertOne({ _id: 1 }, { session });
    await at.collection.insertOne({ _id: 3 }, { session });
    await session.abortTransaction();
    expect(await ids()).toEqual([1, 2]);
    expect(await at.db.listCollections({ name: 'made' }).toArray()).toEqual([]);
  });

  it('does not see what others commit after its first statement', async () => {
    const session = begin();
    expect(await ids(session)).toEqual([1, 2]);
    await at.collection.insertOne({ _id: 3 });
    await at.collection.deleteOne({ _id: 1 });
    await at.collection.updateOne({ _id: 2 }, { $set: { x: 7 } });
    expect(await at.collection.find({}, { session }).toArray()).toEqual([
      { _id: 1, x: 1 },
      { _id: 2, x: 2 },
    ]);
    expect(await at.collection.findOne({ _id: 1 }, { session })).toEqual({ _id: 1, x: 1 });
    expect(await at.collection.findOne({ _id: 3 }, { session })).toBeNull();
    expect(await at.collection.distinct('x', {}, { session })).toEqual([1, 2]);
    expect(await at.collection.countDocuments({}, { session })).toBe(2);
  });

  it('answers look-ups in an index as of its snapshot, with its own writes', async () => {
    await at.collection.createIndex({ x: 1 });
    const session = begin();
    await at.collection.findOne({}, { session });
    await at.collection.updateOne({ _id: 1 }, { $set: { x: 5 } });
    await at.collection.updateOne({ _id: 2 }, { $set: { x: 6 } }, { session });
    expect(await at.collection.find({ x: 1 }, { session }).toArray()).toEqual([{ _id: 1, x: 1 }]);
    expect(await at.collection.find({ x: 5 }, { session }).toArray()).toEqual([]);
    expect(await at.collection.find({ x: 6 }, { session }).toArray()).toEqual([{ _id: 2, x: 6 }]);
    expect(await at.collection.find({ x: 2 }, { session }).toArray()).toEqual([]);
  });

  it.each([
    ['the other has not committed', false],
    ['the other has committed', true],
  ])('fails with WriteConflict on a document that another transaction wrote: %s', async (_case, commits) => {
    const [first, second] = [begin(), begin()];
    await at.collection.findOne({}, { session: second });
    await at.collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }, { session: first });
    if (commits) await first.commitTransaction();
    const failed = at.collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }, { session: second });
    await expect(failed).rejects.toMatchObject({
      code: 112,
      codeName: 'WriteConflict',
      errorLabels: ['TransientTransactionError'],
    });
    expect(await rejection(second.commitTransaction())).toMatchObject({ code: 251 });
  });

  it('fails with WriteConflict on a unique key that another transaction inserted', async () => {
    await at.collection.createIndex({ email: 1 }, { unique: true, sparse: true });
    const [first, second] = [begin(), begin()];
    await at.collection.insertOne({ _id: 3, email: 'a' }, { session: first });
    const same = at.collection.insertOne({ _id: 4, email: 'a' }, { session: second });
    await expect(same).rejects.toMatchObject({ code: 112 });
    await first.commitTransaction();
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('refuses duplicate keys of its own, and is aborted by that', async () => {
    const session = begin();
    await at.collection.insertOne({ _id: 3 }, { session });
    expect(await rejection(at.collection.insertOne({ _id: 3 }, { session }))).toMatchObject({ code: 11000 });
    expect(await rejection(at.collection.findOne({}, { session }))).toMatchObject({ code: 251 });
    expect(await ids()).toEqual([1, 2]);
  });

  it('takes a document out and in again under the same _id', async () => {
    const session = begin();
    await at.collection.deleteOne({ _id: 1 }, { session });
    await at.collection.insertOne({ _id: 1, x: 'new' }, { session });
    await at.collection.updateOne({ _id: 1 }, { $set: { y: 1 } }, { session });
    await session.commitTransaction();
    expect(await at.collection.find().toArray()).toEqual([
      { _id: 2, x: 2 },
      { _id: 1, x: 'new', y: 1 },
    ]);
  });

  it('holds back other writes to its documents until it has ended', async () => {
    const session = begin();
    await at.collection.updateOne({ _id: 1 }, { $set: { x: 5 } }, { session });
    let done = false;
    const waiting = at.collection.updateMany({}, { $inc: { x: 10 } }).then(() => (done = true));
    await at.db.command({ ping: 1 });
    expect(done).toBe(false);
    await session.commitTransaction();
    await waiting;
    expect(await at.collection.find().toArray()).toEqual([
      { _id: 1, x: 15 },
      { _id: 2, x: 12 },
    ]);
  });

  it('lets a write that waits for it run into its time limit', async () => {
    const session = begin();
    await at.collection.updateOne({ _id: 1 }, { $set: { x: 5 } }, { session });
    const update = at.collection.updateOne({ _id: 1 }, { $set: { x: 6 } }, { maxTimeMS: 20 });
    expect(await rejection(update)).toMatchObject({ code: 50 });
  });

  it('holds back the drop of a collection it uses, and is held back by a drop that waits', async () => {
    const [session, late] = [begin(), begin()];
    await at.collection.findOne({}, { session });
    const dropping = at.collection.drop();
    await eventually(async () => {
      const { inprog } = await at.client.db('admin').command({ currentOp: 1 });
      return (inprog as { command: object }[]).some(({ command }) => 'drop' in command);
    });
    await expect(at.collection.findOne({}, { session: late })).rejects.toMatchObject({
      code: 24,
      errorLabels: ['TransientTransactionError'],
    });
    await session.commitTransaction();
    await expect(dropping).resolves.toBe(true);
  });

  it('creates collections and indexes with its commit', async () => {
    const session = begin();
    await at.db.createCollection('made', { session });
    await at.db.collection('made').createIndex({ a: 1 }, { session });
    await at.db.collection<any>('made').insertOne({ _id: 1, a: 1 }, { session });
    expect(await at.db.listCollections({ name: 'made' }).toArray()).toEqual([]);
    await session.commitTransaction();
    expect(await at.db.collection('made').find().toArray()).toEqual([{ _id: 1, a: 1 }]);
    expect((await at.db.collection('made').indexes()).map(({ name }) => name)).toEqual(['_id_', 'a_1']);
  });

  it('keeps its cursors to itself', async () => {
    const session = begin();
    const opened = await at.db.command({ find: 'things', batchSize: 1 }, { session });
    const { id } = opened['cursor'] as { id: Long };
    expect(await rejection(at.db.command({ getMore: id, collection: 'things' }))).toMatchObject({
      code: 50738,
    });
    const more = await at.db.command({ getMore: id, collection: 'things' }, { session });
    expect(more['cursor']).toMatchObject({ nextBatch: [{ _id: 2 }] });
  });

  it('is aborted when its session is killed', async () => {
    const session = begin();
    await at.collection.insertOne({ _id: 3 }, { session });
    await at.client.db('admin').command({ killSessions: [session.id] });
    expect(await rejection(session.commitTransaction())).toMatchObject({ code: 251 });
    expect(await ids()).toEqual([1, 2]);
  });

  it('is aborted when it lives too long', async () => {
    await at.client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 1 });
    const session = begin();
    await at.collection.insertOne({ _id: 3 }, { session });
    await at.collection.updateOne({ _id: 3 }, { $set: { x: 1 } }, { upsert: true });
    expect(await rejection(session.commitTransaction())).toMatchObject({ code: 251 });
    await at.client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 60 });
  });
});
