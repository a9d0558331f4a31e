import { createServer, type Server as TcpServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { serverConnections } from '../../lib/client/server-connections.js';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import { ReadPreference } from '../../lib/options/read-preference.js';
import { DEFAULT_POOL_SETTINGS } from '../../lib/pool/pool-options.js';
import { WRITABLE_SELECTOR } from '../../lib/topology/selection/server-selector.js';
import { Topology } from '../../lib/topology/topology.js';
import type { TopologyOptions } from '../../lib/topology/topology-options.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { startScriptedServer } from '../support/scripted-server.js';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const topologyOn = (uri: string, options: Partial<TopologyOptions> = {}): Topology => {
  const settings = resolveClientOptions(uri, undefined, undefined, {}).options;
  const connections = serverConnections(settings, nodeRuntime, new EventHub());
  const topology = new Topology({
    seeds: settings.hosts.map(String),
    directConnection: settings.directConnection,
    loadBalanced: settings.loadBalanced,
    replicaSet: settings.replicaSet ?? null,
    heartbeatFrequencyMS: settings.heartbeatFrequencyMS,
    localThresholdMS: settings.localThresholdMS,
    connectTimeoutMS: settings.connectTimeoutMS,
    serverSelectionTimeoutMS: settings.serverSelectionTimeoutMS,
    pool: DEFAULT_POOL_SETTINGS,
    runtime: nodeRuntime,
    events: new EventHub(),
    connect: (address, request) => connections.connect(address, request),
    openMonitorConnection: connections.openMonitorConnection,
    ...options,
  });
  closing.push(() => topology.close());
  return topology;
};

const listening = async (server: TcpServer): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
};

describe('Topology on sockets', () => {
  it('[POOL-16] [POOL-17] finds a set through one member, with one monitor each and no pooled connection', async () => {
    const set = await scriptedReplicaSet(3);
    closing.push(() => set.close());
    const topology = topologyOn(`mongodb://${set.hosts[1]!}/?replicaSet=rs`);
    const primary = await topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
    expect(primary.address).toBe(set.primary!.address);
    const readPreference = ReadPreference.SECONDARY;
    expect((await topology.select({ kind: 'read', readPreference }, NO_DEADLINE)).address).not.toBe(
      primary.address,
    );
    expect(set.servers.map(({ connections }) => connections.length)).toEqual([1, 1, 1]);
  });

  it('[POOL-2] checks out authenticated connections that carry commands', async () => {
    const server = await startScriptedServer();
    closing.push(() => server.close());
    const topology = topologyOn(server.uri);
    const { pool } = await topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
    for (let turn = 0; turn < 3; turn++) {
      const lease = await pool.checkOut(NO_DEADLINE);
      const command = { name: 'ping', database: 'admin', body: { ping: 1 } };
      const reply = await lease.connection.command(command, { deadline: deadlineAfter(nodeRuntime, 5_000) });
      expect(reply.ok).toBe(true);
      pool.checkIn(lease);
    }
    expect(server.connections).toHaveLength(2);
  });

  it('[TIME-2] takes a server that accepts and never answers for unknown, and says in which phase', async () => {
    const server = await startScriptedServer({ onConnection: () => false });
    closing.push(() => server.close());
    const topology = topologyOn(`${server.uri}?connectTimeoutMS=100&serverSelectionTimeoutMS=300`);
    await expect(async () => topology.select(WRITABLE_SELECTOR, NO_DEADLINE)).rejects.toThrow(
      /: hello: No (connection|answer).* within 100 ms \(connectTimeoutMS\)/,
    );
  });

  it('[TIME-4] finds a server that begins to listen while a selection waits', async () => {
    const placeholder = createServer();
    const port = await listening(placeholder);
    placeholder.close();
    await once(placeholder, 'close');
    const topology = topologyOn(`mongodb://127.0.0.1:${String(port)}/?serverSelectionTimeoutMS=5000`);
    const selected = topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
    let seen = topology.description;
    while (seen.servers.get(`127.0.0.1:${String(port)}`)?.error == null) {
      seen = await topology.nextDescription(seen, deadlineAfter(nodeRuntime, 2_000));
    }
    const server = await startScriptedServer({ port });
    closing.push(() => server.close());
    expect((await selected).address).toBe(server.address);
  });

  it('[TOPO-6] reconnects after its sockets were dropped', async () => {
    const server = await startScriptedServer();
    closing.push(() => server.close());
    const topology = topologyOn(server.uri);
    const { pool } = await topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
    const lease = await pool.checkOut(NO_DEADLINE);
    server.on('ping', 'reset');
    const command = { name: 'ping', database: 'admin', body: { ping: 1 } };
    const error: unknown = await lease.connection
      .command(command, { deadline: NO_DEADLINE })
      .catch((e: unknown) => e);
    topology.report({ address: server.address, generation: lease.generation, phase: 'in-use', error });
    pool.checkIn(lease);
    expect(topology.description.servers.get(server.address)!.serverType).toBe('Unknown');
    const again = await topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
    expect((await again.pool.checkOut(NO_DEADLINE)).connection.id).toBe(2);
  });
});
