import { afterEach, describe, expect, it } from '@jest/globals';
import { Binary, Long, UUID, type Document } from 'bson';
import { eventually } from '../support/eventually.js';
import { insert, startSet, type TestSet } from '../support/replica-set.js';

let set: TestSet;
afterEach(() => set.stop());

const w = (value: unknown, extra: Document = {}): Document => ({ writeConcern: { w: value, ...extra } });

describe('a secondary', () => {
  it('follows the primary in what it writes, of documents and of collections', async () => {
    set = await startSet();
    const on = (body: Document): Promise<Document> =>
      set.command(0, { ...body, ...w(3), $db: body['$db'] ?? 'test' });
    await on(insert('c', [1, 2, 3]));
    await on({ update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { a: 5 } } }] });
    await on({ delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] });
    await on({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a_1', unique: true, sparse: true }] });
    await on({ createIndexes: 'c', indexes: [{ key: { t: 'text' }, name: 'text' }] });
    await on({ collMod: 'c', index: { name: 'a_1', hidden: true }, validator: { b: { $ne: 1 } } });
    await on({ create: 'log', capped: true, size: 4096, max: 2 });
    await on(insert('log', [1, 2, 3]));
    await on({ create: 'view', viewOn: 'c', pipeline: [{ $match: { a: 5 } }] });
    await on({ create: 'gone' });
    await on({ drop: 'gone' });
    await on({ ...insert('old', [7]) });
    await on({ renameCollection: 'test.old', to: 'test.new', $db: 'admin' });
    await on({ aggregate: 'c', pipeline: [{ $out: 'out' }], cursor: {} });
    await on({ insert: 'x', documents: [{ _id: 1 }], $db: 'other' });
    await on({ dropDatabase: 1, $db: 'other' });
    const seen = async (member: number): Promise<unknown> => {
      const read = (body: Document): Promise<Document> =>
        set.command(member, { ...body, $readPreference: { mode: 'nearest' }, $db: body['$db'] ?? 'test' });
      const collections = (await read({ listCollections: 1 }))['cursor'] as Document;
      const databases = await read({ listDatabases: 1, nameOnly: true, $db: 'admin' });
      const names = (collections['firstBatch'] as Document[]).map(({ name }) => name as string);
      const contents = await Promise.all(names.sort().map((name) => read({ find: name })));
      const indexes = await read({ listIndexes: 'c' });
      return [
        collections['firstBatch'],
        databases['databases'],
        contents.map((reply) => (reply['cursor'] as Document)['firstBatch']),
        (indexes['cursor'] as Document)['firstBatch'],
      ];
    };
    const primary = await seen(0);
    expect(JSON.stringify(primary)).toContain('"a":5');
    expect(await seen(1)).toEqual(primary);
    expect(await seen(2)).toEqual(primary);
  });

  it('knows the retryable writes that the primary executed', async () => {
    set = await startSet();
    const lsid = { id: new Binary(Buffer.alloc(16, 3), Binary.SUBTYPE_UUID) };
    const write = {
      findAndModify: 'c',
      query: { _id: 1 },
      update: { $inc: { n: 1 } },
      upsert: true,
      new: true,
      $db: 'test',
      lsid,
      txnNumber: Long.fromNumber(1),
      ...w(3),
    };
    const first = await set.command(0, write);
    await set.control.stepDown();
    const primary = await set.control.awaitPrimary();
    expect(primary).not.toBe(0);
    const again = await set.command(primary, write);
    expect(again).toMatchObject({
      value: { _id: 1, n: 1 },
      lastErrorObject: first['lastErrorObject'] as unknown,
    });
  });

  it('that lags holds up who waits for it, and nobody else', async () => {
    set = await startSet();
    await set.control.lag(2, 'paused');
    expect(await set.command(0, insert('c', [1], w('majority')))).not.toHaveProperty('writeConcernError');
    expect(await set.command(0, insert('c', [2], w(3, { wtimeout: 20 })))).toMatchObject({
      n: 1,
      writeConcernError: { code: 64, codeName: 'WriteConcernTimeout', errInfo: { wtimeout: true } },
    });
    expect(await set.ids(2, 'c')).toEqual([]);
    const pending = set.command(0, insert('c', [3], w(3)));
    await set.control.lag(2, 0);
    expect(await pending).not.toHaveProperty('writeConcernError');
    expect(await set.ids(2, 'c')).toEqual([1, 2, 3]);
  });

  it('that lags by a time is behind by that time', async () => {
    set = await startSet();
    await set.control.lag(2, 60);
    const start = performance.now();
    await set.command(0, insert('c', [1], w(3)));
    expect(performance.now() - start).toBeGreaterThan(50);
  });
});

