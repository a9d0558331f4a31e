import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { deserialize, Long, ObjectId } from 'bson';
import { ConnectionFailure, ServerSelectionTimeoutError } from '../../lib/index.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import type { ScriptedRequest } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  rejectionOf,
  serverAndClient,
  startServer,
} from './client-fixture.js';

afterEach(closeAll);

const isHello = ({ commandName }: ScriptedRequest): boolean => /hello|ismaster/i.test(commandName);
const isAwaited = ({ command }: ScriptedRequest): boolean => command['topologyVersion'] !== undefined;

/** Fields of hello by which a server says that it can tell of its next state. */
const topologyVersion = { processId: new ObjectId(), counter: Long.fromNumber(1) };

describe('following a deployment', () => {
  it('[TOPO-1] writes go to the new primary after an election, with the same client', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    for (const server of set.servers) server.on('insert', { n: 1 });
    const client = clientOf(set, { heartbeatFrequencyMS: 500 });
    const collection = client.db('t').collection('c');
    await collection.insertOne({ x: 1 });
    const errorLabels = ['RetryableWriteError'];
    set.servers[0]!.on('insert', { ok: 0, code: 10107, errmsg: 'not primary', errorLabels });
    set.setPrimary(1);
    await collection.insertOne({ x: 2 });
    expect(set.servers[1]!.received('insert')).toHaveLength(1);
    expect(await client.primary).toEqual(['127.0.0.1', set.servers[1]!.port]);
  });

  it('[TOPO-2] finds all members from one, and refuses a server of another set by name', async () => {
    const set = closeLater(await scriptedReplicaSet(3));
    const [host] = set.hosts;
    const client = clientOf(`mongodb://${host!}/`, { replicaSet: 'rs' });
    await client.connect();
    expect([...client.topologyDescription.servers.keys()]).toEqual(set.hosts);
    const other = clientOf(`mongodb://${host!}/`, { replicaSet: 'other', serverSelectionTimeoutMS: 100 });
    const error = (await rejectionOf(other.connect())) as Error;
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    expect(error.message).toContain('belongs to the replica set "rs", not to "other"');
  });

  it('[TOPO-3] uses none of several standalones', async () => {
    const servers = [await startServer(), await startServer()];
    const uri = `mongodb://${servers.map(({ address }) => address).join(',')}/`;
    const client = clientOf(uri, { serverSelectionTimeoutMS: 300 });
    const error = await rejectionOf(client.db('t').command('ping'));
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    expect(servers.flatMap(({ received }) => received('ping'))).toEqual([]);
  });

  it('[TOPO-6] fails the operation that met the network error, and serves the next', async () => {
    const { server, client } = await serverAndClient({}, { retryReads: false, retryWrites: false });
    server.once('ping', 'reset');
    expect(await rejectionOf(client.db('t').command('ping'))).toBeInstanceOf(ConnectionFailure);
    expect(await client.db('t').command('ping')).toEqual({ ok: 1 });
  });
});

describe('the view of the deployment', () => {
  it('[TOPO-8] is frozen; a later view is another object', async () => {
    const set = closeLater(await scriptedReplicaSet(2));
    const client = clientOf(set, { heartbeatFrequencyMS: 500 });
    await client.connect();
    const before = client.topologyDescription;
    const [first, second] = set.hosts as [string, string];
    expect(() => Object.assign(before, { topologyType: 'Single' })).toThrow(TypeError);
    expect(() => Object.assign(before.servers.get(first)!, { tags: {} })).toThrow(TypeError);
    const moved = new Promise<void>((resolve) => {
      client.on('topologyDescriptionChanged', ({ newDescription }) => {
        if (newDescription.servers.get(second)?.serverType === 'RSPrimary') resolve();
      });
    });
    set.setPrimary(1);
    await moved;
    expect(before.servers.get(first)?.serverType).toBe('RSPrimary');
    expect(client.topologyDescription.servers.get(second)?.serverType).toBe('RSPrimary');
    expect(client.topologyDescription).not.toBe(before);
  });

  it('[TOPO-9] names the type of the deployment, and of each server its type and round-trip time', async () => {
    const set = closeLater(await scriptedReplicaSet(2));
    const client = clientOf(set);
    await client.connect();
    for (const mode of ['primary', 'secondary'] as const) {
      await client
        .db('t', { readPreference: mode })
        .collection('c')
        .findOne()
        .catch(() => undefined);
    }
    const { id, topologyTypeName, servers } = client.topologyDescription;
    expect(id.toHexString()).toHaveLength(24);
    expect(topologyTypeName).toBe('ReplicaSetWithPrimary');
    expect([...servers.values()].map(({ address, serverType }) => [address, serverType])).toEqual([
      [set.hosts[0], 'RSPrimary'],
      [set.hosts[1], 'RSSecondary'],
    ]);
    for (const { roundTripTime } of servers.values()) expect(roundTripTime).toEqual(expect.any(Number));
  });

  it('[TOPO-10] is Unknown with the configured hosts before anything is connected', async () => {
    const server = await startServer();
    const client = clientOf(server, { connect: false });
    expect(client.topologyDescription.topologyTypeName).toBe('Unknown');
    expect([...client.topologyDescription.servers.keys()]).toEqual([server.address]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections).toHaveLength(0);
  });
});

describe('monitoring of a server that can tell of its next state', () => {
  it('[TOPO-4] [TOPO-5] poll never asks for it, and asks every heartbeatFrequencyMS', async () => {
    const { server, client } = await serverAndClient(
      { hello: { topologyVersion } },
      { serverMonitoringMode: 'poll', heartbeatFrequencyMS: 500 },
    );
    await client.connect();
    await server.waitFor(isHello, 4);
    const { at: third } = server.requests.filter(isHello)[2]!;
    const { at: fourth } = server.requests.filter(isHello)[3]!;
    expect(fourth - third).toBeGreaterThan(450);
    expect(server.requests.filter(isAwaited)).toEqual([]);
    expect(server.requests.filter(({ command }) => 'maxAwaitTimeMS' in command)).toEqual([]);
  });

  it('[TOPO-5] stream asks for it with the exhaust flag; another mode is refused', async () => {
    const { server, client } = await serverAndClient(
      { hello: { topologyVersion } },
      { serverMonitoringMode: 'stream', heartbeatFrequencyMS: 5_000 },
    );
    server.on('hello', (request) => (isAwaited(request) ? 'silence' : undefined));
    await client.connect();
    const awaited = await server.waitFor(isAwaited);
    expect(awaited.exhaustAllowed).toBe(true);
    expect(awaited.command).toMatchObject({ hello: 1, helloOk: true });
    // The counter is a 64-bit integer to the server, whatever its value.
    const document = awaited.bytes.subarray(21, 21 + awaited.bytes.readInt32LE(21));
    const { topologyVersion: sent } = deserialize(document, { promoteLongs: false });
    expect(sent).toEqual(topologyVersion);
    expect(Number(awaited.command['maxAwaitTimeMS'])).toBe(5_000);
    expect(() => clientOf(server, { serverMonitoringMode: 'push' as 'poll' })).toThrow(
      /serverMonitoringMode/,
    );
  });

  it('[PROC-10] lets a process end while it listens', async () => {
    const server = await startServer({ hello: { topologyVersion } });
    server.on('hello', (request) => (isAwaited(request) ? 'silence' : undefined));
    const script = path.join(import.meta.dirname, 'fixtures', 'forgets-close.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, server.uri], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(server.requests.filter(isAwaited).length).toBeGreaterThan(0);
  }, 30_000);
});
