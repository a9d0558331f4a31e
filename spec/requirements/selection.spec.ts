import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import {
  AutoReconnect,
  ConfigurationError,
  NotPrimaryError,
  parseConnectionString,
  ReadPreference,
  ServerSelectionTimeoutError,
  type AsyncMongoClientOptions,
} from '../../lib/index.js';
import { scriptedReplicaSet, type ScriptedReplicaSet } from '../support/scripted-replica-set.js';
import { cursorReply, memberHello, mongosHello } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  rejectionOf,
  serverAndClient,
  startServer,
} from '../client/client-fixture.js';
import { arrival } from './requirements-fixture.js';

afterEach(closeAll);

const EMPTY = cursorReply('d.c', []);

const setOf = async (size = 3): Promise<ScriptedReplicaSet> => {
  const set = closeLater(await scriptedReplicaSet(size));
  for (const server of set.servers) server.on('find', EMPTY);
  return set;
};

const connected = async (set: ScriptedReplicaSet, options: AsyncMongoClientOptions = {}) => {
  const client = clientOf(set, options);
  await client.connect();
  await arrival(() => client.nodes.size === set.servers.length);
  return client;
};

const findsOf = (set: ScriptedReplicaSet): number[] =>
  set.servers.map((server) => server.received('find').length);

