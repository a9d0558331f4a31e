import { afterEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import type { AsyncMongoClient, AsyncMongoClientOptions } from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import {
  cursorReply,
  mongosHello,
  type Answer,
  type ScriptedRequest,
  type ScriptedServer,
} from '../support/scripted-server.js';
import { closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';

afterEach(closeAll);

const OPEN = cursorReply('d.c', [{ _id: 0 }], { id: 77n });
const MORE = cursorReply('d.c', [{ _id: 1 }], { id: 77n, batch: 'nextBatch' });
const LAST = cursorReply('d.c', [{ _id: 2 }], { id: 0n, batch: 'nextBatch' });

interface Setting {
  readonly server: ScriptedServer;
  readonly client: AsyncMongoClient;
  /** How many connections are checked out. */
  readonly held: () => number;
}

/** One service behind a load balancer, whose collection `d.c` has a cursor of several batches. */
const setUp = async (options: AsyncMongoClientOptions = {}): Promise<Setting> => {
  const { server, client } = await serverAndClient(
    {
      hello: { ...mongosHello(), serviceId: new ObjectId() },
      script: { find: OPEN, getMore: LAST, killCursors: { ok: 1 }, ping: { ok: 1 } },
    },
    { loadBalanced: true, ...options },
  );
  let held = 0;
  client.on('connectionCheckedOut', () => held++);
  client.on('connectionCheckedIn', () => held--);
  return { server, client, held: () => held };
};

const connectionsOf = (requests: readonly ScriptedRequest[]): number =>
  new Set(requests.map(({ connection }) => connection.id)).size;

const failure: Answer = { ok: 0, code: 7, errmsg: 'HostNotFound' };

describe('a cursor behind a load balancer', () => {
  it('uses the connection that opened it until it is exhausted', async () => {
    const { server, client, held } = await setUp();
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    expect(held()).toBe(1);
    // Others use another connection in the meantime.
    await client.db('d').command('ping');
    await cursor.toArray();
    expect(held()).toBe(0);
    const [find, getMore, ping] = [
      ...server.received('find'),
      ...server.received('getMore'),
      ...server.received('ping'),
    ];
    expect(getMore?.connection.id).toBe(find?.connection.id);
    expect(ping?.connection.id).not.toBe(find?.connection.id);
  });

  it('keeps no connection where the first batch is all', async () => {
    const { server, client, held } = await setUp();
    server.on('find', cursorReply('d.c', [{ _id: 0 }]));
    await client.db('d').collection('c').find().next();
    expect(held()).toBe(0);
  });

  it('is killed over its connection when it is closed, which is then free', async () => {
    const { server, client, held } = await setUp();
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    await cursor.close();
    expect(held()).toBe(0);
    expect(server.received('killCursors')).toHaveLength(1);
    expect(connectionsOf([...server.received('find'), ...server.received('killCursors')])).toBe(1);
  });

  it('keeps its connection after a failed getMore until it is closed', async () => {
    const { server, client, held } = await setUp();
    server.on('getMore', failure);
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    await rejectionOf(cursor.next());
    expect(held()).toBe(1);
    await cursor.close();
    expect(held()).toBe(0);
    expect(server.received('killCursors')).toHaveLength(1);
    await cursor.close();
    expect(server.received('killCursors')).toHaveLength(1);
  });

  it('is not killed where its connection was lost', async () => {
    const { server, client, held } = await setUp();
    server.on('getMore', 'reset');
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    await rejectionOf(cursor.next());
    expect(held()).toBe(1);
    await cursor.close();
    expect(held()).toBe(0);
    expect(server.received('killCursors')).toHaveLength(0);
  });

  it.each([
    [
      'for await',
      async (client: AsyncMongoClient) => {
        for await (const document of client.db('d').collection('c').find()) void document;
      },
    ],
    ['toArray', (client: AsyncMongoClient) => client.db('d').collection('c').find().toArray()],
  ])('leaves no connection behind where %s fails', async (_name, read) => {
    const { server, client, held } = await setUp();
    server.on('getMore', failure);
    await rejectionOf(read(client));
    await server.waitFor('killCursors');
    await client.db('d').command('ping');
    expect(held()).toBe(0);
  });

  it('waits for a getMore that is under way before it is killed', async () => {
    const { server, client, held } = await setUp();
    const gate = deferred<Answer>();
    server.on('getMore', () => gate.promise);
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    const next = cursor.next();
    await server.waitFor('getMore');
    const closed = cursor.close();
    expect(server.received('killCursors')).toHaveLength(0);
    gate.resolve(MORE);
    await closed;
    await next.catch(() => undefined);
    expect(held()).toBe(0);
    expect(server.received('killCursors')).toHaveLength(1);
    expect(connectionsOf([...server.received('getMore'), ...server.received('killCursors')])).toBe(1);
  });

  it('gives its connection back when it is aborted', async () => {
    const { server, client, held } = await setUp();
    const controller = new AbortController();
    const cursor = client.db('d').collection('c').find({}, { signal: controller.signal });
    await cursor.next();
    const checkedIn = new Promise((resolve) => client.on('connectionCheckedIn', resolve));
    controller.abort(new Error('enough'));
    await checkedIn;
    expect(held()).toBe(0);
    expect(server.received('killCursors')).toHaveLength(1);
  });

  it('tells those who wait for a connection what keeps it', async () => {
    const { client } = await setUp({ maxPoolSize: 1, waitQueueTimeoutMS: 20 });
    const cursor = client.db('d').collection('c').find();
    await cursor.next();
    const error = (await rejectionOf(client.db('d').command('ping'))) as Error;
    expect(error.message).toContain('connections in use by cursors: 1');
    await cursor.close();
    await client.db('d').command('ping');
  });

  it('opened in a request takes the connection of the request over', async () => {
    const { server, client, held } = await setUp();
    await client.withRequest(async () => {
      await client.db('d').command('ping');
      const cursor = client.db('d').collection('c').find();
      await cursor.next();
      await client.db('d').command('ping');
      expect(held()).toBe(2);
      await cursor.close();
    });
    await client.db('d').command('ping');
    expect(held()).toBe(0);
    const [before, after] = server.received('ping');
    const [find] = server.received('find');
    expect(find?.connection.id).toBe(before?.connection.id);
    expect(after?.connection.id).not.toBe(find?.connection.id);
  });
});
