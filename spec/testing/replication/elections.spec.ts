import { afterEach, describe, expect, it } from '@jest/globals';
import type { Document, ObjectId } from 'bson';
import { eventually } from '../support/eventually.js';
import { insert, startSet, type TestSet } from '../support/replica-set.js';
import { opMsg, type RawClient } from '../support/raw-client.js';

let set: TestSet;
afterEach(() => set.stop());

const w1 = { writeConcern: { w: 1 } };
const majority = { writeConcern: { w: 'majority' } };

const hello = (member: number): Promise<Document> => set.command(member, { hello: 1 });

describe('replSetStepDown', () => {
  it('hands over to a member that has everything, at once, and keeps connections and cursors', async () => {
    set = await startSet({ electionTimeoutMS: 60_000 });
    const client = await set.connect(0);
    await client.command(insert('c', [1, 2, 3], majority));
    const { cursor } = (await client.command({ find: 'c', batchSize: 1, $db: 'test' })) as Document;
    const before = await client.command({ hello: 1 });
    expect(await client.command({ replSetStepDown: 60, secondaryCatchUpPeriodSecs: 5 })).toMatchObject({
      ok: 1,
    });
    expect(await client.command(insert('c', [4]))).toMatchObject({ ok: 0, code: 10107 });
    const primary = await set.control.awaitPrimary();
    expect(primary).not.toBe(0);
    const after = await hello(primary);
    expect(String(after['electionId']) > String(before['electionId'] as ObjectId)).toBe(true);
    expect(after['setVersion']).toBe(before['setVersion']);
    expect(await set.command(primary, insert('c', [4], majority))).toMatchObject({ n: 1 });
    const more = { getMore: (cursor as Document)['id'], collection: 'c', $db: 'test' };
    expect(await client.command(more)).toMatchObject({
      cursor: { nextBatch: [{ _id: 2 }, { _id: 3 }, { _id: 4 }] },
    });
  });

  it('fails where nobody can take over, unless forced', async () => {
    set = await startSet();
    await set.control.lag(1, 'paused');
    await set.control.lag(2, 'paused');
    await set.command(0, insert('c', [1], w1));
    const command = { replSetStepDown: 1, secondaryCatchUpPeriodSecs: 0 };
    expect(await set.command(0, command)).toMatchObject({ ok: 0, code: 262, codeName: 'ExceededTimeLimit' });
    expect(await hello(0)).toMatchObject({ isWritablePrimary: true });
    expect(await set.command(0, { ...command, force: true })).toMatchObject({ ok: 1 });
    expect(await hello(0)).toMatchObject({ isWritablePrimary: false, secondary: true });
  });

  it('is for primaries, and knows its periods', async () => {
    set = await startSet();
    expect(await set.command(1, { replSetStepDown: 1 })).toMatchObject({ code: 10107 });
    expect(await set.command(0, { replSetStepDown: 1, secondaryCatchUpPeriodSecs: 2 })).toMatchObject({
      code: 2,
    });
  });

  it('ends who waits for a write concern with PrimarySteppedDown', async () => {
    set = await startSet();
    await set.control.lag(1, 'paused');
    await set.control.lag(2, 'paused');
    const client = await set.connect(0);
    const pending = client.command(insert('c', [1], majority));
    await eventually(async () => (await set.ids(0, 'c')).length === 1);
    await set.control.stepDown({ force: true });
    expect(await pending).toMatchObject({ n: 1, writeConcernError: { code: 189 } });
  });
});

describe('a waiting hello', () => {
  it('is answered at once on each change of the set', async () => {
    set = await startSet({ electionTimeoutMS: 60_000 });
    const watch = async (member: number): Promise<RawClient> => {
      const client = await set.connect(member);
      const { topologyVersion } = await client.command({ hello: 1 });
      client.send(
        opMsg(1, { hello: 1, topologyVersion, maxAwaitTimeMS: 60_000, $db: 'admin' }, { flags: 1 << 16 }),
      );
      return client;
    };
    const watchers = [await watch(0), await watch(1), await watch(2)];
    await set.control.stepUp(1);
    const [host] = [set.deployment.hosts[1]];
    for (const [index, client] of watchers.entries()) {
      let body: Document = {};
      while (body['primary'] !== host) body = (await client.receive())!.body;
      expect(body['isWritablePrimary']).toBe(index === 1);
    }
  });
});

