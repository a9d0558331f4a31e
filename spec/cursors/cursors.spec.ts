import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CursorNotFound,
  InvalidBSON,
  InvalidOperation,
  OperationFailure,
  type AsyncMongoClientOptions,
} from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { cursorReply, type Answer, type ScriptedRequest } from '../support/scripted-server.js';
import { closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';

afterEach(closeAll);

/** A server whose collection `d.c` has `batches`; each getMore gives the next one. */
const setUp = async (batches: readonly (readonly object[])[], options: AsyncMongoClientOptions = {}) => {
  const reply = (at: number): Answer =>
    cursorReply('d.c', batches[at] ?? [], {
      id: at < batches.length - 1 ? 77n : 0n,
      batch: at === 0 ? 'firstBatch' : 'nextBatch',
    });
  let at = 0;
  const { server, client } = await serverAndClient(
    {
      script: {
        find: () => reply((at = 0)),
        aggregate: () => reply((at = 0)),
        getMore: () => reply(++at),
      },
    },
    options,
  );
  return { server, client, collection: client.db('d').collection('c') };
};

const ids = (from: number, to: number): object[] =>
  Array.from({ length: to - from }, (_, k) => ({ _id: from + k }));

describe('reading a cursor', () => {
  it('[CUR-1] iterates two batches in order with one getMore', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 3)]);
    const seen: unknown[] = [];
    for await (const { _id } of collection.find()) seen.push(_id);
    expect(seen).toEqual([0, 1, 2]);
    expect(server.received('getMore').map(({ command }) => command)).toMatchObject([
      { collection: 'c', $db: 'd' },
    ]);
    expect(server.received('killCursors')).toHaveLength(0);
  });

  it('next, hasNext and toArray give the same documents', async () => {
    const { collection } = await setUp([ids(0, 2), [], ids(2, 3)]);
    const cursor = collection.find();
    expect(await cursor.hasNext()).toBe(true);
    expect([await cursor.next(), await cursor.next(), await cursor.next()]).toEqual(ids(0, 3));
    expect(await cursor.hasNext()).toBe(false);
    expect(await cursor.next()).toBeNull();
    expect(await collection.find().toArray()).toEqual(ids(0, 3));
    expect(await collection.aggregate([]).toArray()).toEqual(ids(0, 3));
  });

  it('toArray(limit) stops in the middle and can go on', async () => {
    const { collection } = await setUp([ids(0, 3), ids(3, 6)]);
    const cursor = collection.find();
    expect(await cursor.toArray(4)).toEqual(ids(0, 4));
    expect(cursor.alive).toBe(true);
    expect(await cursor.toArray()).toEqual(ids(4, 6));
    expect(cursor.alive).toBe(false);
  });

  it('gives each document once to parallel calls of next()', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 4)]);
    const cursor = collection.find();
    const documents = await Promise.all(Array.from({ length: 6 }, () => cursor.next()));
    expect(documents).toEqual([...ids(0, 4), null, null]);
    expect(server.received('find')).toHaveLength(1);
    expect(server.received('getMore')).toHaveLength(1);
  });

  it('keeps session and server for its getMore, and knows its id, address and state', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    const cursor = collection.find();
    expect([cursor.alive, cursor.cursorId, cursor.address]).toEqual([true, 0n, null]);
    await cursor.next();
    expect([cursor.alive, cursor.cursorId, cursor.address]).toEqual([true, 77n, server.address]);
    await cursor.next();
    expect(cursor.cursorId).toBe(0n);
    const [find] = server.received('find');
    expect(server.received('getMore')[0]?.command['lsid']).toEqual(find?.command['lsid']);
  });

  it('sends batchSize and comment with each getMore', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    await collection.find({}, { batchSize: 1 }).comment('why').toArray();
    expect(server.received('getMore')[0]?.command).toMatchObject({ batchSize: 1, comment: 'why' });
    await collection.aggregate([], { comment: 'how' }).batchSize(2).toArray();
    expect(server.received('getMore')[1]?.command).toMatchObject({ batchSize: 2, comment: 'how' });
  });

  it('asks a getMore for no more than the limit leaves', async () => {
    const { server, collection } = await setUp([ids(0, 3), ids(3, 4)]);
    await collection.find({}, { batchSize: 3, limit: 4 }).toArray();
    expect(server.received('getMore')[0]?.command['batchSize']).toBe(1);
  });

  it('chains options until it is read, and not after', async () => {
    const { server, collection } = await setUp([ids(0, 1)]);
    const cursor = collection
      .find({ x: 1 })
      .sort('x', -1)
      .skip(1)
      .limit(-2)
      .projection({ x: 1 })
      .hint('x_1')
      .collation({ locale: 'en' })
      .maxTimeMS(5)
      .min({ x: 0 })
      .max({ x: 9 })
      .returnKey()
      .showRecordId(false)
      .allowDiskUse()
      .noCursorTimeout()
      .let({ v: 1 });
    await cursor.toArray();
    expect(server.received('find')[0]?.command).toMatchObject({
      filter: { x: 1 },
      sort: { x: -1 },
      skip: 1,
      limit: 2,
      singleBatch: true,
      projection: { x: 1 },
      hint: 'x_1',
      collation: { locale: 'en' },
      maxTimeMS: 5,
      min: { x: 0 },
      max: { x: 9 },
      returnKey: true,
      showRecordId: false,
      allowDiskUse: true,
      noCursorTimeout: true,
      let: { v: 1 },
    });
    expect(() => cursor.limit(3)).toThrow(InvalidOperation);
  });

  it('rewind() runs the query again, clone() makes another cursor', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 3)]);
    const cursor = collection.find({ x: 1 });
    expect(await cursor.next()).toEqual({ _id: 0 });
    const copy = cursor.clone();
    await cursor.rewind();
    expect(server.received('killCursors')).toHaveLength(1);
    expect(await cursor.toArray()).toEqual(ids(0, 3));
    expect(await copy.toArray()).toEqual(ids(0, 3));
    expect(server.received('find').map(({ command }) => command['filter'])).toEqual([
      { x: 1 },
      { x: 1 },
      { x: 1 },
    ]);
  });

  it('goes on behind a document that cannot be decoded; the error names collection, field and _id', async () => {
    const { server, collection } = await setUp([]);
    server.on('find', (request) => {
      const documents = [...ids(0, 2), { _id: 2, name: 'POISON' }, ...ids(3, 5)];
      const bytes = Buffer.from(encodeReply(request, { ...cursorReply('d.c', documents), ok: 1 }));
      bytes[bytes.indexOf('POISON')] = 0xff;
      return bytes;
    });
    const cursor = collection.find();
    const seen: unknown[] = [];
    const errors: unknown[] = [];
    while (await cursor.hasNext()) {
      try {
        seen.push((await cursor.next())?._id);
      } catch (error) {
        errors.push(error);
      }
    }
    expect(seen).toEqual([0, 1, 3, 4]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(InvalidBSON);
    expect(errors[0]).toMatchObject({ namespace: 'd.c', path: 'name', documentId: 2 });
  });

  it('[CUR-3] noCursorTimeout is a boolean', async () => {
    const { server, collection } = await setUp([[]]);
    await collection.find({}, { noCursorTimeout: true }).toArray();
    expect(server.received('find')[0]?.command['noCursorTimeout']).toBe(true);
    expect(() => collection.find({}, { noCursorTimeout: 1000 as any })).toThrow(TypeError);
  });
});

