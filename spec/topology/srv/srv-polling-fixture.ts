import { afterEach, expect } from '@jest/globals';
import { NO_DEADLINE } from '../../../lib/core/deadline.js';
import { EventHub } from '../../../lib/core/event-hub.js';
import type { SrvRecord } from '../../../lib/core/runtime.js';
import { DEFAULT_POOL_SETTINGS } from '../../../lib/pool/pool-options.js';
import { srvSeeds, type FoundSeeds } from '../../../lib/topology/srv/srv-seeds.js';
import { Topology } from '../../../lib/topology/topology.js';
import { FakeConnector } from '../../support/fake-connector.js';
import { FakeMonitors } from '../../support/fake-monitors.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';
import { mongos } from '../topology-fixture.js';

export const DOMAIN = 'test.build.10gen.cc';
export const HOST = `localhost.${DOMAIN}`;
export const HEARTBEAT_MS = 10_000;
export const RESCAN_MS = 60_000;

export const at = (...ports: readonly number[]): SrvRecord[] => ports.map((port) => ({ name: HOST, port }));
export const addresses = (...ports: readonly number[]): string[] =>
  ports.map((port) => `${HOST}:${String(port)}`);

export interface PollingOptions {
  readonly records?: readonly SrvRecord[];
  readonly maxHosts?: number;
  readonly serviceName?: string;
  readonly host?: string;
  readonly seed?: number;
  readonly found?: Partial<FoundSeeds>;
}

type DnsAnswer = readonly SrvRecord[] | Error | 'silence';

/** A topology that follows an SRV record, in virtual time. */
export class PollingFixture {
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

/** Fixtures for the tests of a file, just made or with seeds found; after each test they leave no timer. */
export const usePolling = (): {
  readonly make: (options?: PollingOptions) => PollingFixture;
  readonly begin: (options?: PollingOptions) => Promise<PollingFixture>;
} => {
  const open: PollingFixture[] = [];
  afterEach(async () => {
    for (const { topology, runtime } of open.splice(0)) {
      await topology.close();
      await runtime.settle();
      expect(runtime.pendingTimers.all).toBe(0);
    }
  });
  const make = (options?: PollingOptions): PollingFixture => {
    const fixture = new PollingFixture(options);
    open.push(fixture);
    return fixture;
  };
  return { make, begin: (options) => make(options).begin() };
};
