import { afterEach, describe, expect, it } from '@jest/globals';
import { Timestamp } from 'bson';
import {
  ChangeStreamError,
  ConfigurationError,
  InvalidOperation,
  OperationFailure,
  type AsyncChangeStream,
  type Document,
  type WatchOptions,
} from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import { closeAll, rejectionOf, serverAndClient, warningsOf } from '../client/client-fixture.js';
import type { Answer, ScriptedRequest, ScriptedServer } from '../support/scripted-server.js';

afterEach(closeAll);

const token = (place: number): Document => ({ _data: String(place) });

const event = (place: number): Document => ({ _id: token(place), operationType: 'insert' });

interface Batch {
  readonly id?: bigint;
  /** `postBatchResumeToken`. */
  readonly behind?: number;
}

const reply = (
  batch: 'firstBatch' | 'nextBatch',
  places: readonly number[],
  { id = 7n, behind }: Batch = {},
): Document => ({
  cursor: {
    id,
    ns: 'd.c',
    [batch]: places.map(event),
    ...(behind !== undefined && { postBatchResumeToken: token(behind) }),
  },
  operationTime: new Timestamp({ t: 50, i: 1 }),
});

const first = (places: readonly number[] = [], batch?: Batch): Document => reply('firstBatch', places, batch);
const more = (places: readonly number[] = [], batch?: Batch): Document => reply('nextBatch', places, batch);

const serverError = (code: number, labels: readonly string[] = []): Document => ({
  ok: 0,
  code,
  errmsg: 'made to fail',
  errorLabels: [...labels],
});

const RESUMABLE = serverError(91, ['ResumableChangeStreamError']);

/** A server whose cursors answer with `getMores` one after the other, then wait for ever. */
const setUp = async (
  getMores: readonly Answer[],
  aggregates: readonly Answer[] = [],
  hello: Document = {},
) => {
  let read = 0;
  let opened = 0;
  const { server, client } = await serverAndClient(
    {
      hello,
      script: {
        aggregate: () => aggregates[opened++] ?? first(),
        getMore: () => getMores[read++] ?? 'silence',
      },
    },
    { retryReads: false },
  );
  const collection = client.db('d').collection('c');
  return { server, client, collection };
};

/** The `$changeStream` stages of all aggregations so far. */
const stages = (server: ScriptedServer): unknown[] =>
  server
    .received('aggregate')
    .map(({ command }) => (command['pipeline'] as { $changeStream: unknown }[])[0]?.$changeStream);

const lsidOf = ({ command }: ScriptedRequest): unknown => command['lsid'];

const take = async <T>(stream: AsyncChangeStream<T>, count: number): Promise<T[]> => {
  const events: T[] = [];
  while (events.length < count) events.push(await stream.next());
  return events;
};