describe('prefetching', () => {
  it('asks for the next batch when a loop begins one, and for no more than one', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 4), ids(4, 6)]);
    const iterator = collection.find()[Symbol.asyncIterator]();
    await iterator.next();
    await server.waitFor('getMore');
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.received('getMore')).toHaveLength(1);
    await iterator.next();
    await server.waitFor('getMore', 2);
  });

  it('asks for nothing ahead of a caller of next(), in a session, or on a tailable cursor', async () => {
    const { server, client, collection } = await setUp([ids(0, 2), ids(2, 4)]);
    const cursor = collection.find();
    await cursor.next();
    await using session = client.startSession();
    await collection.find({}, { session })[Symbol.asyncIterator]().next();
    await collection.find().tailable({ awaitData: true })[Symbol.asyncIterator]().next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.received('getMore')).toHaveLength(0);
  });

  it('shows the failure of a batch only where that batch is reached', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 4)]);
    server.on('getMore', { ok: 0, code: 1, errmsg: 'broken' });
    const iterator = collection.find()[Symbol.asyncIterator]();
    await iterator.next();
    await server.waitFor('getMore');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await iterator.next()).toEqual({ value: { _id: 1 }, done: false });
    expect(await rejectionOf(iterator.next())).toBeInstanceOf(OperationFailure);
  });
});

