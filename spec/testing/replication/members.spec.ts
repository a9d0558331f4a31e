import { afterEach, describe, expect, it } from '@jest/globals';
import { Binary, Timestamp, type Document } from 'bson';
import type { MemberStateName } from '../../../lib/testing/replication/member-state.js';
import { eventually } from '../support/eventually.js';
import { startHarness, type Harness } from '../support/harness.js';
import { opMsg, opQuery, type RawClient } from '../support/raw-client.js';

let harness: Harness;
afterEach(() => harness.stop());

const start = async (states: readonly MemberStateName[], version?: string): Promise<RawClient[]> => {
  harness = await startHarness('replicaset', states, version);
  return Promise.all(states.map((_state, index) => harness.connect(index)));
};

const createUser = (user: string, extra: Document = {}): Document => ({
  createUser: user,
  pwd: 'x',
  roles: [],
  ...extra,
});

describe('a secondary', () => {
  it('refuses writes, and reads that did not ask for it', async () => {
    const [, secondary] = await start(['PRIMARY', 'SECONDARY']);
    expect(await secondary!.command(createUser('a'))).toMatchObject({
      code: 10107,
      codeName: 'NotWritablePrimary',
      errmsg: 'not primary',
      topologyVersion: { counter: expect.anything() },
    });
    expect(await secondary!.command({ find: 'c', $db: 'test' })).toMatchObject({
      code: 13435,
      codeName: 'NotPrimaryNoSecondaryOk',
      errmsg: 'not primary and secondaryOk=false',
    });
    expect(
      await secondary!.command({ find: 'c', $db: 'test', $readPreference: { mode: 'primary' } }),
    ).toMatchObject({ code: 13435 });
    expect(
      await secondary!.command({ find: 'c', $db: 'test', $readPreference: { mode: 'secondary' } }),
    ).toMatchObject({ ok: 1 });
  });

  it('words that as servers before 4.4 did', async () => {
    const [, secondary] = await start(['PRIMARY', 'SECONDARY'], '4.2');
    expect(await secondary!.command(createUser('a'))).toMatchObject({
      code: 10107,
      codeName: 'NotMaster',
      errmsg: 'not master',
    });
    expect(await secondary!.command({ find: 'c', $db: 'test' })).toMatchObject({
      codeName: 'NotMasterNoSlaveOk',
      errmsg: 'not master and slaveOk=false',
    });
    secondary!.send(opQuery(1, 'test.$cmd', { find: 'c' }, 4));
    expect((await secondary!.receive())?.body).toMatchObject({ ok: 1 });
  });
});

it('a member that is neither primary nor secondary refuses reads', async () => {
  const [, recovering] = await start(['PRIMARY', 'RECOVERING']);
  expect(
    await recovering!.command({ find: 'c', $db: 'test', $readPreference: { mode: 'nearest' } }),
  ).toMatchObject({
    code: 13436,
    codeName: 'NotPrimaryOrSecondary',
  });
  expect(await recovering!.command({ hello: 1 })).toMatchObject({
    isWritablePrimary: false,
    secondary: false,
    setName: 'rs',
  });
});

describe('a waiting hello', () => {
  it('is answered as soon as the member changes', async () => {
    const [client] = await start(['PRIMARY', 'SECONDARY']);
    const { topologyVersion } = await client!.command({ hello: 1 });
    client!.send(
      opMsg(1, { hello: 1, topologyVersion, maxAwaitTimeMS: 60_000, $db: 'admin' }, { flags: 1 << 16 }),
    );
    await eventually(() => harness.cluster.running.size > 0);
    harness.cluster.members[0]!.enter('SECONDARY');
    const first = await client!.receive();
    expect(first?.body).toMatchObject({ isWritablePrimary: false, secondary: true });
    expect(first?.body['topologyVersion']['counter']).toBe(
      (topologyVersion as { counter: number }).counter + 1,
    );
    await eventually(() => harness.cluster.running.size > 0);
    harness.cluster.members[0]!.enter('PRIMARY');
    expect(await client!.receive()).toMatchObject({
      responseTo: first?.requestId,
      body: { isWritablePrimary: true },
    });
  });

  it('does not wait for what the client has not seen yet', async () => {
    const [client, other] = await start(['PRIMARY', 'SECONDARY']);
    const { topologyVersion } = await client!.command({ hello: 1 });
    harness.cluster.members[0]!.topologyChanged();
    const late = await client!.command({ hello: 1, topologyVersion, maxAwaitTimeMS: 60_000 });
    expect(late).toMatchObject({ ok: 1 });
    // A process that was started anew.
    expect(await other!.command({ hello: 1, topologyVersion, maxAwaitTimeMS: 60_000 })).toMatchObject({
      ok: 1,
    });
  });
});