describe('watch', () => {
  it('[CS-1] of a client sends an aggregation of the whole cluster to admin', async () => {
    const { server, client } = await setUp([]);
    await client.watch();
    expect(server.received('aggregate')[0]?.command).toMatchObject({
      aggregate: 1,
      $db: 'admin',
      pipeline: [{ $changeStream: { allChangesForCluster: true } }],
      cursor: {},
    });
  });

  it('of a database aggregates the database, and goes on in the namespace the server names', async () => {
    const { server, client } = await setUp([more([1])]);
    const stream = await client.db('d').watch();
    await stream.next();
    expect(server.received('aggregate')[0]?.command).toMatchObject({ aggregate: 1, $db: 'd' });
    expect(server.received('getMore')[0]?.command).toMatchObject({ collection: 'c', $db: 'd' });
  });

  it('[CS-2] appends the stages of the pipeline, whatever they are', async () => {
    const { server, collection } = await setUp([], [first(), serverError(40324)]);
    await collection.watch([{ $match: { operationType: 'insert' } }]);
    expect(server.received('aggregate')[0]?.command['pipeline']).toEqual([
      { $changeStream: {} },
      { $match: { operationType: 'insert' } },
    ]);
    expect(await rejectionOf(collection.watch([{ $nonsense: 1 }]))).toMatchObject({ code: 40324 });
    await expect(collection.watch({} as never)).rejects.toThrow(TypeError);
    await expect(collection.watch([{ $match: { a: undefined } }])).rejects.toThrow(/undefined/);
  });

  it('[CS-6] [CS-7] [CS-8] [CS-9] [CS-10] [CS-15] puts the options of the stage where they belong', async () => {
    const { server, collection } = await setUp([]);
    await collection.watch([], {
      fullDocument: 'updateLookup',
      fullDocumentBeforeChange: 'whenAvailable',
      showExpandedEvents: true,
    });
    await collection.watch([], { resumeAfter: { b: 1, a: 2 } });
    await collection.watch([], { startAfter: token(3) });
    await collection.watch([], { startAtOperationTime: new Timestamp({ t: 9, i: 2 }) });
    await collection.watch([], { startAfter: token(3), resumeAfter: token(4) });
    expect(stages(server)).toEqual([
      { fullDocument: 'updateLookup', fullDocumentBeforeChange: 'whenAvailable', showExpandedEvents: true },
      { resumeAfter: { b: 1, a: 2 } },
      { startAfter: token(3) },
      { startAtOperationTime: new Timestamp({ t: 9, i: 2 }) },
      // That both is too much is for the server to say.
      { resumeAfter: token(4), startAfter: token(3) },
    ]);
    const { resumeAfter } = stages(server)[1] as { resumeAfter: Document };
    expect(Object.keys(resumeAfter)).toEqual(['b', 'a']);
  });

  it('[CS-11] [CS-12] [CS-13] [CS-14] puts the options of the command where they belong', async () => {
    const { server, client, collection } = await setUp([more([1])], [], { maxWireVersion: 25 });
    const session = client.startSession();
    const stream = await collection.watch([], {
      maxAwaitTimeMS: 250,
      batchSize: 3,
      collation: { locale: 'de' },
      comment: 'why',
      session,
    });
    await stream.next();
    const [aggregate, getMore] = [server.received('aggregate')[0], server.received('getMore')[0]];
    expect(aggregate?.command).toMatchObject({
      cursor: { batchSize: 3 },
      collation: { locale: 'de' },
      comment: 'why',
    });
    expect(aggregate?.command).not.toHaveProperty('maxTimeMS');
    expect(getMore?.command).toMatchObject({ batchSize: 3, maxTimeMS: 250, comment: 'why' });
    for (const request of [aggregate, getMore]) {
      expect(request && lsidOf(request)).toMatchObject({ id: session.sessionId['id'] });
    }
  });

  it('refuses options that cannot work before it sends anything', async () => {
    const { server, collection } = await setUp([]);
    const refused = (options: object): Promise<unknown> =>
      rejectionOf(collection.watch([], options as WatchOptions));
    expect(await refused({ onHistoryLost: 'ignore' })).toBeInstanceOf(ConfigurationError);
    expect(await refused({ onIdle: 1 })).toBeInstanceOf(TypeError);
    expect(await refused({ tokenStore: { load: () => undefined } })).toBeInstanceOf(TypeError);
    expect(await refused({ signal: 'now' })).toBeInstanceOf(TypeError);
    expect(server.received('aggregate')).toHaveLength(0);
  });
});