describe('a primary that dies', () => {
  it('is replaced by a member that has what a majority had, and comes back as a secondary', async () => {
    set = await startSet();
    await set.control.lag(2, 'paused');
    await set.command(0, insert('c', [1], majority));
    await set.control.kill(0);
    await expect(set.connect(0)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await set.control.awaitPrimary()).toBe(1);
    await set.control.lag(2, 0);
    await set.command(1, insert('c', [2], majority));
    await set.control.restart(0);
    await set.until(0, 'SECONDARY');
    await eventually(async () => (await set.ids(0, 'c')).length === 2);
    expect(await set.control.rolledBack(0)).toEqual([]);
  });

  it('takes what nobody else had, until it comes back and undoes it', async () => {
    set = await startSet();
    await set.command(0, insert('c', [1, 2], majority));
    await set.control.partition([[0]]);
    await set.command(0, insert('c', [3], w1));
    await set.command(0, { delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }], $db: 'test', ...w1 });
    await set.command(0, { drop: 'c', $db: 'test', ...w1 });
    const client = await set.connect(0);
    await set.control.awaitPrimary();
    await set.until(0, 'SECONDARY');
    const primary = await set.control.awaitPrimary();
    await set.command(primary, insert('c', [4], majority));
    await set.control.heal();
    expect(await client.receive()).toBeUndefined();
    await eventually(async () => (await set.ids(0, 'c').catch(() => [])).length === 3);
    expect(await set.ids(0, 'c')).toEqual([1, 2, 4]);
    expect(await set.control.rolledBack(0)).toMatchObject([
      { namespace: 'test.c', operation: 'insert', document: { _id: 3 } },
      { namespace: 'test.c', operation: 'delete', document: { _id: 1 } },
      { namespace: 'test.$cmd', operation: 'command', document: { drop: 'c' } },
    ]);
    await set.command(primary, insert('c', [5], { writeConcern: { w: 3 } }));
    expect(await set.ids(0, 'c')).toEqual([1, 2, 4, 5]);
  });

  it('and freezes only is stale when it thaws', async () => {
    set = await startSet();
    const client = await set.connect(0);
    await client.command({ ping: 1 });
    await set.control.freeze(0);
    client.send(opMsg(7, { ping: 1, $db: 'admin' }));
    const primary = await set.control.awaitPrimary();
    expect(primary).not.toBe(0);
    expect(client.unread).toBe(0);
    await set.control.thaw(0);
    expect((await client.receive())?.body).toMatchObject({ ok: 1 });
    expect(await hello(0)).toMatchObject({ secondary: true, primary: set.deployment.hosts[primary] });
  });
});

describe('an election', () => {
  it('needs a majority', async () => {
    set = await startSet();
    await set.control.kill(1);
    await set.control.kill(2);
    await set.until(0, 'SECONDARY');
    await expect(set.control.awaitPrimary(100)).rejects.toThrow('no primary');
    expect(await hello(0)).not.toHaveProperty('primary');
    await set.control.restart(2);
    expect([0, 2]).toContain(await set.control.awaitPrimary());
  });

  it('counts the vote of an arbiter, which has no data', async () => {
    set = await startSet({ members: [{}, {}, { arbiter: true }] });
    await set.control.kill(0);
    expect(await set.control.awaitPrimary()).toBe(1);
    expect(await hello(2)).toMatchObject({ arbiterOnly: true, primary: set.deployment.hosts[1] });
    expect(
      await set.command(2, { find: 'c', $db: 'test', $readPreference: { mode: 'nearest' } }),
    ).toMatchObject({ ok: 0, code: 13436 });
  });

  it('is won by the member with the highest priority in the end', async () => {
    set = await startSet({ members: [{ priority: 2 }, {}, { priority: 0 }] });
    await set.control.kill(0);
    expect(await set.control.awaitPrimary()).toBe(1);
    await set.control.restart(0);
    await eventually(async () => (await set.control.primary()) === 0);
  });

  it('is none for a member that was told not to stand (replSetFreeze)', async () => {
    set = await startSet();
    expect(await set.command(0, { replSetFreeze: 60 })).toMatchObject({ ok: 0, code: 95 });
    expect(await set.command(1, { replSetFreeze: 60 })).toMatchObject({ ok: 1 });
    expect(await set.command(1, { replSetStepUp: 1 })).toMatchObject({ ok: 0, code: 125 });
    await set.control.kill(0);
    expect(await set.control.awaitPrimary()).toBe(2);
  });

  it('is not won by who lacks what a majority has', async () => {
    set = await startSet();
    await set.control.lag(2, 'paused');
    await set.command(0, insert('c', [1], majority));
    await expect(set.control.stepUp(2)).rejects.toThrow('Election failed');
    expect(await set.control.primary()).toBe(0);
  });
});

