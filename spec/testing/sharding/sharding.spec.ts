import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Long, MongoClient, type ClientSession, type Document } from 'mongodb';
import { startDeployment, type Deployment } from '../../../lib/testing/deployment.js';
import { insert } from '../support/replica-set.js';
import { rejection } from '../support/official-client.js';
import { RawClient } from '../support/raw-client.js';

let deployment: Deployment;
let client: MongoClient;

beforeAll(async () => {
  deployment = await startDeployment({ topology: 'sharded', members: 2, shards: 2 });
  client = new MongoClient(deployment.singleRouterUri, { retryWrites: false, retryReads: false });
});

afterAll(async () => {
  await client.close();
  await deployment.stop();
});

const admin = (command: Document): Promise<Document> => client.db('admin').command(command);

/** A collection whose documents with negative `x` are on the first shard, the others on the second. */
const shardedByX = async (name: string): Promise<void> => {
  await admin({ enableSharding: 'spread', primaryShard: 'shard01' });
  await admin({ shardCollection: `spread.${name}`, key: { x: 1 } });
  await admin({ split: `spread.${name}`, middle: { x: 0 } });
  await admin({ moveChunk: `spread.${name}`, find: { x: 0 }, to: 'shard02' });
};

const shardsOf = async (name: string): Promise<Record<string, number>> => {
  const { shards } = (await client.db('spread').command({ collStats: name })) as {
    shards: Record<string, { count: number }>;
  };
  return Object.fromEntries(Object.entries(shards).map(([shard, { count }]) => [shard, count]));
};

describe('routers', () => {
  it('list their shards', async () => {
    expect(await admin({ listShards: 1 })).toMatchObject({
      shards: [{ _id: 'shard01' }, { _id: 'shard02' }],
    });
  });

  it('put each database on a shard, and a sharded collection on those that have its chunks', async () => {
    await shardedByX('ranged');
    const ranged = client.db('spread').collection<Document>('ranged');
    await ranged.insertMany([{ x: -2 }, { x: -1 }, { x: 0 }, { x: 1 }, { x: 2 }]);
    expect(await shardsOf('ranged')).toEqual({ shard01: 2, shard02: 3 });
    expect((await ranged.find().sort({ x: 1 }).toArray()).map(({ x }) => x as number)).toEqual([
      -2, -1, 0, 1, 2,
    ]);
    await client.db('spread').collection('whole').insertOne({});
    expect(await shardsOf('whole')).toEqual({ shard01: 1 });
  });

  it('spread a hashed key from the beginning', async () => {
    await admin({ shardCollection: 'spread.hashed', key: { user: 'hashed' } });
    const hashed = client.db('spread').collection<Document>('hashed');
    await hashed.insertMany(Array.from({ length: 100 }, (_, user) => ({ user })));
    const counts = await shardsOf('hashed');
    expect(counts['shard01']! + counts['shard02']!).toBe(100);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(20);
  });

  it.each<[string, Document, number]>([
    ['no key at all', { shardCollection: 'spread.new', key: {} }, 2],
    ['a descending key', { shardCollection: 'spread.new', key: { x: -1 } }, 2],
    ['another key', { shardCollection: 'spread.ranged', key: { y: 1 } }, 23],
    ['chunks of what is not sharded', { split: 'spread.whole', middle: { x: 0 } }, 118],
    ['an unknown shard', { moveChunk: 'spread.ranged', find: { x: 0 }, to: 'nowhere' }, 70],
    ['another primary shard', { enableSharding: 'spread', primaryShard: 'shard02' }, 48],
  ])('refuse %s', async (_what, command, code) => {
    expect(await rejection(admin(command))).toMatchObject({ code });
  });

  it('refuse unique keys that no shard could watch over', async () => {
    const ranged = client.db('spread').collection('ranged');
    expect(await rejection(ranged.createIndex({ y: 1 }, { unique: true }))).toMatchObject({ code: 67 });
    await ranged.createIndex({ x: 1, y: 1 }, { unique: true });
  });

  it('do without a shard that is gone, where its documents are not asked for', async () => {
    const ranged = client.db('spread').collection('ranged');
    await deployment.control.killShard(1);
    expect(await ranged.findOne({ x: -1 })).toMatchObject({ x: -1 });
    await ranged.updateOne({ x: { $eq: -1 } }, { $set: { seen: true } });
    expect(await rejection(ranged.findOne({ x: 1 }))).toMatchObject({ code: 133 });
    expect(await rejection(ranged.insertOne({ x: 3 }))).toMatchObject({ code: 133 });
    expect(await rejection(ranged.countDocuments())).toMatchObject({ code: 133 });
    await deployment.control.restartShard(1);
    expect(await ranged.countDocuments()).toBe(5);
  });
});