describe('a write concern', () => {
  it.each<[string, Document, number, string]>([
    ['more members than there are', { w: 4 }, 100, 'UnsatisfiableWriteConcern'],
    ['a mode that nobody configured', { w: 'everywhere' }, 79, 'UnknownReplWriteConcern'],
    ['a member that is down, for a while', { w: 3, wtimeout: 30 }, 64, 'WriteConcernFailed'],
  ])('of %s is answered beside the success of the write', async (_what, writeConcern, code, codeName) => {
    const [primary] = await start(['PRIMARY', 'SECONDARY', 'DOWN', 'ARBITER']);
    const reply = await primary!.command(createUser('a', { writeConcern }));
    expect(reply).toMatchObject({ ok: 1, writeConcernError: { code, codeName, errInfo: { writeConcern } } });
    expect((await primary!.command({ usersInfo: 'a' }))['users']).toHaveLength(1);
  });

  it('waits until enough members are there', async () => {
    const [primary] = await start(['PRIMARY', 'SECONDARY', 'DOWN']);
    const pending = primary!.command(createUser('a', { writeConcern: { w: 3 } }));
    await eventually(() => harness.cluster.running.size > 0);
    harness.cluster.members[2]!.enter('SECONDARY');
    expect(await pending).toEqual(expect.not.objectContaining({ writeConcernError: expect.anything() }));
  });

  it('of a majority is met by a majority', async () => {
    const [primary] = await start(['PRIMARY', 'SECONDARY', 'DOWN']);
    expect(await primary!.command(createUser('a', { writeConcern: { w: 'majority' } }))).not.toHaveProperty(
      'writeConcernError',
    );
  });

  it('for others makes no sense on a standalone', async () => {
    harness = await startHarness('standalone', ['PRIMARY']);
    const client = await harness.connect();
    expect(await client.command(createUser('a', { writeConcern: { w: 2 } }))).toMatchObject({
      ok: 0,
      code: 2,
    });
    expect(await client.command(createUser('a', { writeConcern: { w: 'majority' } }))).toMatchObject({
      ok: 1,
    });
  });

  it.each<[Document, number]>([
    [{ w: -1 }, 9],
    [{ w: 51 }, 9],
    [{ w: true }, 9],
    [{ colour: 1 }, 40415],
  ])('%j is refused', async (writeConcern, code) => {
    const [primary] = await start(['PRIMARY']);
    expect(await primary!.command(createUser('a', { writeConcern }))).toMatchObject({ ok: 0, code });
  });
});

describe('cluster time', () => {
  const lsid = { id: new Binary(Buffer.alloc(16, 1), Binary.SUBTYPE_UUID) };

  it('comes with every reply of a set, and moves with each write', async () => {
    const [primary] = await start(['PRIMARY']);
    const before = await primary!.command({ ping: 1, lsid });
    await primary!.command({ insert: 'c', documents: [{}], $db: 'test', lsid });
    const after = await primary!.command({ ping: 1, lsid });
    const time = (reply: Document): Timestamp => reply['operationTime'] as Timestamp;
    expect(time(after).greaterThan(time(before))).toBe(true);
    expect(after['$clusterTime']).toMatchObject({ signature: { hash: expect.anything() } });
    expect((after['$clusterTime'] as Document)['clusterTime'].greaterThanOrEqual(time(after))).toBe(true);
    expect(await primary!.command({ nonsense: 1 })).toMatchObject({
      ok: 0,
      operationTime: expect.anything(),
    });
  });

  it('does not come from a standalone', async () => {
    harness = await startHarness('standalone', ['PRIMARY']);
    const client = await harness.connect();
    expect(await client.command({ ping: 1 })).toEqual({ ok: 1 });
  });

  it('of the future cannot be waited for', async () => {
    const [primary] = await start(['PRIMARY']);
    const afterClusterTime = new Timestamp({ t: 0xfffffff0, i: 1 });
    expect(
      await primary!.command({ find: 'c', $db: 'test', lsid, readConcern: { afterClusterTime } }),
    ).toMatchObject({ code: 72 });
  });
});

it('fsync with lock holds writes back until fsyncUnlock', async () => {
  const [primary] = await start(['PRIMARY']);
  const other = await harness.connect();
  expect(await primary!.command({ fsync: 1, lock: true })).toMatchObject({ lockCount: 1 });
  const write = other.command({ insert: 'c', documents: [{ _id: 1 }], $db: 'test' });
  await eventually(() => harness.cluster.running.size > 0);
  expect(await primary!.command({ count: 'c', $db: 'test' })).toMatchObject({ n: 0 });
  expect(await primary!.command({ fsyncUnlock: 1 })).toMatchObject({ lockCount: 0 });
  expect(await write).toMatchObject({ n: 1 });
});
