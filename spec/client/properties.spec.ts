import { afterEach, describe, expect, it } from '@jest/globals';
import { AsyncMongoClient, InvalidOperation, ServerSelectionTimeoutError } from '../../lib/index.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { memberHello, mongosHello } from '../support/scripted-server.js';
import {
  clientOf,
  closeAll,
  closeLater,
  deadAddress,
  rejectionOf,
  serverAndClient,
  startServer,
} from './client-fixture.js';

afterEach(closeAll);

const replicaSet = async () => closeLater(await scriptedReplicaSet(3));

describe('properties of a client', () => {
  it('[PROP-1] [PROP-7] [PROP-8] describe a standalone', async () => {
    const { server, client } = await serverAndClient();
    expect(await client.address).toEqual(['127.0.0.1', server.port]);
    expect(await client.isPrimary).toBe(true);
    expect(await client.isMongos).toBe(false);
    expect(await client.primary).toBeNull();
    expect(await client.secondaries).toEqual([]);
    expect(await client.arbiters).toEqual([]);
  });

  it('[PROP-2] [PROP-8] address is no single server among several routers', async () => {
    const [one, two] = [
      await startServer({ hello: mongosHello() }),
      await startServer({ hello: mongosHello() }),
    ];
    const alone = clientOf(one);
    expect(await alone.isMongos).toBe(true);
    expect(await alone.isPrimary).toBe(true);
    expect(await alone.address).toEqual(['127.0.0.1', one.port]);
    const both = clientOf(`mongodb://${one.address},${two.address}`);
    await both.primary;
    const error = await rejectionOf(both.address);
    expect(error).toBeInstanceOf(InvalidOperation);
    expect(String(error)).toContain('nodes');
    expect(both.nodes).toEqual(new Set([one.address, two.address]));
  });

  it('[PROP-3] reject on a dead host, and trouble nobody who does not await them', async () => {
    const client = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 50 });
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', collect);
    void client.address;
    for (const property of ['address', 'isPrimary', 'isMongos'] as const) {
      expect(await rejectionOf(client[property])).toBeInstanceOf(ServerSelectionTimeoutError);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', collect);
    expect(unhandled).toEqual([]);
  });

  it('[PROP-4] [PROP-5] [PROP-9] [PROP-10] name the members of a replica set', async () => {
    const set = await replicaSet();
    const client = clientOf(set);
    expect(client.nodes.size).toBe(0);
    expect(await client.primary).toEqual(['127.0.0.1', set.servers[0]?.port]);
    expect((await client.secondaries).map(([, port]) => port).sort()).toEqual(
      set.servers
        .slice(1)
        .map(({ port }) => port)
        .sort(),
    );
    expect(client.nodes).toEqual(new Set(set.hosts));
    expect(client.nodes).not.toBe(client.nodes);
    const direct = clientOf(`mongodb://${set.hosts[0] ?? ''}/?directConnection=true`);
    expect(await direct.primary).toBeNull();
    expect(await direct.secondaries).toEqual([]);
  });

  it('[PROP-4] primary is null in a set without one', async () => {
    const set = await replicaSet();
    set.setPrimary(undefined);
    expect(await clientOf(set).primary).toBeNull();
  });

  it('[PROP-6] lists arbiters', async () => {
    const server = await startServer();
    server.setHello(() => ({
      ...memberHello({ hosts: [], me: server.address }),
      arbiters: [server.address],
      secondary: false,
      arbiterOnly: true,
    }));
    expect(await clientOf(`mongodb://${server.address}/?replicaSet=rs`).arbiters).toEqual([
      ['127.0.0.1', server.port],
    ]);
  });

  it('[PROP-7] isPrimary is false on a direct connection to a secondary', async () => {
    const set = await replicaSet();
    const client = clientOf(`mongodb://${set.hosts[1] ?? ''}/?directConnection=true`);
    expect(await client.isPrimary).toBe(false);
  });

  it('[PROP-11] [PROP-12] expose codec options and concerns, read-only', () => {
    const client = closeLater(
      new AsyncMongoClient('mongodb://h/?w=majority&readConcernLevel=local&readPreference=nearest', {
        connect: false,
        tzAware: true,
      }),
    );
    expect(client.codecOptions.tzAware).toBe(true);
    expect(client.writeConcern.w).toBe('majority');
    expect(client.readConcern.level).toBe('local');
    expect(client.readPreference.mode).toBe('nearest');
    for (const name of ['codecOptions', 'writeConcern', 'readConcern', 'readPreference']) {
      expect(() => {
        (client as any)[name] = undefined;
      }).toThrow(TypeError);
    }
  });

  it('[PROP-13] [PROP-14] [PROP-17] expose the effective configuration without the password', () => {
    const client = closeLater(new AsyncMongoClient('mongodb://u:secret@h', { connect: false }));
    expect(client.options).toMatchObject({ maxPoolSize: 100, retryWrites: true });
    expect(Object.isFrozen(client.options)).toBe(true);
    expect(JSON.stringify(client.options)).not.toContain('secret');
    expect(client.maxPoolSize).toBe(100);
    expect(client.localThresholdMS).toBe(15);
    expect(closeLater(new AsyncMongoClient({ connect: false, maxPoolSize: 0 })).maxPoolSize).toBeNull();
  });

  it('[PROP-15] [PROP-16] know the limits of the server', async () => {
    const { client } = await serverAndClient({
      hello: { maxBsonObjectSize: 1_000_000, maxMessageSizeBytes: 2_000_000 },
    });
    expect([client.maxBsonSize, client.maxMessageSize]).toEqual([16_777_216, 33_554_432]);
    await client.connect();
    expect([client.maxBsonSize, client.maxMessageSize]).toEqual([1_000_000, 2_000_000]);
  });
});