/** The driver keeps what routers tell it to itself. */
const recoveryTokenOf = (session: ClientSession): Document =>
  (session as unknown as { transaction: { recoveryToken: Document } }).transaction.recoveryToken;

describe('a transaction through a router', () => {
  const transfer = async (session: ClientSession, ...places: readonly number[]): Promise<void> => {
    for (const x of places) {
      await client
        .db('spread')
        .collection<Document>('accounts')
        .updateOne({ x }, { $inc: { sum: x } }, { session });
    }
  };
  const sums = async (): Promise<unknown[]> =>
    (await client.db('spread').collection('accounts').find().sort({ x: 1 }).toArray()).map(
      ({ sum }) => sum as unknown,
    );
  const hang = (on: boolean): Promise<Document> =>
    admin({ configureFailPoint: 'hangBeforeWritingDecision', mode: on ? 'alwaysOn' : 'off' });

  beforeAll(async () => {
    await shardedByX('accounts');
    await client
      .db('spread')
      .collection<Document>('accounts')
      .insertMany([
        { x: -1, sum: 0 },
        { x: 1, sum: 0 },
      ]);
  });

  it('takes effect on all shards at one moment', async () => {
    await client.withSession((session) => session.withTransaction(() => transfer(session, -1, 1)));
    expect(await sums()).toEqual([-1, 1]);
  });

  it('is held by nothing once all shards have prepared it, until the decision is written', async () => {
    await hang(true);
    const raw = await RawClient.connect(deployment.hosts[0]!);
    const other = await RawClient.connect(deployment.hosts[1]!);
    await using session = client.startSession();
    session.startTransaction();
    await transfer(session, -1, 1);
    const lsid = session.id;
    const txnNumber = Long.fromNumber(session.serverSession.txnNumber);
    const end = (name: string): Document => ({ [name]: 1, lsid, txnNumber, autocommit: false, $db: 'admin' });
    const recoveryToken = recoveryTokenOf(session);
    expect(recoveryToken).toEqual({ recoveryShardId: 'shard01' });
    // The client that asked for the commit goes away; who asks another router waits for the same decision.
    expect(await raw.command({ ...end('commitTransaction'), maxTimeMS: 20 })).toMatchObject({ code: 50 });
    const recovered = other.command({ ...end('commitTransaction'), recoveryToken });
    expect(
      await raw.command({ ...insert('accounts', [9]), lsid, txnNumber, autocommit: false, $db: 'spread' }),
    ).toMatchObject({ code: 267 });
    await deployment.control.killShard(0);
    await hang(false);
    expect(await rejection(client.db('spread').collection('accounts').findOne({ x: -1 }))).toMatchObject({
      code: 133,
    });
    await deployment.control.restartShard(0);
    expect(await recovered).toMatchObject({ ok: 1 });
    expect(await raw.command(end('abortTransaction'))).toMatchObject({ code: 256 });
    expect(await sums()).toEqual([-2, 2]);
    raw.close();
    other.close();
    await session.abortTransaction().catch(() => undefined);
  });

  it('is aborted everywhere when a shard that it has reached is gone before it is prepared', async () => {
    await using session = client.startSession();
    session.startTransaction();
    await transfer(session, -1, 1);
    await deployment.control.killShard(1);
    await deployment.control.restartShard(1);
    await expect(session.commitTransaction()).rejects.toMatchObject({
      code: 251,
      errorLabels: expect.arrayContaining(['TransientTransactionError']),
    });
    expect(await sums()).toEqual([-2, 2]);
  });

  it('names the shard that it has written on, for its recovery', async () => {
    await using session = client.startSession();
    session.startTransaction();
    await client.db('spread').collection('accounts').findOne({ x: -1 }, { session });
    const token = (): unknown => recoveryTokenOf(session);
    expect(token()).toEqual({});
    await transfer(session, 1);
    expect(token()).toEqual({ recoveryShardId: 'shard02' });
    await session.commitTransaction();
    expect(await sums()).toEqual([-2, 3]);
  });
});

it('a shard has three members for a write concern', async () => {
  const collection = client.db('spread').collection('concerns');
  await expect(collection.insertOne({}, { writeConcern: { w: 3 } })).resolves.toMatchObject({
    acknowledged: true,
  });
  await expect(collection.insertOne({}, { writeConcern: { w: 4 } })).rejects.toMatchObject({ code: 100 });
});

it('only routers have shards', async () => {
  await expect(startDeployment({ shards: 2 })).rejects.toThrow('Only routers have shards behind them');
  await expect(startDeployment({ topology: 'sharded', shards: 0 })).rejects.toThrow(RangeError);
  await expect(deployment.control.killShard(7)).rejects.toThrow('There is no shard 7');
});
