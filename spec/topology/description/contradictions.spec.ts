import { afterEach, describe, expect, it } from '@jest/globals';
import { ObjectId, type Document } from 'bson';
import { ServerSelectionTimeoutError, type AsyncMongoClient } from '../../../lib/index.js';
import { mongosHello, memberHello, standaloneHello } from '../../support/scripted-server.js';
import type { ScriptedServer } from '../../support/scripted-server.js';
import { clientOf, closeAll, rejectionOf, startServer } from '../../client/client-fixture.js';

afterEach(closeAll);

/** Two members of a set, the first its primary; each says what it is told to. */
const pair = async (): Promise<readonly [ScriptedServer, ScriptedServer, readonly string[]]> => {
  const servers = [await startServer(), await startServer()] as const;
  const hosts = servers.map(({ address }) => address);
  for (const server of servers) {
    server.setHello(() => memberHello({ hosts, me: server.address, primary: hosts[0] }));
  }
  return [...servers, hosts];
};

const follow = async (server: ScriptedServer): Promise<AsyncMongoClient> => {
  const client = clientOf(`mongodb://${server.address}/`, { heartbeatFrequencyMS: 500, retryReads: false });
  await client.connect();
  return client;
};

const changeOf = async (
  client: AsyncMongoClient,
  test: (description: AsyncMongoClient['topologyDescription']) => boolean,
): Promise<void> => {
  if (test(client.topologyDescription)) return;
  await new Promise<void>((resolve) => {
    client.on('topologyDescriptionChanged', ({ newDescription }) => {
      if (test(newDescription)) resolve();
    });
  });
};

describe('a deployment that makes no sense', () => {
  it.each<[string, Document]>([
    ['a set name that is a number', { setName: 7 }],
    ['hosts that are no list', { hosts: 'everywhere' }],
    ['no hosts at all', { hosts: undefined }],
    ['wire versions in words', { maxWireVersion: 'many' }],
    ['an election id of another type', { electionId: 'x' }],
    ['hosts that are no addresses', { hosts: ['', ':', 'a b:1', '[::', 'h:99999999'] }],
  ])('one member reports %s: the other serves reads', async (_what, wrong) => {
    const [first, second, hosts] = await pair();
    first.setHello(() => ({ ...memberHello({ hosts, me: first.address, primary: hosts[0] }), ...wrong }));
    const client = clientOf(`mongodb://${hosts.join(',')}/?replicaSet=rs`, { heartbeatFrequencyMS: 500 });
    const ping = { readPreference: 'secondaryPreferred' } as const;
    expect(await client.db('t').command('ping', ping)).toEqual({ ok: 1 });
    expect(second.received('ping').length + first.received('ping').length).toBe(1);
  });

  it('says which field of the reply was wrong', async () => {
    const [first, , hosts] = await pair();
    first.setHello(() => ({ ...memberHello({ hosts, me: first.address, primary: hosts[0] }), setName: 7 }));
    const client = clientOf(`mongodb://${hosts.join(',')}/?replicaSet=rs`, { serverSelectionTimeoutMS: 300 });
    const error = await rejectionOf(client.db('t').command('ping'));
    expect(error).toBeInstanceOf(ServerSelectionTimeoutError);
    expect(String(error)).toContain('setName is a number, expected a string');
    const described = client.topologyDescription.servers.get(first.address);
    expect(String(described?.error)).toContain('setName is a number');
  });

  it('two members that both claim to be primary: the later election wins, whoever reports last', async () => {
    const [first, second, hosts] = await pair();
    const older = new ObjectId('000000000000000000000001');
    const newer = new ObjectId('000000000000000000000002');
    first.setHello(() => memberHello({ hosts, me: hosts[0]!, primary: hosts[0], electionId: newer }));
    second.setHello(() => memberHello({ hosts, me: hosts[1]!, primary: hosts[1], electionId: older }));
    const client = await follow(second);
    await changeOf(client, ({ servers }) => {
      const { error } = servers.get(hosts[1]!) ?? {};
      return String(error).includes('primary marked stale due to');
    });
    expect(client.topologyDescription.servers.get(hosts[0]!)?.serverType).toBe('RSPrimary');
    expect(await client.db('t').command('ping')).toEqual({ ok: 1 });
    expect(first.received('ping')).toHaveLength(1);
  });

  it('a primary that does not name itself is left out, and the description tells why', async () => {
    const [first, second] = await pair();
    first.setHello(() => memberHello({ hosts: [second.address], me: first.address, primary: first.address }));
    const client = clientOf(`mongodb://${first.address}/`, { serverSelectionTimeoutMS: 400 });
    const error = await rejectionOf(client.db('t').command('ping'));
    expect(String(error)).toContain(
      `${first.address}: left out, as the primary ${first.address} does not name it`,
    );
  });

  it('a member that turns into a router, a standalone or a member of another set is left out; the set serves on', async () => {
    for (const identity of [
      mongosHello(),
      standaloneHello(),
      memberHello({ hosts: ['x:1'], me: 'x:1', primary: 'x:1', setName: 'other' }),
    ]) {
      const [first, second] = await pair();
      const client = await follow(first);
      await changeOf(client, ({ servers }) => servers.get(second.address)?.serverType === 'RSSecondary');
      second.setHello(identity);
      second.dropConnections();
      await changeOf(client, ({ rejected }) => rejected.has(second.address));
      expect(client.topologyDescription.rejected.get(second.address)).toMatch(/not/);
      expect(await client.db('t').command('ping')).toEqual({ ok: 1 });
    }
  });

  it('a set of ten thousand members: the server that answers is usable at once', async () => {
    const server = await startServer();
    const hosts = Array.from({ length: 10_000 }, (_, index) => `127.0.0.1:${String(10_000 + index)}`);
    server.setHello(() =>
      memberHello({ hosts: [...hosts, server.address], me: server.address, primary: server.address }),
    );
    const client = clientOf(server, { heartbeatFrequencyMS: 60_000 });
    const start = performance.now();
    expect(await client.db('t').command('ping')).toEqual({ ok: 1 });
    expect(performance.now() - start).toBeLessThan(10_000);
    const { servers } = client.topologyDescription;
    expect(servers.size).toBe(501);
    expect(servers.get(server.address)?.problems[0]).toContain('hosts has 10001 entries');
    await client.close({ force: true });
  });
});
