import { afterEach, describe, expect, it } from '@jest/globals';
import { Timestamp, type ChangeStream, type ChangeStreamOptions, type Document } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

type Watched = Pick<ChangeStream, 'close' | 'tryNext' | 'resumeToken'> & { next(): Promise<Document> };

describe('Change streams', () => {
  const at = withOfficialClient();
  const open: { close(): Promise<void> }[] = [];

  const opened = (stream: ChangeStream): Watched => {
    open.push(stream);
    return stream as unknown as Watched;
  };

  /** A stream that the server has opened at the present end of the log. */
  const started = async (stream: ChangeStream): Promise<Watched> => {
    const watched = opened(stream);
    expect(await stream.tryNext()).toBeNull();
    return watched;
  };

  const watch = (options: ChangeStreamOptions = {}, pipeline: Document[] = []): Promise<Watched> =>
    started(at.collection.watch(pipeline, { maxAwaitTimeMS: 50, ...options }));

  /** A stream that takes up at an earlier place. */
  const resume = (options: ChangeStreamOptions, pipeline: Document[] = []): Watched =>
    opened(at.collection.watch(pipeline, { maxAwaitTimeMS: 50, ...options }));

  /** The next events, without what differs from run to run. */
  const take = async (stream: Watched, count: number): Promise<Document[]> => {
    const events: Document[] = [];
    while (events.length < count) {
      const { _id, clusterTime, wallTime, ...event } = await stream.next();
      delete event['collectionUUID'];
      expect(_id).toEqual({ _data: expect.any(String) });
      expect(clusterTime).toBeInstanceOf(Timestamp);
      expect(wallTime).toBeInstanceOf(Date);
      events.push(event);
    }
    return events;
  };

  const types = async (stream: Watched, count: number): Promise<unknown[]> =>
    (await take(stream, count)).map(({ operationType }) => operationType);

  afterEach(async () => {
    for (const stream of open.splice(0)) await stream.close();
  });

  it('tell of inserts, updates, replacements and deletes', async () => {
    const stream = await watch();
    await at.collection.insertOne({ _id: 1, a: 1 });
    await at.collection.updateOne({ _id: 1 }, { $set: { b: 2 }, $unset: { a: 1 } });
    await at.collection.replaceOne({ _id: 1 }, { c: 3 });
    await at.collection.deleteOne({ _id: 1 });
    const [ns, documentKey] = [{ db: 'spec', coll: 'things' }, { _id: 1 }];
    expect(await take(stream, 4)).toEqual([
      { operationType: 'insert', ns, documentKey, fullDocument: { _id: 1, a: 1 } },
      {
        operationType: 'update',
        ns,
        documentKey,
        updateDescription: { updatedFields: { b: 2 }, removedFields: ['a'], truncatedArrays: [] },
      },
      { operationType: 'replace', ns, documentKey, fullDocument: { _id: 1, c: 3 } },
      { operationType: 'delete', ns, documentKey },
    ]);
  });

  it('tell of a transaction at its commit, in order, with its session', async () => {
    await at.db.createCollection('things');
    const stream = await watch();
    const session = at.client.startSession();
    session.startTransaction();
    await at.collection.insertOne({ _id: 1 }, { session });
    await at.collection.insertOne({ _id: 2 }, { session });
    await at.collection.insertOne({ _id: 3 });
    await session.commitTransaction();
    const events = [await stream.next(), await stream.next(), await stream.next()];
    expect(events.map(({ documentKey }) => documentKey._id)).toEqual([3, 1, 2]);
    expect(events[1]!['lsid'].id.toString('hex')).toBe(session.id!['id'].toString('hex'));
    expect(events[1]!['clusterTime']).toEqual(events[2]!['clusterTime']);
    const resumed = resume({ resumeAfter: events[1]!['_id'] });
    expect((await resumed.next())['documentKey']).toEqual({ _id: 2 });
    await session.endSession();
  });

  it.each([
    ['drop', async () => void (await at.collection.drop()), ['drop', 'invalidate']],
    ['rename', async () => void (await at.collection.rename('other')), ['rename', 'invalidate']],
    ['dropDatabase', async () => void (await at.db.dropDatabase()), ['drop', 'invalidate']],
  ])('on a collection end after %s', async (_case, run, expected) => {
    await at.collection.insertOne({ _id: 1 });
    const stream = await watch();
    await run();
    expect(await types(stream, expected.length)).toEqual(expected);
  });

  it('on a database tell of its collections and end with it', async () => {
    const stream = await started(at.db.watch([], { maxAwaitTimeMS: 50 }));
    await at.db.collection('a').insertOne({});
    await at.client.db('other').collection('a').insertOne({});
    await at.db.dropDatabase();
    expect(await types(stream, 4)).toEqual(['insert', 'drop', 'dropDatabase', 'invalidate']);
  });

  it('on the whole cluster go on', async () => {
    const stream = await started(at.client.watch([], { maxAwaitTimeMS: 50 }));
    await at.collection.insertOne({});
    await at.db.dropDatabase();
    await at.client.db('other').collection('a').insertOne({});
    expect(await types(stream, 4)).toEqual(['insert', 'drop', 'dropDatabase', 'insert']);
  });

  it('take up after an invalidation with startAfter alone', async () => {
    await at.collection.insertOne({ _id: 1 });
    const stream = await watch();
    await at.collection.drop();
    const [drop, end] = [await stream.next(), await stream.next()];
    await at.collection.insertOne({ _id: 2 });
    expect(await rejection(resume({ resumeAfter: end['_id'] }).next())).toMatchObject({ code: 260 });
    expect(await types(resume({ startAfter: end['_id'] }), 1)).toEqual(['insert']);
    const { cursor } = await at.db.command({
      aggregate: 'things',
      pipeline: [{ $changeStream: { resumeAfter: drop['_id'] } }],
      cursor: {},
    });
    expect(cursor).toMatchObject({ firstBatch: [{ operationType: 'invalidate' }], id: 0 });
  });

  it('give a token with empty batches that skips what did not concern them', async () => {
    const stream = await watch();
    const first = stream.resumeToken;
    await at.db.collection('others').insertOne({});
    expect(await stream.tryNext()).toBeNull();
    expect(stream.resumeToken).not.toEqual(first);
    await at.collection.insertOne({ _id: 1 });
    expect(await types(resume({ resumeAfter: stream.resumeToken }), 1)).toEqual(['insert']);
  });

  it('begin at a time that is given', async () => {
    const { operationTime } = await at.db.command({ insert: 'things', documents: [{ _id: 1 }] });
    await at.collection.insertOne({ _id: 2 });
    const stream = resume({ startAtOperationTime: operationTime });
    expect((await take(stream, 2)).map(({ documentKey }) => documentKey)).toEqual([{ _id: 1 }, { _id: 2 }]);
  });

  it.each([
    ['updateLookup', {}, { _id: 1, a: 3 }],
    ['whenAvailable', { enabled: true }, { _id: 1, a: 2 }],
    ['whenAvailable', undefined, null],
    ['required', { enabled: true }, { _id: 1, a: 2 }],
  ])('with fullDocument %s, images %j', async (fullDocument, images, expected) => {
    const changeStreamPreAndPostImages = { enabled: false, ...images };
    await at.db.createCollection('things', { changeStreamPreAndPostImages });
    await at.collection.insertOne({ _id: 1, a: 1 });
    const stream = await watch({ fullDocument });
    await at.collection.updateOne({ _id: 1 }, { $set: { a: 2 } });
    await at.collection.updateOne({ _id: 1 }, { $set: { a: 3 } });
    expect((await stream.next())['fullDocument']).toEqual(expected);
  });

  it.each([
    ['whenAvailable', { enabled: true }, { _id: 1, a: 1 }],
    ['whenAvailable', { enabled: false }, null],
    ['required', { enabled: true }, { _id: 1, a: 1 }],
  ])('with fullDocumentBeforeChange %s, images %j', async (fullDocumentBeforeChange, images, expected) => {
    await at.db.createCollection('things', { changeStreamPreAndPostImages: images });
    await at.collection.insertOne({ _id: 1, a: 1 });
    const stream = await watch({ fullDocumentBeforeChange });
    await at.collection.deleteOne({ _id: 1 });
    expect((await stream.next())['fullDocumentBeforeChange']).toEqual(expected);
  });

  it('fail where an image is required and not kept', async () => {
    await at.collection.insertOne({ _id: 1 });
    const stream = await watch({ fullDocumentBeforeChange: 'required' });
    await at.collection.deleteOne({ _id: 1 });
    expect(await rejection(stream.next())).toMatchObject({ code: 47 });
  });

  it('tell of changes to collections with showExpandedEvents', async () => {
    const stream = await started(at.db.watch([], { showExpandedEvents: true, maxAwaitTimeMS: 50 }));
    await at.db.createCollection('made');
    await at.db.collection('made').createIndex({ a: 1 });
    await at.db.command({ collMod: 'made', validator: {} });
    await at.db.collection('made').dropIndex('a_1');
    await at.db.createCollection('view', { viewOn: 'made' });
    await at.db.createCollection('target');
    await at.db.collection('made').rename('target', { dropTarget: true });
    const events = await take(stream, 7);
    expect(events.map(({ operationType }) => operationType)).toEqual([
      'create',
      'createIndexes',
      'modify',
      'dropIndexes',
      'create',
      'create',
      'rename',
    ]);
    const index = { v: 2, key: { a: 1 }, name: 'a_1' };
    expect(events[0]).toMatchObject({
      nsType: 'collection',
      operationDescription: { idIndex: { name: '_id_' } },
    });
    expect(events[1]).toMatchObject({ operationDescription: { indexes: [index] } });
    expect(events[3]).toMatchObject({ operationDescription: { indexes: [index] } });
    expect(events[4]).toMatchObject({ nsType: 'view', operationDescription: { viewOn: 'made' } });
    expect(events[6]).toMatchObject({ to: { db: 'spec', coll: 'target' } });
    expect(events[6]!['operationDescription']).toHaveProperty('dropTarget');
  });

  it('split events that are too large, and take up between the parts', async () => {
    const split = [{ $changeStreamSplitLargeEvent: {} }];
    const image = { changeStreamPreAndPostImages: { enabled: true } };
    const wide = { fullDocument: 'required', fullDocumentBeforeChange: 'required' };
    await at.db.createCollection('things', image);
    await at.collection.insertOne({ _id: 1, text: 'a'.repeat(9_000_000) });
    const [whole, parts] = [await watch(wide), await watch(wide, split)];
    await at.collection.updateOne({ _id: 1 }, { $set: { x: 1 } });
    expect(await rejection(whole.next())).toMatchObject({ code: 10334 });
    const [first, second] = [await parts.next(), await parts.next()];
    expect([first['splitEvent'], second['splitEvent']]).toEqual([
      { fragment: 1, of: 2 },
      { fragment: 2, of: 2 },
    ]);
    expect(Object.keys({ ...first, ...second })).toEqual(
      expect.arrayContaining(['operationType', 'fullDocument', 'fullDocumentBeforeChange', 'documentKey']),
    );
    const resumed = resume({ ...wide, resumeAfter: first['_id'] }, split);
    expect((await resumed.next())['splitEvent']).toEqual({ fragment: 2, of: 2 });
  });

  it.each<[string, ChangeStreamOptions, Document[], number]>([
    ['two starting places', { resumeAfter: { _data: '8200' }, startAfter: { _data: '8200' } }, [], 50865],
    ['a token that is none', { resumeAfter: { _data: 'nonsense' } }, [], 260],
    ['a token without data', { resumeAfter: {} }, [], 40647],
    ['an unknown kind of fullDocument', { fullDocument: 'sometimes' }, [], 2],
    ['a stage that does not fit', {}, [{ $group: { _id: null } }], 20],
    ['an unknown stage', {}, [{ $nonsense: {} }], 40324],
    ['splitting before the end', {}, [{ $changeStreamSplitLargeEvent: {} }, { $match: {} }], 7182802],
  ])('refuse %s', async (_case, options, pipeline, code) => {
    expect(await rejection(resume(options, pipeline).next())).toMatchObject({ code });
  });

  it('refuse a token of another stream', async () => {
    const stream = await started(at.db.watch([], { maxAwaitTimeMS: 50 }));
    await at.db.collection<any>('others').insertOne({ _id: 1 });
    const { _id } = await stream.next();
    await expect(resume({ resumeAfter: _id }).next()).rejects.toMatchObject({
      code: 280,
      errorLabels: ['NonResumableChangeStreamError'],
    });
  });

  it('refuse events whose _id the pipeline changed', async () => {
    const stream = await watch({}, [{ $project: { _id: 0 } }]);
    await at.collection.insertOne({ _id: 1 });
    expect(await rejection(stream.next())).toMatchObject({ code: 280 });
  });

  it('cannot take up where the log was cut off', async () => {
    const stream = await watch();
    await at.collection.insertOne({ _id: 1 });
    const { _id } = await stream.next();
    const admin = at.client.db('admin');
    await admin.command({ replSetResizeOplog: 1, size: 0.001 });
    for (let i = 2; i < 20; i += 1) {
      await at.collection.insertOne({ _id: i, text: 'a'.repeat(200) });
    }
    await expect(resume({ resumeAfter: _id }).next()).rejects.toMatchObject({
      code: 286,
      codeName: 'ChangeStreamHistoryLost',
      errorLabels: ['NonResumableChangeStreamError'],
    });
    await admin.command({ replSetResizeOplog: 1, size: 990 });
  });
});
