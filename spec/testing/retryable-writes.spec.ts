import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Binary, Long, type Document } from 'bson';
import { MongoClient } from 'mongodb';
import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { RawClient } from './support/raw-client.js';

const lsid = { id: new Binary(Buffer.alloc(16, 7), Binary.SUBTYPE_UUID) };

describe('retryable writes', () => {
  let deployment: Deployment;
  let raw: RawClient;
  beforeEach(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
    raw = await RawClient.connect(deployment.hosts[0]!);
  });
  afterEach(async () => {
    raw.close();
    await deployment.stop();
  });

  const write = (txnNumber: number, body: Document): Promise<Document> =>
    raw.command({ ...body, $db: 'test', lsid, txnNumber: Long.fromNumber(txnNumber) });
  const documents = async (): Promise<Document[]> =>
    ((await raw.command({ find: 'c', $db: 'test', sort: { _id: 1 } }))['cursor'] as Document)[
      'firstBatch'
    ] as Document[];

  it('are executed once, however often they are sent', async () => {
    const insert = { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] };
    expect(await write(1, insert)).toMatchObject({ ok: 1, n: 2 });
    expect(await write(1, insert)).toMatchObject({ ok: 1, n: 2, retriedStmtIds: [0, 1] });
    const update = { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { a: 1 } } }] };
    await write(2, update);
    expect(await write(2, update)).toMatchObject({ n: 1, nModified: 1 });
    const findAndModify = { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { a: 10 } }, new: true };
    const first = await write(3, findAndModify);
    expect((await write(3, findAndModify))['value']).toEqual(first['value']);
    expect(await write(4, { delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] })).toMatchObject({ n: 1 });
    expect(await write(4, { delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] })).toMatchObject({ n: 1 });
    expect(await documents()).toEqual([{ _id: 1, a: 11 }]);
  });

  it('execute what the first attempt did not get to', async () => {
    await write(1, { insert: 'c', documents: [{ _id: 1 }] });
    expect(await write(1, { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })).toMatchObject({
      n: 2,
      retriedStmtIds: [0],
    });
    expect(await documents()).toHaveLength(2);
  });

  it('of the past are refused', async () => {
    await write(5, { insert: 'c', documents: [{ _id: 1 }] });
    expect(await write(4, { insert: 'c', documents: [{ _id: 2 }] })).toMatchObject({ ok: 0, code: 225 });
  });

  it('are no matter of commands that cannot be retried', async () => {
    expect(await write(1, { find: 'c' })).toMatchObject({ ok: 0, code: 50768 });
  });

  it('are labelled by the server, and only they', async () => {
    const fail = {
      configureFailPoint: 'failCommand',
      mode: 'alwaysOn',
      data: { failCommands: ['insert'], errorCode: 189 },
    };
    await raw.command(fail);
    const insert = { insert: 'c', documents: [{ _id: 1 }] };
    expect(await write(1, insert)).toMatchObject({ code: 189, errorLabels: ['RetryableWriteError'] });
    expect(await raw.command({ ...insert, $db: 'test' })).not.toHaveProperty('errorLabels');
  });

  it('fail before or after they take effect with onPrimaryTransactionalWrite', async () => {
    const fail = (data: Document, mode: Document = { times: 1 }): Promise<Document> =>
      raw.command({ configureFailPoint: 'onPrimaryTransactionalWrite', mode, data });
    const insert = (_id: number, txnNumber: number, client: RawClient): Promise<Document> =>
      client.command({
        insert: 'c',
        documents: [{ _id }],
        $db: 'test',
        lsid,
        txnNumber: Long.fromNumber(txnNumber),
      });
    const lose = async (_id: number, txnNumber: number): Promise<void> => {
      const doomed = await RawClient.connect(deployment.hosts[0]!);
      await expect(insert(_id, txnNumber, doomed)).rejects.toThrow('closed');
    };
    await fail({});
    await lose(1, 1);
    expect(await documents()).toHaveLength(1);
    expect(await insert(1, 1, raw)).toMatchObject({ n: 1, retriedStmtIds: [0] });
    await fail({ failBeforeCommitExceptionCode: 1 });
    await lose(2, 2);
    expect(await documents()).toHaveLength(1);
    expect(await insert(2, 2, raw)).not.toHaveProperty('retriedStmtIds');
    await fail({ closeConnection: false, failBeforeCommitExceptionCode: 112 }, { skip: 1 });
    expect(await insert(3, 3, raw)).toMatchObject({ ok: 1, n: 1 });
    expect(await insert(4, 4, raw)).toMatchObject({ ok: 0, code: 112 });
  });

  it('survive a lost reply with the official driver', async () => {
    const client = new MongoClient(deployment.uri);
    const collection = client.db('test').collection<{ _id: number }>('c');
    for (const data of [
      { closeConnection: true },
      { errorCode: 10107 },
      { writeConcernError: { code: 91, errmsg: '' } },
    ]) {
      await raw.command({
        configureFailPoint: 'failCommand',
        mode: { times: 1 },
        data: { failCommands: ['insert'], ...data },
      });
      await collection.insertOne({ _id: 1 });
      expect(await collection.countDocuments()).toBe(1);
      await collection.deleteMany({});
    }
    await client.close();
  });

  it('are written without a reply by the official driver where w is 0', async () => {
    const client = new MongoClient(deployment.uri);
    const collection = client.db('test').collection<{ _id: number }>('c');
    await collection.insertOne({ _id: 1 }, { writeConcern: { w: 0 } });
    await collection.updateOne({ _id: 1 }, { $set: { a: 1 } }, { writeConcern: { w: 0 } });
    while ((await collection.findOne({ a: 1 })) === null)
      await new Promise((resolve) => setImmediate(resolve));
    await client.close();
  });
});