describe('a write concern', () => {
  it('of tags waits for members of so many values', async () => {
    set = await startSet({ members: [{ tags: { dc: 'a' } }, { tags: { dc: 'a' } }, { tags: { dc: 'b' } }] });
    await set.control.lag(2, 'paused');
    const both = w({ dc: 2 }, { wtimeout: 20 });
    expect(await set.command(0, insert('c', [1], both))).toMatchObject({ writeConcernError: { code: 64 } });
    expect(await set.command(0, insert('c', [2], w({ dc: 1 })))).not.toHaveProperty('writeConcernError');
    await set.control.lag(2, 0);
    expect(await set.command(0, insert('c', [3], w({ dc: 2 })))).not.toHaveProperty('writeConcernError');
    expect(await set.command(0, insert('c', [4], w({ dc: 3 })))).toMatchObject({
      writeConcernError: { code: 100 },
    });
  });

  it('that is not given waits for a majority since 5.0, unless an arbiter could keep it from coming', async () => {
    set = await startSet();
    await set.control.partition([[0]]);
    const pending = set.command(0, insert('c', [1]));
    expect(await set.command(1, { ping: 1 })).toMatchObject({ ok: 1 });
    await set.control.heal();
    expect(await pending).toMatchObject({ n: 1 });
    await set.stop();
    set = await startSet({ members: [{}, {}, { arbiter: true }] });
    await set.control.kill(1);
    expect(await set.command(0, insert('c', [1]))).not.toHaveProperty('writeConcernError');
    await set.stop();
    set = await startSet({ version: '4.4' });
    await set.control.lag(1, 'paused');
    await set.control.lag(2, 'paused');
    expect(await set.command(0, insert('c', [1]))).not.toHaveProperty('writeConcernError');
  });
});

it('hello tells how far a member is, and how far a majority is', async () => {
  set = await startSet();
  await set.control.lag(1, 'paused');
  await set.control.lag(2, 'paused');
  await set.command(0, insert('c', [1], w(1)));
  const times = async (member: number): Promise<bigint[]> => {
    const { lastWrite } = (await set.command(member, { hello: 1 })) as { lastWrite: Document };
    return [lastWrite['opTime'], lastWrite['majorityOpTime']].map(({ ts }) => (ts as Long).toBigInt());
  };
  const [own, majority] = await times(0);
  expect(own! > majority!).toBe(true);
  expect(await times(1)).toEqual([majority, majority]);
  await set.control.lag(1, 0);
  await eventually(async () => (await times(0))[1] === own);
  await eventually(async () => (await times(1)).every((time) => time === own));
  expect((await times(2))[0]).toBe(majority);
});

it('statements of a transaction do not wait for a majority; the commit does', async () => {
  set = await startSet();
  await set.command(0, { create: 'c', $db: 'test', writeConcern: { w: 'majority' } });
  await set.control.partition([[0]]);
  await set.command(0, insert('c', [1], w(1)));
  const statement = { lsid: { id: new UUID() }, txnNumber: Long.fromInt(1), autocommit: false };
  const reply = await set.command(0, insert('c', [2], { ...statement, startTransaction: true }));
  expect(reply).toMatchObject({ ok: 1, n: 1 });
  expect(reply).not.toHaveProperty('writeConcernError');
  const commit = { commitTransaction: 1, $db: 'admin', ...statement };
  expect(await set.command(0, { ...commit, writeConcern: { w: 'majority', wtimeout: 20 } })).toMatchObject({
    ok: 1,
    writeConcernError: { code: 64 },
  });
});

describe('a read concern', () => {
  const read = (level: string, extra: Document = {}): Document => ({
    find: 'c',
    $db: 'test',
    $readPreference: { mode: 'primaryPreferred' },
    readConcern: { level },
    ...extra,
  });
  const idsOf = (reply: Document): unknown[] =>
    ((reply['cursor'] as Document)['firstBatch'] as Document[]).map(({ _id }) => _id as unknown);

  it('of majority reads what a majority has', async () => {
    set = await startSet();
    await set.command(0, insert('c', [1], w('majority')));
    await set.control.partition([[0]]);
    await set.command(0, insert('c', [2], w(1)));
    expect(idsOf(await set.command(0, read('local')))).toEqual([1, 2]);
    expect(idsOf(await set.command(0, read('majority')))).toEqual([1]);
    expect(
      await set.command(0, { count: 'c', $db: 'test', readConcern: { level: 'majority' } }),
    ).toMatchObject({ n: 1 });
    await set.control.heal();
    await eventually(async () => idsOf(await set.command(0, read('majority'))).length === 2);
  });

  it('of linearizable waits for a majority to confirm the primary', async () => {
    set = await startSet({ electionTimeoutMS: 200 });
    await set.command(0, insert('c', [1], w('majority')));
    expect(idsOf(await set.command(0, read('linearizable')))).toEqual([1]);
    expect(await set.command(1, read('linearizable'))).toMatchObject({ code: 10107 });
    await set.control.partition([[0]]);
    expect(await set.command(0, read('linearizable', { maxTimeMS: 20 }))).toMatchObject({ code: 50 });
    expect(await set.command(0, read('linearizable'))).toMatchObject({ code: 189 });
  });

  it('with afterClusterTime waits until the member is there', async () => {
    set = await startSet();
    await set.control.lag(1, 'paused');
    const { operationTime } = await set.command(0, insert('c', [1], w('majority')));
    const after = { readConcern: { afterClusterTime: operationTime as unknown } };
    expect(await set.command(1, read('local', { ...after, maxTimeMS: 20 }))).toMatchObject({ code: 50 });
    const pending = set.command(1, read('local', after));
    await set.control.lag(1, 0);
    expect(idsOf(await pending)).toEqual([1]);
  });

  it('with the time of an idle cluster is met by an entry that the primary adds', async () => {
    set = await startSet();
    await set.command(0, insert('c', [1], w(3)));
    await set.control.partition([[2]]);
    const { $clusterTime } = (await set.command(0, { ping: 1 })) as { $clusterTime: Document };
    const after = { readConcern: { afterClusterTime: $clusterTime['clusterTime'] as unknown } };
    expect(idsOf(await set.command(1, read('local', after)))).toEqual([1]);
  });
});