describe('reading a change stream', () => {
  it('[CS-3] waits over empty batches for the next event, and closes with its scope', async () => {
    const { server, collection } = await setUp([more(), more(), more([1, 2]), more([3])]);
    const seen: unknown[] = [];
    {
      await using stream = await collection.watch();
      for await (const { _id } of stream) {
        seen.push(_id);
        if (seen.length === 3) break;
      }
    }
    expect(seen).toEqual([token(1), token(2), token(3)]);
    expect(server.received('killCursors')[0]?.command).toMatchObject({ killCursors: 'c', cursors: [7] });
  });

  it('tryNext asks the server once', async () => {
    const { server, collection } = await setUp([more(), more([1, 2])]);
    const stream = await collection.watch();
    expect(await stream.tryNext()).toBeNull();
    expect(await stream.tryNext()).toMatchObject({ _id: token(1) });
    expect(await stream.tryNext()).toMatchObject({ _id: token(2) });
    expect(server.received('getMore')).toHaveLength(2);
  });

  it('gives each event once to parallel calls of next()', async () => {
    const { collection } = await setUp([more([1, 2]), more(), more([3])]);
    const stream = await collection.watch();
    const events = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(events.map(({ _id }) => _id)).toEqual([token(1), token(2), token(3)]);
  });

  it('close() ends a loop and rejects a next() that waits, at once and once for all', async () => {
    const { server, collection } = await setUp([]);
    const [looped, asked] = [await collection.watch(), await collection.watch()];
    const loop = (async () => {
      for await (const _ of looped) throw new Error('there is no event');
    })();
    const next = rejectionOf(asked.next());
    await server.waitFor('getMore', 2);
    await Promise.all([looped.close(), looped.close(), asked.close()]);
    await loop;
    expect(await next).toBeInstanceOf(InvalidOperation);
    expect(server.received('killCursors')).toHaveLength(2);
    expect([looped.state, looped.alive]).toEqual(['closed', false]);
    expect(await rejectionOf(looped.next())).toBeInstanceOf(InvalidOperation);
  });

  it('an abort ends it with the reason of its signal', async () => {
    const { server, collection } = await setUp([]);
    const controller = new AbortController();
    const stream = await collection.watch([], { signal: controller.signal });
    const next = rejectionOf(stream.next());
    await server.waitFor('getMore');
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await next).toBe(reason);
    expect(stream.state).toBe('failed');
  });

  it('fails on an event without a token', async () => {
    const { server, collection } = await setUp([
      { cursor: { id: 7n, ns: 'd.c', nextBatch: [{ operationType: 'insert' }] } },
    ]);
    const stream = await collection.watch();
    const failure = await rejectionOf(stream.next());
    expect(failure).toBeInstanceOf(InvalidOperation);
    expect(String(failure)).toMatch(/resume token is missing/);
    await server.waitFor('killCursors');
    expect(stream.alive).toBe(false);
  });

  it('onIdle cannot disturb the reader', async () => {
    const { collection } = await setUp([more(), more(), more([1])]);
    const broken: ((token?: Document) => void)[] = [
      () => {
        throw new Error('broken at once');
      },
      (async () => Promise.reject(new Error('broken later'))) as () => void,
    ];
    const warnings = await warningsOf(async () => {
      const stream = await collection.watch([], { onIdle: () => broken.pop()?.() });
      expect(await stream.next()).toMatchObject({ _id: token(1) });
    });
    expect(warnings).toEqual([
      expect.stringContaining('broken later'),
      expect.stringContaining('broken at once'),
    ]);
  });

  it('keeps its connection while the server waits longer than socketTimeoutMS, as it was asked to', async () => {
    const { server, client } = await serverAndClient(
      {
        script: {
          aggregate: first(),
          getMore: async () => {
            await new Promise((done) => setTimeout(done, 300));
            return more([1]);
          },
        },
      },
      { socketTimeoutMS: 100 },
    );
    const stream = await client.db('d').collection('c').watch([], { maxAwaitTimeMS: 300 });
    expect(await stream.next()).toMatchObject({ _id: token(1) });
    expect(server.received('aggregate')).toHaveLength(1);
  });

  it('calls onIdle with the current token while nothing happens', async () => {
    const { collection } = await setUp([more([], { behind: 5 }), more([], { behind: 6 }), more([7])]);
    const idle: unknown[] = [];
    const stream = await collection.watch([], { onIdle: (resumeToken) => idle.push(resumeToken) });
    await stream.next();
    expect(idle).toEqual([token(5), token(6)]);
  });
});

