import { afterEach, describe, expect, it } from '@jest/globals';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import type { SrvRecord } from '../../lib/core/runtime.js';
import { DEFAULT_POOL_SETTINGS } from '../../lib/pool/pool-options.js';
import { WRITABLE_SELECTOR } from '../../lib/topology/server-selector.js';
import { rescanIntervalMS } from '../../lib/topology/srv-polling.js';
import { srvSeeds, type FoundSeeds } from '../../lib/topology/srv-seeds.js';
import { Topology } from '../../lib/topology/topology.js';
import { FakeConnector } from '../support/fake-connector.js';
import { FakeMonitors } from '../support/fake-monitors.js';
import { outcomeOf } from '../support/outcome.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { member, mongos, standalone } from './topology-fixture.js';

const DOMAIN = 'test.build.10gen.cc';
const HOST = `localhost.${DOMAIN}`;
const HEARTBEAT_MS = 10_000;
const RESCAN_MS = 60_000;

const at = (...ports: readonly number[]): SrvRecord[] => ports.map((port) => ({ name: HOST, port }));
const addresses = (...ports: readonly number[]): string[] => ports.map((port) => `${HOST}:${String(port)}`);

interface PollingOptions {
  readonly records?: readonly SrvRecord[];
  readonly maxHosts?: number;
  readonly serviceName?: string;
  readonly host?: string;
  readonly seed?: number;
  readonly found?: Partial<FoundSeeds>;
}

type DnsAnswer = readonly SrvRecord[] | Error | 'silence';

class Fixture {
  /** What the name server answers from now on. */
  answer: DnsAnswer;
  readonly queries: string[] = [];
  readonly warnings: string[] = [];
  readonly runtime: VirtualRuntime;
  readonly monitors: FakeMonitors;
  readonly topology: Topology;