describe('read preferences', () => {
  it('[SEL-1] a secondary find reaches secondaries only, the default the primary only', async () => {
    const set = await setOf();
    const client = await connected(set);
    const collection = client.db('d').collection('c');
    for (let count = 0; count < 5; count++) await collection.findOne();
    expect(findsOf(set)).toEqual([5, 0, 0]);
    const secondaries = collection.withOptions({ readPreference: 'secondary' });
    for (let count = 0; count < 20; count++) await secondaries.findOne();
    const [primary = 0, ...others] = findsOf(set);
    expect(primary).toBe(5);
    expect(others.reduce((sum, count) => sum + count, 0)).toBe(20);
  });

  it('[SEL-1] other names are refused', () => {
    expect(() => clientOf('mongodb://h', { readPreference: 'second' as any })).toThrow(ConfigurationError);
    for (const mode of [
      'primary',
      'primaryPreferred',
      'secondary',
      'secondaryPreferred',
      'nearest',
    ] as const) {
      expect(clientOf('mongodb://h', { connect: false, readPreference: mode }).readPreference.mode).toBe(
        mode,
      );
    }
  });

  it('[SEL-2] ready-made objects stand wherever a mode name can', async () => {
    const set = await setOf();
    const client = await connected(set);
    const { SECONDARY } = ReadPreference;
    const database = client.getDatabase('test', { readPreference: SECONDARY });
    expect(inspect(database.readPreference)).toBe('Secondary(tagSets=null)');
    expect(inspect((client as any).test.readPreference)).toBe('Primary()');
    await database.collection('c').findOne();
    await client.db('d').collection('c', { readPreference: ReadPreference.SECONDARY }).findOne();
    expect(findsOf(set)[0]).toBe(0);
    expect(clientOf('mongodb://h', { connect: false, readPreference: SECONDARY }).readPreference.mode).toBe(
      'secondary',
    );
  });

  it('[SEL-3] tag sets are tried in order and choose the member that has the tags', async () => {
    expect(
      parseConnectionString(
        'mongodb://h/?readPreference=secondary&readPreferenceTags=dc:ny,rack:1&readPreferenceTags=',
      ).options,
    ).toMatchObject({ readPreferenceTags: [{ dc: 'ny', rack: '1' }, {}] });
    expect(parseConnectionString('mongodb://h/?readPreferenceTags=dc').warnings).toHaveLength(1);
    expect(() => clientOf('mongodb://h', { readPreference: 'nearest', readPreferenceTags: 'dc' })).toThrow(
      ConfigurationError,
    );
    const set = await setOf();
    const tags = [{ dc: 'ny' }, { dc: 'ny', rack: '1' }, { dc: 'la', rack: '1' }];
    set.servers.forEach((server, index) => {
      server.setHello(() => ({
        ...memberHello({ hosts: set.hosts, me: server.address, primary: set.hosts[0] }),
        tags: tags[index],
      }));
    });
    const client = await connected(set, {
      readPreference: 'secondary',
      readPreferenceTags: ['dc:paris', 'dc:la,rack:1', ''],
    });
    for (let count = 0; count < 5; count++) await client.db('d').collection('c').findOne();
    expect(findsOf(set)).toEqual([0, 0, 5]);
  });

  it.each([30, 0, -2, 90.5])('[SEL-4] maxStalenessSeconds %p is refused', (maxStalenessSeconds) => {
    expect(() => clientOf('mongodb://h', { readPreference: 'nearest', maxStalenessSeconds })).toThrow();
  });

  it('[SEL-4] a secondary that lags by more is never selected', async () => {
    const set = await setOf();
    const now = Date.now();
    const lags = [0, 200_000, 10_000];
    set.servers.forEach((server, index) => {
      server.setHello(() => ({
        ...memberHello({ hosts: set.hosts, me: server.address, primary: set.hosts[0] }),
        lastWrite: { lastWriteDate: new Date(now - (lags[index] ?? 0)) },
      }));
    });
    const client = await connected(set, { readPreference: 'secondary', maxStalenessSeconds: 90 });
    expect(clientOf('mongodb://h', { connect: false }).readPreference.maxStalenessSeconds).toBe(-1);
    for (let count = 0; count < 20; count++) await client.db('d').collection('c').findOne();
    expect(findsOf(set)).toEqual([0, 0, 20]);
  });

  it('[SEL-5] tags and staleness do not go with primary', () => {
    for (const options of [
      { readPreference: 'primary', maxStalenessSeconds: 120 },
      { readPreference: 'primary', readPreferenceTags: 'dc:ny' },
      { maxStalenessSeconds: 120 },
    ] as const) {
      expect(() => clientOf('mongodb://h', options)).toThrow(ConfigurationError);
    }
  });

  it('[SEL-9] a direct connection to a secondary serves reads, and refuses writes with NotPrimaryError', async () => {
    const set = await setOf();
    const secondary = set.servers[1];
    secondary?.on('insert', { ok: 0, code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'not primary' });
    const client = clientOf(`mongodb://${secondary?.address ?? ''}/?directConnection=true`, {
      retryWrites: false,
    });
    const collection = client.db('d').collection('c');
    expect(await collection.findOne()).toBeNull();
    expect(await collection.find().toArray()).toEqual([]);
    for (const { command } of secondary?.received('find') ?? []) {
      expect(command['$readPreference']).toEqual({ mode: 'primaryPreferred' });
    }
    const error = await rejectionOf(collection.insertOne({ x: 1 }));
    expect(error).toBeInstanceOf(NotPrimaryError);
    expect(error).toBeInstanceOf(AutoReconnect);
    expect(error).toMatchObject({ code: 10_107 });
    expect(set.servers[0]?.received('insert')).toHaveLength(0);
  });

  it('[SEL-10] a router gets the read preference with its tags, a standalone never', async () => {
    const router = await startServer({ hello: mongosHello(), script: { find: EMPTY } });
    const options = { readPreference: 'secondary', readPreferenceTags: [{ dc: 'ny' }, {}] } as const;
    await clientOf(router, options).db('d').collection('c').findOne();
    expect(router.received('find')[0]?.command['$readPreference']).toEqual({
      mode: 'secondary',
      tags: [{ dc: 'ny' }, {}],
    });
    const primaryOnly = clientOf(router);
    await primaryOnly.db('d').collection('c').findOne();
    expect(router.received('find')[1]?.command).not.toHaveProperty('$readPreference');
    const { server, client } = await serverAndClient({ script: { find: EMPTY } }, options);
    await client.db('d').collection('c').findOne();
    expect(server.received('find')[0]?.command).not.toHaveProperty('$readPreference');
    const set = await setOf();
    const whole = await connected(set, { readPreference: 'secondaryPreferred' });
    await whole.db('d').collection('c').findOne();
    const sent = set.servers.flatMap((member) => member.received('find'));
    expect(sent[0]?.command['$readPreference']).toEqual({ mode: 'secondaryPreferred' });
  });

  it('[METH-12] an overriding handle reads from secondaries while others read from the primary', async () => {
    const set = await setOf();
    const client = await connected(set);
    await client.getDatabase('d', { readPreference: ReadPreference.SECONDARY }).collection('c').findOne();
    expect(findsOf(set)[0]).toBe(0);
    await (client as any).test.collection('c').findOne();
    expect(findsOf(set)[0]).toBe(1);
  });

  it('[PROP-10] nodes shrinks when a member goes away', async () => {
    const set = await setOf();
    const client = await connected(set, { heartbeatFrequencyMS: 500 });
    const before = client.nodes;
    expect(before.size).toBe(3);
    await set.servers[2]?.close();
    await arrival(() => client.nodes.size === 2);
    expect(client.nodes.has(set.hosts[2] ?? '')).toBe(false);
    expect(before.size).toBe(3);
  });

  it('says which servers there are when none is suitable', async () => {
    const set = await setOf(2);
    const client = await connected(set, { serverSelectionTimeoutMS: 100, heartbeatFrequencyMS: 500 });
    set.setPrimary(undefined);
    for (const server of set.servers) server.dropConnections();
    await arrival(() => client.topologyDescription.topologyTypeName === 'ReplicaSetNoPrimary');
    const error = await rejectionOf(client.db('d').collection('c').insertOne({ x: 1 }));
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    for (const host of set.hosts) expect(String(error)).toContain(host);
  });
});