describe('the resume token', () => {
  it('[CS-16] is that of the last event handed out, and that of the batch behind its end', async () => {
    const { collection } = await setUp([more([1, 2], { behind: 9 }), more([], { behind: 12 })]);
    const stream = await collection.watch();
    expect(stream.resumeToken).toBeUndefined();
    await stream.next();
    expect(stream.resumeToken).toEqual(token(1));
    await stream.next();
    expect(stream.resumeToken).toEqual(token(9));
    await stream.tryNext();
    expect(stream.resumeToken).toEqual(token(12));
  });

  it('is what the stream was started with until it moves', async () => {
    const { collection } = await setUp([more([4])], [first([2]), first([2])]);
    expect((await collection.watch([], { resumeAfter: token(1) })).resumeToken).toEqual(token(1));
    const stream = await collection.watch([], { startAfter: token(1) });
    expect(stream.resumeToken).toEqual(token(1));
    await take(stream, 2);
    expect(stream.resumeToken).toEqual(token(4));
  });

  it('is kept in a store when what it stands behind has been dealt with', async () => {
    const { server, collection } = await setUp([more([1, 2]), more([], { behind: 4 }), more([5, 6])]);
    const saved: unknown[] = [];
    const tokenStore = {
      load: async () => Promise.resolve(token(0)),
      save: async (place: Document) => {
        saved.push(place);
        return Promise.resolve();
      },
    };
    const stream = await collection.watch([], { tokenStore });
    expect(stages(server)).toEqual([{ startAfter: token(0) }]);
    await take(stream, 2);
    expect(saved).toEqual([]);
    await take(stream, 1);
    expect(saved).toEqual([token(2), token(4)]);
    await stream.close();
    // 5 is in the reader's hands: it may be in the middle of it.
    expect(saved).toEqual([token(2), token(4)]);
  });

  it('waiting for a store ends with the signal, the limit and the stream', async () => {
    const { server, collection } = await setUp([more([1])]);
    const never = (): Promise<never> => new Promise<never>(() => undefined);
    const reason = new Error('enough');
    const controller = new AbortController();
    const opening = rejectionOf(
      collection.watch([], { tokenStore: { load: never, save: never }, signal: controller.signal }),
    );
    controller.abort(reason);
    expect(await opening).toBe(reason);
    const late = collection.watch([], { tokenStore: { load: never, save: never }, timeoutMS: 20 });
    expect(await rejectionOf(late)).toMatchObject({ timeout: true });
    expect(server.received('aggregate')).toHaveLength(0);
    const stream = await collection.watch([], { tokenStore: { load: () => undefined, save: never } });
    await stream.next();
    const next = rejectionOf(stream.next());
    await stream.close();
    expect(await next).toBeInstanceOf(InvalidOperation);
  });

  it('a loop that a store ends leaves no cursor behind', async () => {
    const { server, collection } = await setUp([more([1])]);
    const failure = new Error('disk full');
    const stream = await collection.watch([], {
      tokenStore: { load: () => undefined, save: () => Promise.reject(failure) },
    });
    const loop = (async () => {
      for await (const _ of stream);
    })();
    expect(await rejectionOf(loop)).toBe(failure);
    await server.waitFor('killCursors');
    expect(stream.state).toBe('closed');
  });

  it('a store that fails tells the reader, who may go on', async () => {
    const { collection } = await setUp([more([1]), more([2])]);
    let failures = 1;
    const tokenStore = {
      load: () => null,
      save: () => {
        if (failures-- > 0) throw new Error('disk full');
      },
    };
    const stream = await collection.watch([], { tokenStore });
    await stream.next();
    await expect(stream.next()).rejects.toThrow('disk full');
    expect(await stream.next()).toMatchObject({ _id: token(2) });
  });
});

