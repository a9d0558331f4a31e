import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Binary, type Document } from 'bson';
import { eventually } from '../support/eventually.js';
import { startHarness, type Harness } from '../support/harness.js';
import type { RawClient } from '../support/raw-client.js';

const lsid = (byte: number): Document => ({ id: new Binary(Buffer.alloc(16, byte), Binary.SUBTYPE_UUID) });

describe('the session commands', () => {
  let harness: Harness;
  let client: RawClient;
  beforeEach(async () => {
    harness = await startHarness('replicaset', ['PRIMARY']);
    client = await harness.connect();
    await client.command({ insert: 'c', documents: [{}, {}, {}], $db: 'test' });
  });
  afterEach(() => harness.stop());

  const openCursor = async (byte: number): Promise<Document> =>
    (await client.command({ find: 'c', batchSize: 1, $db: 'test', lsid: lsid(byte) }))['cursor'] as Document;

  it('start a session with an id of its own', async () => {
    const { id, timeoutMinutes } = await client.command({ startSession: 1 });
    expect(timeoutMinutes).toBe(30);
    expect((id as { id: Binary }).id.toUUID().toString()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/,
    );
    expect(harness.cluster.members[0]!.data.sessions.size).toBe(1);
  });

  it('record the sessions that commands name, and forget those that end', async () => {
    await client.command({ ping: 1, lsid: lsid(1) });
    await client.command({ refreshSessions: [lsid(1), lsid(2)] });
    expect(harness.cluster.members[0]!.data.sessions.size).toBe(2);
    await client.command({ endSessions: [lsid(1)] });
    expect(harness.cluster.members[0]!.data.sessions.size).toBe(1);
  });

  it('kill the cursors of the sessions they kill', async () => {
    const first = await openCursor(1);
    const second = await openCursor(2);
    await client.command({ killSessions: [lsid(1)] });
    const getMore = (cursor: Document, byte: number): Promise<Document> =>
      client.command({ getMore: cursor['id'], collection: 'c', $db: 'test', lsid: lsid(byte) });
    expect(await getMore(first, 1)).toMatchObject({ ok: 0, code: 43 });
    expect(await getMore(second, 2)).toMatchObject({ ok: 1 });
  });

  it('interrupt what runs in a session', async () => {
    const other = await harness.connect();
    await client.command({ create: 'tail', capped: true, size: 1000, $db: 'test' });
    await client.command({ insert: 'tail', documents: [{}], $db: 'test' });
    const session = { lsid: lsid(3), $db: 'test' };
    const { cursor } = await other.command({ find: 'tail', tailable: true, awaitData: true, ...session });
    const waiting = other.command({
      getMore: cursor['id'],
      collection: 'tail',
      maxTimeMS: 60_000,
      ...session,
    });
    await eventually(() => harness.cluster.running.size > 0);
    await client.command({ killAllSessions: [] });
    expect(await waiting).toMatchObject({ ok: 0 });
    expect(harness.cluster.members[0]!.data.sessions.size).toBe(0);
  });

  it('refuse what is no list of sessions', async () => {
    expect(await client.command({ endSessions: 1 })).toMatchObject({ ok: 0, code: 14 });
    expect(await client.command({ endSessions: [5] })).toMatchObject({ ok: 0, code: 14 });
  });
});