describe('the end of a cursor', () => {
  it('[CUR-2] CursorNotFound leaves it dead, without a retry', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    server.on('getMore', { ok: 0, code: 43, codeName: 'CursorNotFound', errmsg: 'cursor id 77 not found' });
    const cursor = collection.find();
    await cursor.next();
    const error = await rejectionOf(cursor.next());
    expect(error).toBeInstanceOf(CursorNotFound);
    expect(error).toMatchObject({ code: 43, namespace: 'd.c', command: 'getMore' });
    expect(cursor.alive).toBe(false);
    expect(await rejectionOf(cursor.next())).toBe(error);
    await cursor.close();
    expect(server.received('getMore')).toHaveLength(1);
    expect(server.received('killCursors')).toHaveLength(0);
  });

  it('[CUR-10] leaving a loop early kills the cursor', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 4), ids(4, 6)]);
    for await (const _document of collection.find()) break;
    const [kill] = server.received('killCursors');
    expect(kill).toMatchObject({ database: 'd', command: { killCursors: 'c' } });
    expect(kill?.command['cursors'].map(String)).toEqual(['77']);
    expect(kill?.command['lsid']).toEqual(server.received('find')[0]?.command['lsid']);
  });

  it('close() kills it once, and never-opened or exhausted cursors not at all', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    await collection.find().close();
    const exhausted = collection.find();
    await exhausted.toArray();
    await exhausted.close();
    expect(server.received('killCursors')).toHaveLength(0);
    {
      await using cursor = collection.find();
      await cursor.next();
      await cursor.close();
    }
    expect(server.received('killCursors')).toHaveLength(1);
  });

  it('is not hurt by a server that refuses to kill', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    server.on('killCursors', { ok: 0, code: 13, errmsg: 'not yours' });
    const cursor = collection.find();
    await cursor.next();
    await cursor.close();
    expect(await cursor.next()).toBeNull();
  });

  it('an abort kills the cursor and rejects with the reason, whether or not a batch is awaited', async () => {
    const { server, collection } = await setUp([ids(0, 2), ids(2, 4)]);
    const reason = new Error('enough');
    const between = new AbortController();
    const cursor = collection.find({}, { signal: between.signal });
    await cursor.next();
    between.abort(reason);
    expect(await rejectionOf(cursor.next())).toBe(reason);
    await server.waitFor('killCursors');

    const gate = deferred<Answer>();
    server.on('getMore', () => gate.promise);
    const during = new AbortController();
    const waiting = collection.find({}, { signal: during.signal });
    await waiting.toArray(2);
    const pending = rejectionOf(waiting.next());
    await server.waitFor('getMore');
    during.abort(reason);
    expect(await pending).toBe(reason);
    await server.waitFor('killCursors', 2);
    gate.resolve('silence');
  });

  it('an abort is noticed between documents of the last batch', async () => {
    const { collection } = await setUp([ids(0, 5)]);
    const reason = new Error('enough');
    const controller = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { _id } of collection.find({}, { signal: controller.signal })) {
        seen.push(_id);
        controller.abort(reason);
      }
    })();
    expect(await rejectionOf(reading)).toBe(reason);
    expect(seen).toEqual([0]);
    const next = new AbortController();
    const cursor = collection.find({}, { signal: next.signal });
    await cursor.next();
    next.abort(reason);
    expect(await rejectionOf(cursor.toArray())).toBe(reason);
    expect(await rejectionOf(cursor.next())).toBe(reason);
  });

  it('close waits for a first command no longer than it may, which is ended when it comes', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    const gate = deferred<Answer>();
    server.on('find', () => gate.promise);
    const cursor = collection.find();
    const next = cursor.next();
    await server.waitFor('find');
    await cursor.close({ timeoutMS: 20 });
    const reason = new Error('enough');
    const other = collection.find();
    void other.next();
    await server.waitFor('find', 2);
    expect(await rejectionOf(other.close({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.received('killCursors')).toHaveLength(0);
    gate.resolve(cursorReply('d.c', ids(0, 1), { id: 77n, batch: 'firstBatch' }));
    await server.waitFor('killCursors', 2);
    expect(await next).toBeNull();
  });

  it('a deadline bounds the whole life of a cursor', async () => {
    const { server, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    server.on('getMore', () => 'silence');
    const cursor = collection.find({}, { timeoutMS: 100 });
    await cursor.next();
    expect(await rejectionOf(cursor.next())).toMatchObject({ timeout: true });
    await server.waitFor('killCursors');
  });

  it('[CUR-10] an abandoned cursor is killed after garbage collection', async () => {
    const collect = (globalThis as { gc?: () => void }).gc;
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    if (collect === undefined) setFlagsFromString('--expose-gc');
    const gc = (collect ?? runInNewContext('gc')) as () => void;
    const { server, client, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    await (async () => {
      await collection.find().next();
    })();
    for (let tries = 0; tries < 100 && server.received('killCursors').length === 0; tries++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(server.received('killCursors')).toHaveLength(1);
    await client.close();
  });

  it('closing the client sends the kills that are pending', async () => {
    const { server, client, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    const controller = new AbortController();
    const cursor = collection.find({}, { signal: controller.signal });
    await cursor.next();
    controller.abort();
    await client.close();
    expect(server.received('killCursors')).toHaveLength(1);
  });

  it('closing the client ends cursors that are open', async () => {
    const { server, client, collection } = await setUp([ids(0, 1), ids(1, 2)]);
    const cursors = [collection.find(), collection.find()];
    for (const cursor of cursors) await cursor.next();
    const done = collection.find();
    await done.next();
    await done.close();
    await client.close();
    expect(server.received('killCursors')).toHaveLength(3);
    expect(server.received('endSessions')[0]?.command['endSessions']).toHaveLength(3);
  });

  it('a failing first command gives the session back', async () => {
    const { server, client, collection } = await setUp([[]]);
    server.on('find', { ok: 0, code: 1, errmsg: 'no' });
    expect(await rejectionOf(collection.find().toArray())).toBeInstanceOf(OperationFailure);
    await client.close();
    expect(server.received('endSessions')[0]?.command['endSessions']).toEqual([
      server.received('find')[0]?.command['lsid'],
    ]);
  });
});

describe('tailable cursors', () => {
  it('tryNext asks once and leaves an empty cursor open', async () => {
    const { server, collection } = await setUp([ids(0, 1), [], ids(1, 2), []]);
    const cursor = collection.find().tailable();
    expect(await cursor.tryNext()).toEqual({ _id: 0 });
    expect(await cursor.tryNext()).toBeNull();
    expect(cursor.alive).toBe(true);
    expect(await cursor.tryNext()).toEqual({ _id: 1 });
    expect(server.received('find')[0]?.command).toMatchObject({ tailable: true });
    await cursor.close();
  });

  it('a loop ends where there is nothing yet, and may be taken up again', async () => {
    const { collection } = await setUp([ids(0, 1), [], ids(1, 2), [], []]);
    const cursor = collection.find().tailable();
    const read = async (): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const { _id } of cursor) seen.push(_id);
      return seen;
    };
    expect(await read()).toEqual([0]);
    expect(cursor.alive).toBe(true);
    expect(await read()).toEqual([1]);
    await cursor.close();
  });

  it('with awaitData waits on, with maxAwaitTimeMS on each getMore', async () => {
    const { server, collection } = await setUp([ids(0, 1), [], [], ids(1, 2), []]);
    const cursor = collection.find().tailable({ awaitData: true }).maxAwaitTimeMS(50);
    expect([await cursor.next(), await cursor.next()]).toEqual(ids(0, 2));
    expect(server.received('find')[0]?.command).toMatchObject({ tailable: true, awaitData: true });
    expect(server.received('find')[0]?.command).not.toHaveProperty('maxAwaitTimeMS');
    expect(server.received('getMore')[0]?.command).toMatchObject({ maxTimeMS: 50 });
    await cursor.close();
  });
});

describe('commands that answer with cursors', () => {
  it('runCursorCommand refuses a reply without a cursor', async () => {
    const { client } = await setUp([]);
    expect(await rejectionOf(client.db('d').runCursorCommand('ping').next())).toBeInstanceOf(
      InvalidOperation,
    );
  });

  it('listIndexes of a missing collection is empty', async () => {
    const { server, collection } = await setUp([]);
    server.on('listIndexes', { ok: 0, code: 26, errmsg: 'ns does not exist' });
    expect(await collection.listIndexes().toArray()).toEqual([]);
    expect(await collection.indexInformation()).toEqual({});
  });

  it('listCollectionNames asks for names only, unless the filter needs more', async () => {
    const { server, client } = await setUp([]);
    server.on('listCollections', cursorReply('d.$cmd.listCollections', [{ name: 'a' }, { name: 'b' }]));
    expect(await client.db('d').listCollectionNames()).toEqual(['a', 'b']);
    await client.db('d').listCollectionNames({ filter: { 'options.capped': true } });
    const asked = server
      .received('listCollections')
      .map(({ command }: ScriptedRequest) => command['nameOnly']);
    expect(asked).toEqual([true, undefined]);
  });

  it('explain wraps the query and takes a limit of its own', async () => {
    const { server, collection } = await setUp([]);
    server.on('explain', { queryPlanner: {} });
    expect(
      await collection.find({ x: 1 }).maxTimeMS(5).explain({ verbosity: 'queryPlanner', maxTimeMS: 7 }),
    ).toMatchObject({
      queryPlanner: {},
    });
    const { command } = server.received('explain')[0] as ScriptedRequest;
    expect(command).toMatchObject({
      explain: { find: 'c', filter: { x: 1 } },
      verbosity: 'queryPlanner',
      maxTimeMS: 7,
    });
    expect(command['explain']).not.toHaveProperty('maxTimeMS');
  });
});
