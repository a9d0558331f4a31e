import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Document } from 'bson';
import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { eventually } from './support/eventually.js';
import { opMsg, opQuery, RawClient } from './support/raw-client.js';

const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;

describe('the frames of the deployment', () => {
  let deployment: Deployment;
  const clients: RawClient[] = [];
  const open = async (): Promise<RawClient> => {
    const client = await RawClient.connect(deployment.hosts[0]!);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => deployment.stop());

  const topologyVersion = async (client: RawClient): Promise<unknown> =>
    (await client.command({ hello: 1 }))['topologyVersion'];

  it('answers OP_QUERY with OP_REPLY, for the handshake alone', async () => {
    const client = await open();
    client.send(opQuery(5, 'admin.$cmd', { ismaster: 1, helloOk: true }));
    expect(await client.receive()).toMatchObject({
      opCode: 1,
      responseTo: 5,
      body: { ismaster: true, helloOk: true, ok: 1 },
    });
    client.send(opQuery(6, 'admin.$cmd', { ping: 1 }));
    expect(await client.receive()).toMatchObject({ opCode: 1, responseTo: 6, body: { ok: 0, code: 352 } });
  });

  it('answers in order what is sent in one go', async () => {
    const client = await open();
    client.send(Buffer.concat([1, 2, 3, 4].map((id) => opMsg(id, { ping: 1, $db: 'admin' }))));
    const replies = [
      await client.receive(),
      await client.receive(),
      await client.receive(),
      await client.receive(),
    ];
    expect(replies.map((reply) => reply?.responseTo)).toEqual([1, 2, 3, 4]);
  });

  it('sends no reply to a request with moreToCome, whether it succeeds or not', async () => {
    const client = await open();
    client.send(opMsg(1, { ping: 1, $db: 'admin' }, { flags: MORE_TO_COME }));
    client.send(opMsg(2, { nonsense: 1, $db: 'admin' }, { flags: MORE_TO_COME }));
    client.send(opMsg(3, { ping: 1, $db: 'admin' }));
    expect((await client.receive())?.responseTo).toBe(3);
    expect(client.unread).toBe(0);
  });

  it('answers a checksum with a checksum and refuses a wrong one', async () => {
    const client = await open();
    client.send(opMsg(1, { ping: 1, $db: 'admin' }, { checksum: 'right' }));
    expect(await client.receive()).toMatchObject({ flags: 1, body: { ok: 1 } });
    client.send(opMsg(2, { ping: 1, $db: 'admin' }, { checksum: 'wrong' }));
    expect(await client.receive()).toMatchObject({
      responseTo: 2,
      body: { code: 288, codeName: 'ChecksumMismatch' },
    });
    expect(await client.receive()).toBeUndefined();
  });

  it.each<[string, Buffer, number]>([
    ['a flag that it does not know', opMsg(1, { ping: 1, $db: 'admin' }, { flags: 1 << 5 }), 223],
    ['a body that is no BSON', opMsg(1, { ping: 1, $db: 'admin' }).fill(0x77, 30, 31), 22],
    [
      'an opcode of the past',
      Buffer.from('150000000100000000000000a00000000000000000000', 'hex').subarray(0, 21),
      17,
    ],
  ])('refuses %s and closes', async (_what, message, code) => {
    const client = await open();
    client.send(message);
    expect((await client.receive())?.body).toMatchObject({ ok: 0, code });
    expect(await client.receive()).toBeUndefined();
  });

  it('closes a connection that announces an impossible length', async () => {
    const client = await open();
    client.send(Buffer.from('ffffff7f01000000000000000a000000', 'hex'));
    expect(await client.receive()).toBeUndefined();
  });

  it.each<[string, Document, number]>([
    ['an unknown command', { nonsense: 1 }, 59],
    ['a field that a command does not have', { ping: 1, colour: 'red' }, 40415],
    ['a writeConcern where there is nothing to write', { ping: 1, writeConcern: { w: 1 } }, 72],
    [
      'a readConcern level where there is nothing to read',
      { ping: 1, readConcern: { level: 'majority' } },
      72,
    ],
    ['a database name that cannot be', { ping: 1, $db: 'a.b' }, 73],
    ['an admin command elsewhere', { replSetGetStatus: 1, $db: 'test' }, 13],
    ['an unknown API version', { ping: 1, apiVersion: '9' }, 322],
    ['strictness without a version', { ping: 1, apiStrict: true }, 4886600],
    ['a command outside the strict API', { serverStatus: 1, apiVersion: '1', apiStrict: true }, 323],
    [
      'a stage outside the strict API',
      { aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {}, apiVersion: '1', apiStrict: true },
      323,
    ],
    ['a transaction number without a session', { ping: 1, txnNumber: 1n }, 72],
    ['a session id that is no UUID', { ping: 1, lsid: { id: 5 } }, 207],
    ['a topologyVersion without maxAwaitTimeMS', { hello: 1, topologyVersion: {} }, 31368],
  ])('refuses %s and goes on', async (_what, body, code) => {
    const client = await open();
    expect(await client.command(body)).toMatchObject({ ok: 0, code });
    expect(await client.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  const metadata = { driver: { name: 'd', version: '1' }, os: { type: 'Linux' } };

  it.each<[string, Document, number]>([
    ['a missing field', { driver: { name: 'd' }, os: { type: 'Linux' } }, 183],
    ['a long application name', { ...metadata, application: { name: 'x'.repeat(129) } }, 184],
    ['more than 512 bytes', { ...metadata, platform: 'x'.repeat(512) }, 185],
  ])('refuses client metadata with %s', async (_what, client, code) => {
    const raw = await open();
    expect(await raw.command({ hello: 1, client })).toMatchObject({ ok: 0, code });
    expect(await raw.command({ hello: 1, client: metadata })).toMatchObject({ ok: 1 });
    expect(await raw.command({ hello: 1, client: metadata })).toMatchObject({ ok: 0, code: 186 });
  });

  it('takes the documents of a write from a sequence or from the body, and returns the bytes as they came', async () => {
    const client = await open();
    const write = { insert: 'frames', $db: 'test' };
    expect(
      await client.command(write, { sequences: { documents: [{ _id: 1, '2': 'b', '1': 'a' }] } }),
    ).toMatchObject({ n: 1 });
    expect(await client.command({ ...write, documents: [{ _id: 2 }] })).toMatchObject({ n: 1 });
    const { cursor } = await client.command({ find: 'frames', sort: { _id: 1 }, $db: 'test' });
    expect(cursor['firstBatch']).toEqual([{ _id: 1, '2': 'b', '1': 'a' }, { _id: 2 }]);
  });

  it('streams the batches of an exhaust getMore until the cursor is at its end', async () => {
    const client = await open();
    await client.command({
      insert: 'many',
      documents: Array.from({ length: 7 }, (_, _id) => ({ _id })),
      $db: 'test',
    });
    const { cursor } = await client.command({ find: 'many', batchSize: 2, $db: 'test' });
    const getMore = { getMore: cursor['id'] as unknown, collection: 'many', batchSize: 2, $db: 'test' };
    client.send(opMsg(60, getMore, { flags: EXHAUST_ALLOWED }));
    const replies = [await client.receive(), await client.receive(), await client.receive()];
    expect(replies.map((reply) => (reply?.body['cursor'] as Document)['nextBatch'].length as number)).toEqual(
      [2, 2, 1],
    );
    expect(replies.map((reply) => reply?.flags)).toEqual([MORE_TO_COME, MORE_TO_COME, 0]);
    expect(replies.map((reply) => reply?.responseTo)).toEqual([
      60,
      replies[0]?.requestId,
      replies[1]?.requestId,
    ]);
  });

  it('wants $db', async () => {
    const client = await open();
    client.send(opMsg(1, { ping: 1 }));
    expect((await client.receive())?.body).toMatchObject({ ok: 0, code: 40571 });
  });

  it('streams hello replies, each a response to the one before', async () => {
    const client = await open();
    const body = {
      hello: 1,
      topologyVersion: await topologyVersion(client),
      maxAwaitTimeMS: 20,
      $db: 'admin',
    };
    client.send(opMsg(50, body, { flags: EXHAUST_ALLOWED }));
    const first = await client.receive();
    const second = await client.receive();
    const third = await client.receive();
    expect(first).toMatchObject({
      responseTo: 50,
      flags: MORE_TO_COME,
      body: { ok: 1, isWritablePrimary: true },
    });
    expect(second).toMatchObject({ responseTo: first?.requestId, flags: MORE_TO_COME });
    expect(third).toMatchObject({ responseTo: second?.requestId, flags: MORE_TO_COME });
  });

  it('holds an awaitable hello for the time that the client gives it', async () => {
    const client = await open();
    const known = await topologyVersion(client);
    const start = performance.now();
    await client.command({ hello: 1, topologyVersion: known, maxAwaitTimeMS: 120 });
    expect(performance.now() - start).toBeGreaterThan(100);
  });

  it('ends a stream with its connection', async () => {
    const client = await open();
    const observer = await open();
    const known = await topologyVersion(client);
    const running = async (): Promise<number> =>
      (await observer.command({ currentOp: 1 }))['inprog'].length as number;
    client.send(
      opMsg(
        50,
        { hello: 1, topologyVersion: known, maxAwaitTimeMS: 60_000, $db: 'admin' },
        { flags: EXHAUST_ALLOWED },
      ),
    );
    await eventually(async () => (await running()) === 2);
    client.close();
    await eventually(async () => (await running()) === 1);
  });

  it('kills a waiting operation', async () => {
    const client = await open();
    const observer = await open();
    const known = await topologyVersion(client);
    client.send(opMsg(50, { hello: 1, topologyVersion: known, maxAwaitTimeMS: 60_000, $db: 'admin' }));
    let waiting: Document | undefined;
    await eventually(async () => {
      const operations = (await observer.command({ currentOp: 1 }))['inprog'] as Document[];
      waiting = operations.find(({ command }) => command['hello'] === 1);
      return waiting !== undefined;
    });
    await observer.command({ killOp: 1, op: waiting?.['opid'] });
    expect((await client.receive())?.body).toMatchObject({ ok: 0, code: 11601, codeName: 'Interrupted' });
  });
});
