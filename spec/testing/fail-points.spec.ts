import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient, type Document } from 'mongodb';
import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { RawClient } from './support/raw-client.js';

describe('fail points, through the official driver', () => {
  let deployment: Deployment;
  let client: MongoClient;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
    client = new MongoClient(deployment.uri, { appName: 'tested' });
    await client.connect();
  });
  afterEach(() => client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' }));
  afterAll(async () => {
    await client.close();
    await deployment.stop();
  });

  const fail = (data: Document, mode: unknown = { times: 1 }): Promise<Document> =>
    client
      .db('admin')
      .command({ configureFailPoint: 'failCommand', mode, data: { failCommands: ['ping'], ...data } });
  const ping = (): Promise<Document> => client.db('admin').command({ ping: 1 });

  it('answer with the code, its name and the labels that they were given', async () => {
    await fail({ errorCode: 112, errorLabels: ['One', 'Two'], errorExtraInfo: { hint: 'x' } });
    const error: unknown = await ping().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 112, codeName: 'WriteConflict', errorResponse: { hint: 'x' } });
    expect((error as { errorLabels: string[] }).errorLabels).toEqual(expect.arrayContaining(['One', 'Two']));
    await expect(ping()).resolves.toMatchObject({ ok: 1 });
  });

  it('close the connection', async () => {
    await fail({ closeConnection: true });
    await expect(ping()).rejects.toMatchObject({ name: 'MongoNetworkError' });
    await expect(ping()).resolves.toMatchObject({ ok: 1 });
  });

  it('block the command, then run it', async () => {
    await fail({ blockConnection: true, blockTimeMS: 120 });
    const start = performance.now();
    await expect(ping()).resolves.toMatchObject({ ok: 1 });
    expect(performance.now() - start).toBeGreaterThan(100);
  });

  it('concern one application, from its first hello on', async () => {
    await fail({ failCommands: ['hello', 'isMaster'], errorCode: 91, appName: 'unlucky' }, 'alwaysOn');
    const unlucky = new MongoClient(deployment.uri, { appName: 'unlucky', serverSelectionTimeoutMS: 300 });
    await expect(unlucky.connect()).rejects.toThrow();
    await unlucky.close();
    await expect(ping()).resolves.toMatchObject({ ok: 1 });
  });

  it('put a write concern error into a reply that succeeds', async () => {
    await fail({
      failCommands: ['createUser'],
      writeConcernError: { code: 64, errmsg: 'too late' },
      errorLabels: ['L'],
    });
    const reply = await client
      .db('admin')
      .command({ createUser: 'a', pwd: 'b', roles: [] }, {})
      .catch((thrown: { result?: Document }) => thrown.result);
    expect(reply).toMatchObject({
      ok: 1,
      writeConcernError: { code: 64, errmsg: 'too late' },
      errorLabels: ['L'],
    });
    expect((await client.db('admin').command({ usersInfo: 'a' }))['users']).toHaveLength(1);
  });

  it('carry the topologyVersion with the errors of a state change, and not with those of a shutdown', async () => {
    const raw = await RawClient.connect(deployment.hosts[0]!);
    await fail({ errorCode: 10107 });
    expect(await raw.command({ ping: 1 })).toMatchObject({
      code: 10107,
      topologyVersion: { counter: expect.anything() },
    });
    await fail({ errorCode: 91 });
    expect(await raw.command({ ping: 1 })).not.toHaveProperty('topologyVersion');
    raw.close();
  });

  it('say how often they have acted', async () => {
    await fail({ errorCode: 2 }, { times: 2 });
    await expect(ping()).rejects.toMatchObject({ code: 2 });
    const before = (await client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' }))[
      'count'
    ] as number;
    await fail({ errorCode: 2 }, { times: 1 });
    await expect(ping()).rejects.toMatchObject({ code: 2 });
    const { count } = await client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
    expect(count).toBe(before + 1);
  });

  it('fail a getMore that has found its cursor, and the cursor with it', async () => {
    const collection = client.db('test').collection('batches');
    await collection.insertMany([{}, {}, {}]);
    const cursor = collection.find({}, { batchSize: 1 });
    await cursor.next();
    const id = cursor.id;
    const mode = { times: 1 };
    await client
      .db('admin')
      .command({ configureFailPoint: 'failGetMoreAfterCursorCheckout', mode, data: { errorCode: 96 } });
    await expect(cursor.next()).rejects.toMatchObject({ code: 96, codeName: 'OperationFailed' });
    await expect(client.db('test').command({ getMore: id, collection: 'batches' })).rejects.toMatchObject({
      codeName: 'CursorNotFound',
    });
  });

  it('that do not exist are refused', async () => {
    await expect(
      client.db('admin').command({ configureFailPoint: 'nonsense', mode: 'alwaysOn' }),
    ).rejects.toMatchObject({ codeName: 'FailPointSetFailed' });
  });
});

describe('fail points of a set', () => {
  it('belong to one member', async () => {
    const deployment = await startDeployment({ topology: 'replicaset', members: 2 });
    const [first, second] = await Promise.all(deployment.hosts.map((host) => RawClient.connect(host)));
    await first!.command({
      configureFailPoint: 'failCommand',
      mode: 'alwaysOn',
      data: { failCommands: ['ping'], errorCode: 6 },
    });
    expect(await first!.command({ ping: 1 })).toMatchObject({ ok: 0, code: 6 });
    expect(await second!.command({ ping: 1 })).toMatchObject({ ok: 1 });
    first!.close();
    second!.close();
    await deployment.stop();
  });
});