describe('resuming a change stream', () => {
  it('[CS-4] opens a new cursor behind the last event when a getMore is lost, with the same session', async () => {
    const { server, collection } = await setUp([more([1, 2]), 'close', more([3])], [], {
      logicalSessionTimeoutMinutes: 30,
    });
    const stream = await collection.watch([{ $match: { a: 1 } }], { fullDocument: 'updateLookup' });
    const events = await take(stream, 3);
    expect(events.map(({ _id }) => _id)).toEqual([token(1), token(2), token(3)]);
    expect(stages(server)).toEqual([
      { fullDocument: 'updateLookup' },
      { fullDocument: 'updateLookup', resumeAfter: token(2) },
    ]);
    const [opened, resumed] = server.received('aggregate');
    expect(resumed && lsidOf(resumed)).toEqual(opened && lsidOf(opened));
  });

  it('[CS-5] rejects with the error of the attempt, and is closed from then on', async () => {
    const { server, collection } = await setUp([more([1]), RESUMABLE], [first(), serverError(13)]);
    const stream = await collection.watch();
    await stream.next();
    expect(await rejectionOf(stream.next())).toMatchObject({ code: 13 });
    const closed = await rejectionOf(stream.next());
    expect(closed).toBeInstanceOf(InvalidOperation);
    expect((closed as Error).cause).toMatchObject({ code: 13 });
    expect(server.received('aggregate')).toHaveLength(2);
  });

  it('gets over one fault after the other', async () => {
    const { server, collection } = await setUp([
      RESUMABLE,
      more([], { behind: 3 }),
      RESUMABLE,
      RESUMABLE,
      more([4]),
    ]);
    const stream = await collection.watch([], { startAfter: token(1) });
    expect(await stream.next()).toMatchObject({ _id: token(4) });
    expect(stages(server)).toEqual([1, 1, 3, 3].map((place) => ({ startAfter: token(place) })));
  });

  it('shows that it is at it, and since when', async () => {
    const gate = deferred<Answer>();
    const { server, collection } = await setUp([RESUMABLE, more([1])]);
    const stream = await collection.watch();
    expect([stream.state, stream.resumingSince]).toEqual(['live', undefined]);
    server.once('aggregate', () => gate.promise);
    const next = stream.next();
    await server.waitFor('aggregate', 2);
    expect(stream.state).toBe('resuming');
    expect(Math.abs((stream.resumingSince ?? 0) - Date.now())).toBeLessThan(10_000);
    gate.resolve(first());
    await next;
    expect([stream.state, stream.resumingSince]).toEqual(['live', undefined]);
  });

  it('is left out for errors that it cannot help', async () => {
    for (const error of [serverError(280), serverError(91), serverError(13, ['TransientTransactionError'])]) {
      const { server, collection } = await setUp([error]);
      const stream = await collection.watch();
      expect(await rejectionOf(stream.next())).toMatchObject({ code: error['code'] });
      expect(server.received('aggregate')).toHaveLength(1);
    }
  });

  it('goes by code on servers before 4.4, which send no labels', async () => {
    const { server, collection } = await setUp([serverError(91), more([1])], [], { maxWireVersion: 8 });
    const stream = await collection.watch();
    expect(await stream.next()).toMatchObject({ _id: token(1) });
    expect(server.received('aggregate')).toHaveLength(2);
  });

  it('kills the lost cursor, and does not care what the server says to that', async () => {
    const { server, collection } = await setUp([RESUMABLE, more([1])]);
    server.on('killCursors', serverError(8));
    const stream = await collection.watch();
    expect(await stream.next()).toMatchObject({ _id: token(1) });
    await server.waitFor('killCursors');
  });

  it('a call that ran out of timeoutMS leaves the stream as it is; the next one resumes it', async () => {
    const { server, collection } = await setUp(['silence', more([1])]);
    const stream = await collection.watch([], { timeoutMS: 100 });
    expect(await rejectionOf(stream.next())).toMatchObject({ timeout: true });
    expect([stream.state, stream.alive]).toEqual(['resuming', true]);
    expect(await stream.next()).toMatchObject({ _id: token(1) });
    expect(server.received('aggregate')).toHaveLength(2);
  });
});

describe('the end of a change stream', () => {
  it('HistoryLost names the token and keeps what the server said', async () => {
    const { collection } = await setUp([], [serverError(286)]);
    const failure = (await rejectionOf(collection.watch([], { resumeAfter: token(1) }))) as ChangeStreamError;
    expect(failure).toBeInstanceOf(ChangeStreamError);
    expect(failure).toBeInstanceOf(OperationFailure);
    expect(failure).toMatchObject({ reason: 'HistoryLost', code: 286, resumeToken: token(1) });
    expect(failure.cause).toMatchObject({ code: 286 });
  });

  it('onHistoryLost: restartFromNow goes on without the token', async () => {
    const { server, collection } = await setUp(
      [more([1]), RESUMABLE, more([5])],
      [first(), serverError(286), first()],
    );
    const stream = await collection.watch([], { onHistoryLost: 'restartFromNow' });
    expect((await take(stream, 2)).map(({ _id }) => _id)).toEqual([token(1), token(5)]);
    expect(stages(server)).toEqual([{}, { resumeAfter: token(1) }, {}]);
  });

  it('restartFromNow holds for a reader that was too slow, too', async () => {
    const { server, collection } = await setUp([more([1]), serverError(286), more([5])]);
    const stream = await collection.watch([], { onHistoryLost: 'restartFromNow' });
    expect((await take(stream, 2)).map(({ _id }) => _id)).toEqual([token(1), token(5)]);
    expect(stages(server)).toEqual([{}, {}]);
  });

  it('Invalidated comes after the last event, with the token to start behind', async () => {
    const { server, collection } = await setUp([more([1, 2], { id: 0n, behind: 2 })]);
    const stream = await collection.watch();
    const seen: unknown[] = [];
    const failure = await rejectionOf(
      (async () => {
        for await (const { _id } of stream) seen.push(_id);
      })(),
    );
    expect(seen).toEqual([token(1), token(2)]);
    expect(failure).toMatchObject({
      name: 'ChangeStreamError',
      reason: 'Invalidated',
      resumeToken: token(2),
      namespace: 'd.c',
    });
    expect(server.received('killCursors')).toHaveLength(0);
  });
});