describe('replSetReconfig', () => {
  const config = async (): Promise<Document> =>
    (await set.command(0, { replSetGetConfig: 1 }))['config'] as Document;

  it('removes a member, and takes it in again', async () => {
    set = await startSet();
    const first = await config();
    const members = first['members'] as Document[];
    const without = { ...first, version: 2, members: members.slice(0, 2) };
    expect(await set.command(0, { replSetReconfig: without })).toMatchObject({ ok: 1 });
    expect(await hello(0)).toMatchObject({ setVersion: 2, hosts: set.deployment.hosts.slice(0, 2) });
    expect(await hello(2)).not.toHaveProperty('setName');
    await set.command(0, insert('c', [1], majority));
    await set.command(0, { replSetReconfig: { ...first, version: 3 } });
    await eventually(async () => (await set.ids(2, 'c')).length === 1);
    expect(await hello(2)).toMatchObject({ setName: 'rs0', setVersion: 3, secondary: true });
  });

  it('changes priorities, tags and modes', async () => {
    set = await startSet();
    const first = await config();
    const [a, b, c] = first['members'] as [Document, Document, Document];
    const next = {
      ...first,
      version: 2,
      members: [a, { ...b, priority: 5, tags: { dc: 'x' } }, { ...c, priority: 0, hidden: true }],
      settings: { ...(first['settings'] as Document), getLastErrorModes: { anywhere: { dc: 1 } } },
    };
    await set.command(0, { replSetReconfig: next });
    expect(await set.command(0, insert('c', [1], { writeConcern: { w: 'anywhere' } }))).not.toHaveProperty(
      'writeConcernError',
    );
    await eventually(async () => (await set.control.primary()) === 1);
    expect(await hello(1)).toMatchObject({ tags: { dc: 'x' }, hosts: set.deployment.hosts.slice(0, 2) });
  });

  it.each<[string, (first: Document) => Document, number]>([
    ['an older version', (first) => ({ ...first }), 103],
    ['another set', (first) => ({ ...first, _id: 'other', version: 2 }), 103],
    ['no members', (first) => ({ ...first, members: [], version: 2 }), 93],
    [
      'the same member twice',
      (first) => ({ ...first, version: 2, members: Array(2).fill(first['members'][0]) }),
      93,
    ],
    [
      'two votes less at once',
      (first) => ({ ...first, version: 2, members: first['members'].slice(0, 1) }),
      93,
    ],
    [
      'an unknown process',
      (first) => ({ ...first, version: 2, members: [...first['members'], { _id: 9, host: 'nowhere:1' }] }),
      93,
    ],
    ['without itself', (first) => ({ ...first, version: 2, members: first['members'].slice(1) }), 74],
  ])('refuses %s', async (_what, change, code) => {
    set = await startSet();
    expect(await set.command(0, { replSetReconfig: change(await config()) })).toMatchObject({ ok: 0, code });
  });

  it('is for primaries, unless forced', async () => {
    set = await startSet();
    const next = { ...(await config()), version: 2 };
    expect(await set.command(1, { replSetReconfig: next })).toMatchObject({ ok: 0, code: 10107 });
    expect(await set.command(1, { replSetReconfig: next, force: true })).toMatchObject({ ok: 1 });
    expect((await hello(0))['setVersion']).toBeGreaterThan(10_000);
  });
});

it('shutdown steps down first, tells commands that wait, and ends the process', async () => {
  set = await startSet();
  const client = await set.connect(0);
  const waiting = await set.connect(0);
  const data = { failCommands: ['ping'], blockConnection: true, blockTimeMS: 60_000 };
  await client.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
  waiting.send(opMsg(1, { ping: 1, $db: 'admin' }));
  await eventually(async () => {
    const { inprog } = (await client.command({ currentOp: 1 })) as { inprog: Document[] };
    return inprog.length === 2;
  });
  client.send(opMsg(2, { shutdown: 1, $db: 'admin' }));
  expect((await waiting.receive())?.body).toMatchObject({ ok: 0, code: 11600 });
  expect(await waiting.receive()).toBeUndefined();
  expect(await client.receive()).toBeUndefined();
  expect(await set.control.awaitPrimary()).not.toBe(0);
});
