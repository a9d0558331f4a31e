import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { VirtualTime } from '../support/virtual-time.js';
import { Chance } from './chance.js';
import { EventLog } from './event-log.js';
import { Judge } from './invariants/breach.js';
import { Ledger } from './invariants/ledger.js';
import { VirtualNetwork } from './network/virtual-network.js';
import type { ClientPlan, Schedule } from './schedule.js';
import { SimulatedClient } from './simulated-client.js';

/** Everything there is while one schedule is played: time, network, one deployment, its clients, and those who watch. */
export class World {
  readonly seed: number;
  readonly time = new VirtualTime();
  readonly judge = new Judge();
  readonly log = new EventLog(() => this.time.now);
  readonly ledger = new Ledger(this.judge);
  readonly network: VirtualNetwork;
  readonly deploymentRuntime: VirtualRuntime;
  readonly clients: SimulatedClient[] = [];
  deployment!: Deployment;

  constructor(schedule: Schedule) {
    const { seed } = schedule;
    this.seed = seed;
    this.network = new VirtualNetwork(this.time, new Chance(seed, 'network'), schedule.network);
    this.deploymentRuntime = new VirtualRuntime({
      time: this.time,
      seed: ~seed,
      listen: (options) => this.network.listen(options),
    });
  }

  get uri(): string {
    return this.deployment.uri;
  }

  async start({ deployment }: Schedule): Promise<void> {
    const { topology, members, version } = deployment;
    this.deployment = await startDeployment({
      topology,
      members: topology === 'replicaset' ? members : members.length,
      version,
      runtime: this.deploymentRuntime,
    });
  }

  addClient(name: string, plan: ClientPlan): SimulatedClient {
    const client = new SimulatedClient(this, name, plan);
    this.clients.push(client);
    return client;
  }

  /** Lets time pass; throws the first breach that somebody notices. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms, this.judge.rule);
  }
}