  constructor(options: PollingOptions = {}) {
    const { maxHosts = 0, serviceName = 'mongodb', host = `test1.${DOMAIN}`, seed = 1, found } = options;
    this.answer = options.records ?? at(27017, 27018);
    this.runtime = new VirtualRuntime({
      seed,
      dns: {
        resolveSrv: (name) => {
          this.queries.push(name);
          const { answer } = this;
          if (answer === 'silence') return new Promise(() => undefined);
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
        resolveTxt: () => Promise.resolve([]),
      },
    });
    const { runtime } = this;
    this.monitors = new FakeMonitors(runtime);
    const connector = new FakeConnector(runtime, 'any');
    this.topology = new Topology({
      runtime,
      events: new EventHub(),
      seeds: [],
      directConnection: false,
      loadBalanced: false,
      replicaSet: null,
      heartbeatFrequencyMS: HEARTBEAT_MS,
      localThresholdMS: 15,
      connectTimeoutMS: 20_000,
      serverSelectionTimeoutMS: 30_000,
      pool: DEFAULT_POOL_SETTINGS,
      connect: (_address, request) => connector.connect(request),
      openMonitorConnection: this.monitors.connect,
      seedSource: srvSeeds({
        runtime,
        question: { host, serviceName, limitMS: 20_000 },
        maxHosts,
        heartbeatFrequencyMS: HEARTBEAT_MS,
        warn: (message) => this.warnings.push(message),
        report: (message) => this.warnings.push(message),
        accept: ({ hosts }) => ({
          seeds: hosts.map(String),
          replicaSet: null,
          loadBalanced: false,
          authSource: undefined,
          ...found,
        }),
      }),
    });
  }

  get hosts(): string[] {
    return [...this.topology.description.servers.keys()].sort();
  }

  /** Finds the seeds; each that is checked turns out to be a router. */
  async begin(): Promise<this> {
    await this.topology.started(NO_DEADLINE);
    await this.runtime.settle();
    for (const address of this.hosts) {
      if (this.monitors.isPending(address)) await this.monitors.answer(address, mongos());
    }
    return this;
  }

  /** Time for two rescans, as the prose tests have it. Checks of routers are not answered: they stay routers. */
  async twoRescans(): Promise<void> {
    await this.runtime.advance(RESCAN_MS);
    await this.runtime.advance(RESCAN_MS);
  }
}

const open: Fixture[] = [];

const begin = async (options?: PollingOptions): Promise<Fixture> => {
  const fixture = new Fixture(options);
  open.push(fixture);
  return await fixture.begin();
};

afterEach(async () => {
  for (const { topology, runtime } of open.splice(0)) {
    await topology.close();
    await runtime.settle();
    expect(runtime.pendingTimers.all).toBe(0);
  }
});

describe('polling SRV records', () => {
  it.each([
    ['1. addition of a new record', [27017, 27018, 27019]],
    ['2. removal of a record', [27017]],
    ['3. replacement of a record', [27017, 27019]],
    ['4. replacement of both records with one', [27019]],
    ['5. replacement of both records with two', [27019, 27020]],
  ])('[CONN-21] prose test %s', async (_title, ports) => {
    const fixture = await begin();
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    const { servers } = fixture.topology.description;
    const [first = ''] = fixture.hosts;
    const server = fixture.topology.server(first);
    fixture.answer = at(...ports);
    await fixture.runtime.advance(RESCAN_MS - 1);
    expect(fixture.topology.description.servers.size).toBe(servers.size);
    await fixture.runtime.advance(1);
    expect(fixture.hosts).toEqual(addresses(...ports));
    // A host that stays is left alone: its pool and its monitor go on.
    if (ports.includes(27017)) expect(fixture.topology.server(first)).toBe(server);
  });

  it.each([
    ['6. time-out', Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }), 'ETIMEOUT'],
    ['7. failure', Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), 'ENOTFOUND'],
    ['8. removal of all records', [], 'is empty'],
  ] as const)('prose test %s: nothing changes, and it is tried again', async (_title, answer, reason) => {
    const fixture = await begin();
    fixture.answer = answer;
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    expect(fixture.warnings).toHaveLength(1);
    expect(fixture.warnings[0]).toContain('The hosts known are kept: ');
    expect(fixture.warnings[0]).toContain(reason);
    const asked = fixture.queries.length;
    fixture.answer = at(27017, 27019);
    await fixture.runtime.advance(HEARTBEAT_MS);
    expect(fixture.queries).toHaveLength(asked + 1);
    expect(fixture.hosts).toEqual(addresses(27017, 27019));
    // After a good answer the interval is the long one again.
    await fixture.runtime.advance(RESCAN_MS - 1);
    expect(fixture.queries).toHaveLength(asked + 1);
    await fixture.runtime.advance(1);
    expect(fixture.queries).toHaveLength(asked + 2);
  });

  it('prose test 9: not done for load-balanced clusters', async () => {
    const fixture = await begin({
      host: `test3.${DOMAIN}`,
      records: at(27017),
      found: { loadBalanced: true },
    });
    expect(fixture.topology.description.topologyType).toBe('LoadBalanced');
    fixture.answer = at(27017, 27018);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017));
    expect(fixture.queries).toHaveLength(1);
  });

  it('prose test 10: all records are taken with srvMaxHosts=0', async () => {
    const fixture = await begin({ maxHosts: 0 });
    fixture.answer = at(27017, 27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27019, 27020));
  });

  it('prose test 11: all records are taken with srvMaxHosts of at least their number', async () => {
    const fixture = await begin({ maxHosts: 2 });
    fixture.answer = at(27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27019, 27020));
  });

  it('[CONN-26] prose test 12: new records are taken at random up to srvMaxHosts', async () => {
    const chosen = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const fixture = await begin({ maxHosts: 2, seed });
      fixture.answer = at(27017, 27019, 27020);
      await fixture.twoRescans();
      expect(fixture.hosts).toHaveLength(2);
      expect(fixture.hosts).toContain(`${HOST}:27017`);
      chosen.add(fixture.hosts[1] ?? '');
    }
    expect([...chosen].sort()).toEqual(addresses(27019, 27020));
  });

  it('[CONN-25] prose test 13: a record with a custom service name is found', async () => {
    const fixture = await begin({ host: `test22.${DOMAIN}`, serviceName: 'customname', records: at(27017) });
    fixture.answer = at(27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27019, 27020));
    expect(new Set(fixture.queries)).toEqual(new Set([`_customname._tcp.test22.${DOMAIN}`]));
  });

  it('leaves hosts of a foreign domain out, and tells of them once', async () => {
    const fixture = await begin();
    fixture.answer = [...at(27017, 27019), { name: 'localhost.evil.com', port: 27017 }];
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27019));
    expect(fixture.monitors.checks).not.toContain('localhost.evil.com:27017');
    expect(fixture.warnings).toEqual([
      `Hosts of the SRV record of test1.${DOMAIN} are left out: "localhost.evil.com" port 27017 is not below the domain "${DOMAIN}"`,
    ]);
  });

  it('keeps the hosts where an answer holds foreign ones alone, and asks again soon', async () => {
    const fixture = await begin();
    fixture.answer = [{ name: 'localhost.evil.com', port: 27017 }];
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    const asked = fixture.queries.length;
    await fixture.runtime.advance(HEARTBEAT_MS);
    expect(fixture.queries).toHaveLength(asked + 1);
  });

  it('goes on while nothing is known of the servers', async () => {
    const fixture = new Fixture();
    open.push(fixture);
    await fixture.topology.started(NO_DEADLINE);
    expect(fixture.topology.description.topologyType).toBe('Unknown');
    fixture.answer = at(27019);
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.hosts).toEqual(addresses(27019));
  });

  it.each([
    ['a replica set', 27017, member('primary', { hosts: addresses(27017) })],
    ['a standalone', 27017, standalone()],
  ])('stops once it is %s', async (_title, port, hello) => {
    const fixture = new Fixture({ records: at(port) });
    open.push(fixture);
    await fixture.topology.started(NO_DEADLINE);
    await fixture.runtime.settle();
    await fixture.monitors.answer(`${HOST}:${String(port)}`, hello);
    fixture.answer = at(27019);
    await fixture.twoRescans();
    expect(fixture.queries).toHaveLength(1);
    expect(fixture.hosts).toEqual(addresses(port));
  });

  it('does not use an answer that comes after the topology turned out to be a replica set', async () => {
    const fixture = new Fixture({ records: at(27017) });
    open.push(fixture);
    await fixture.topology.started(NO_DEADLINE);
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.queries).toHaveLength(2);
    await fixture.monitors.answer(`${HOST}:27017`, member('primary', { hosts: addresses(27017) }));
    await fixture.twoRescans();
    expect(fixture.queries).toHaveLength(2);
    expect(fixture.warnings).toEqual([]);
  });

  it('outlives an answer that never comes', async () => {
    const fixture = await begin();
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    fixture.answer = at(27019);
    await fixture.runtime.advance(20_000 + HEARTBEAT_MS);
    expect(fixture.hosts).toEqual(addresses(27019));
  });

  it('ends with the topology, in the middle of a rescan too', async () => {
    const fixture = await begin();
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    await fixture.topology.close();
    await fixture.runtime.advance(10 * RESCAN_MS);
    expect(fixture.queries).toHaveLength(2);
    expect(fixture.warnings).toEqual([]);
  });

  it('waits as long as the records live, where the runtime knows it, and at least a minute', () => {
    const living = (...ttls: readonly (number | undefined)[]): SrvRecord[] =>
      ttls.map((ttl) => ({ name: HOST, port: 1, ...(ttl !== undefined && { ttl }) }));
    expect(rescanIntervalMS(living(86_400, 120))).toBe(120_000);
    expect(rescanIntervalMS(living(30, 120))).toBe(60_000);
    expect(rescanIntervalMS(living(undefined))).toBe(60_000);
    expect(rescanIntervalMS(living(300, undefined))).toBe(60_000);
  });
});

describe('finding the seeds', () => {
  it('[CONN-24] is shared by all who wait, and each wait has its own limit', async () => {
    const fixture = new Fixture();
    open.push(fixture);
    fixture.answer = 'silence';
    const { topology, runtime } = fixture;
    const abort = new AbortController();
    const aborted = outcomeOf(topology.select(WRITABLE_SELECTOR, { ...NO_DEADLINE, signal: abort.signal }));
    const patient = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    const reason = new Error('enough');
    abort.abort(reason);
    await runtime.settle();
    expect(aborted.error).toBe(reason);
    expect(patient).toEqual({});
    expect(fixture.queries).toHaveLength(1);
    await runtime.advance(20_000);
    expect(patient.error?.message).toContain('failed with ETIMEOUT');
  });

  it('[CONN-24] is given up by whoever waits when the topology closes, and its answer comes to nothing', async () => {
    const fixture = new Fixture();
    open.push(fixture);
    const { topology, runtime } = fixture;
    const waiting = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await topology.close();
    await runtime.settle();
    expect(waiting.error?.message).toBe('The client is closed');
    expect(fixture.hosts).toEqual([]);
    expect(fixture.monitors.checks).toEqual([]);
  });
});
