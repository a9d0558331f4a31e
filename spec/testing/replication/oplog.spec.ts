import { describe, expect, it } from '@jest/globals';
import { Timestamp, UUID, type Document, type Long } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const oplogSpec = (version: string, update: Document): void => {
  describe(`local.oplog.rs of ${version}`, () => {
    const spec = withOfficialClient({ version });
    const oplog = () => spec.client.db('local').collection<Document>('oplog.rs');
    const written = (): Promise<Document[]> =>
      oplog().find({ ns: 'spec.things' }).sort({ $natural: 1 }).toArray();

    it('has an entry for each write', async () => {
      await spec.collection.insertOne({ _id: 1, a: { b: 1, c: 1 }, list: [1, 2, 3], gone: true });
      await spec.collection.updateOne(
        { _id: 1 },
        { $set: { 'a.b': 2, 'list.1': 5, fresh: 'x' }, $unset: { gone: '' } },
      );
      await spec.collection.replaceOne({ _id: 1 }, { z: 1 });
      await spec.collection.deleteOne({ _id: 1 });
      const entries = await written();
      const common = {
        ns: 'spec.things',
        ui: expect.any(UUID),
        ts: expect.any(Timestamp),
        t: expect.any(Number),
        v: 2,
        wall: expect.any(Date),
        // Retryable writes are told by session, number and statement.
        lsid: expect.anything(),
        txnNumber: expect.anything(),
        stmtId: 0,
      };
      const whole = { _id: 1, a: { b: 1, c: 1 }, list: [1, 2, 3], gone: true };
      expect(entries.slice(-4)).toEqual([
        { ...common, op: 'i', o: whole, o2: undefined, prevOpTime: expect.anything() },
        { ...common, op: 'u', o: update, o2: { _id: 1 }, prevOpTime: expect.anything() },
        { ...common, op: 'u', o: { _id: 1, z: 1 }, o2: { _id: 1 }, prevOpTime: expect.anything() },
        { ...common, op: 'd', o: { _id: 1 }, prevOpTime: expect.anything() },
      ]);
      const times = entries.map(({ ts }) => (ts as Long).toBigInt());
      expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    });
  });
};

oplogSpec('7.0', {
  $v: 2,
  diff: { d: { gone: false }, i: { fresh: 'x' }, sa: { u: { b: 2 } }, slist: { a: true, u1: 5 } },
});
oplogSpec('4.4', { $v: 1, $set: { 'a.b': 2, 'list.1': 5, fresh: 'x' }, $unset: { gone: true } });

describe('local.oplog.rs', () => {
  const spec = withOfficialClient();
  const oplog = () => spec.client.db('local').collection<Document>('oplog.rs');

  it('has the writes of a transaction as one entry', async () => {
    await spec.db.createCollection('things');
    await spec.client.withSession((session) =>
      session.withTransaction(async () => {
        await spec.collection.insertOne({ _id: 1 }, { session });
        await spec.collection.updateOne({ _id: 1 }, { $set: { a: 1 } }, { session });
      }),
    );
    const [entry] = await oplog().find({ 'o.applyOps.ns': 'spec.things' }).sort({ $natural: -1 }).toArray();
    expect(entry).toMatchObject({
      op: 'c',
      ns: 'admin.$cmd',
      o: {
        applyOps: [
          { op: 'i', o: { _id: 1 } },
          { op: 'u', o2: { _id: 1 }, o: { $v: 2, diff: { i: { a: 1 } } } },
        ],
      },
      txnNumber: expect.anything(),
    });
  });

  it('can be followed', async () => {
    const [last] = await oplog().find().sort({ $natural: -1 }).limit(1).toArray();
    const cursor = oplog().find(
      { ts: { $gt: last?.['ts'] as unknown }, ns: 'spec.things' },
      { tailable: true, awaitData: true },
    );
    const next = cursor.next();
    await spec.collection.insertOne({ _id: 'followed' });
    expect(await next).toMatchObject({ op: 'i', o: { _id: 'followed' } });
    await cursor.close();
  });

  it('loses a reader that is too slow', async () => {
    await spec.collection.insertMany([{}, {}]);
    const cursor = oplog().find({}, { tailable: true, batchSize: 1 });
    await cursor.next();
    const admin = spec.client.db('admin');
    await admin.command({ replSetResizeOplog: 1, size: 0.001 });
    await spec.collection.insertMany(Array.from({ length: 20 }, () => ({ text: 'a'.repeat(200) })));
    await admin.command({ replSetResizeOplog: 1, size: 990 });
    expect(await rejection(cursor.next())).toMatchObject({ code: 136 });
  });

  it('is listed as a capped collection that takes no writes', async () => {
    const [listed] = await spec.client.db('local').listCollections({ name: 'oplog.rs' }).toArray();
    expect(listed).toMatchObject({ type: 'collection', options: { capped: true } });
    expect(await rejection(oplog().insertOne({ op: 'n' }))).toMatchObject({ code: 73 });
    expect(await rejection(oplog().deleteMany({}))).toMatchObject({ code: 73 });
  });
});

describe('a standalone', () => {
  const spec = withOfficialClient({ topology: 'standalone' });

  it('has no oplog', async () => {
    await spec.collection.insertOne({});
    expect(await spec.client.db('local').collection('oplog.rs').countDocuments()).toBe(0);
    expect(await spec.client.db('local').listCollections({ name: 'oplog.rs' }).toArray()).toEqual([]);
  });
});
