import type { Document } from '../../lib/bson/document.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { ConnectionFailure } from '../../lib/core/errors/connection.js';
import { DEFAULT_POOL_SETTINGS } from '../../lib/pool/pool-options.js';
import type { PoolEvents } from '../../lib/pool/pool-events.js';
import { Topology } from '../../lib/topology/topology.js';
import type { TopologyOptions } from '../../lib/topology/topology-options.js';
import type { SelectionEvents } from '../../lib/topology/selection/selection-events.js';
import type { TopologyEvents } from '../../lib/topology/topology-events.js';
import { FakeConnector } from '../support/fake-connector.js';
import { FakeMonitors } from '../support/fake-monitors.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

export interface TopologyFixture {
  readonly runtime: VirtualRuntime;
  readonly monitors: FakeMonitors;
  readonly connector: FakeConnector;
  readonly events: EventHub<TopologyEvents & PoolEvents>;
  readonly topology: Topology;
}

/** A topology of which every check waits until the test answers it. Not started. */
export const topologyFixture = (options: Partial<TopologyOptions> = {}): TopologyFixture => {
  const runtime = new VirtualRuntime({ seed: 3 });
  const monitors = new FakeMonitors(runtime);
  const connector = new FakeConnector(runtime, 'any');
  const events = new EventHub<TopologyEvents & PoolEvents & SelectionEvents>();
  const topology = new Topology({
    seeds: ['a:27017'],
    directConnection: false,
    loadBalanced: false,
    replicaSet: null,
    heartbeatFrequencyMS: 10_000,
    localThresholdMS: 15,
    connectTimeoutMS: 20_000,
    serverSelectionTimeoutMS: 30_000,
    pool: DEFAULT_POOL_SETTINGS,
    runtime,
    events,
    connect: (_address, request) => connector.connect(request),
    openMonitorConnection: monitors.connect,
    ...options,
  });
  return { runtime, monitors, connector, events, topology };
};

const COMMON = { ok: 1, minWireVersion: 0, maxWireVersion: 27, logicalSessionTimeoutMinutes: 30 };

export const standalone = (more: Document = {}): Document => ({
  ...COMMON,
  isWritablePrimary: true,
  ...more,
});

export const mongos = (more: Document = {}): Document => ({ ...standalone(), msg: 'isdbgrid', ...more });

export const SET_HOSTS: readonly string[] = ['a:27017', 'b:27017', 'c:27017'];

/** A member of the set `rs`. */
export const member = (role: 'primary' | 'secondary' | 'arbiter', more: Document = {}): Document => ({
  ...COMMON,
  setName: 'rs',
  hosts: [...SET_HOSTS],
  isWritablePrimary: role === 'primary',
  ...(role === 'secondary' && { secondary: true }),
  ...(role === 'arbiter' && { arbiterOnly: true }),
  ...more,
});

export const networkError = (address: string, message = 'connect ECONNREFUSED'): ConnectionFailure =>
  new ConnectionFailure(message, {
    address,
    phase: 'tcp',
    cause: Object.assign(new Error(`${message} ${address}`), { code: 'ECONNREFUSED' }),
  });

/** Answers the checks of a whole set: `a` primary, the others secondaries. */
export const discoverSet = async ({ topology, monitors }: TopologyFixture): Promise<void> => {
  topology.start();
  await monitors.answer('a:27017', member('primary'));
  for (const address of SET_HOSTS.slice(1)) await monitors.answer(address, member('secondary'));
};
