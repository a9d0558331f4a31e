import { NO_DEADLINE, type Deadline } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import type { Lease } from '../../lib/pool/lease.js';
import { Pool } from '../../lib/pool/pool.js';
import type { PoolEvents } from '../../lib/pool/pool-events.js';
import { DEFAULT_POOL_SETTINGS, type ConnectFailure, type PoolOptions } from '../../lib/pool/pool-options.js';
import { FakeConnector } from '../support/fake-connector.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

export interface PoolFixture {
  readonly runtime: VirtualRuntime;
  readonly connector: FakeConnector;
  readonly pool: Pool;
  readonly events: EventHub<PoolEvents>;
  readonly failures: ConnectFailure[];
  /** Names of the events published so far. */
  readonly seen: (keyof PoolEvents)[];
  /** Checks out and lets as much time pass as establishing takes. */
  take(deadline?: Deadline): Promise<Lease>;
}

export const NAMES: readonly (keyof PoolEvents)[] = [
  'connectionPoolCreated',
  'connectionPoolReady',
  'connectionPoolCleared',
  'connectionPoolClosed',
  'connectionCreated',
  'connectionReady',
  'connectionClosed',
  'connectionCheckOutStarted',
  'connectionCheckOutFailed',
  'connectionCheckedOut',
  'connectionCheckedIn',
];

/** A pool that is ready, on virtual time. */
export const poolFixture = (settings: Partial<PoolOptions> = {}): PoolFixture => {
  const runtime = new VirtualRuntime();
  const connector = new FakeConnector(runtime, 'h:27017');
  const events = new EventHub<PoolEvents>();
  const seen: (keyof PoolEvents)[] = [];
  for (const name of NAMES) events.on(name, () => seen.push(name));
  const failures: ConnectFailure[] = [];
  const pool = new Pool({
    ...DEFAULT_POOL_SETTINGS,
    address: connector.address,
    runtime,
    connect: connector.connect,
    events,
    onConnectFailure: (failure) => failures.push(failure),
    ...settings,
  });
  pool.ready();
  const take = async (deadline = NO_DEADLINE): Promise<Lease> => {
    const lease = pool.checkOut(deadline);
    await runtime.advance(connector.delayMS);
    return lease;
  };
  return { runtime, connector, pool, events, failures, seen, take };
};
