import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { VirtualTime } from '../support/virtual-time.js';
import { Chance } from './chance.js';
import { EventLog } from './event-log.js';
import { Bank } from './invariants/bank.js';
import { Judge } from './invariants/breach.js';
import { Ledger } from './invariants/ledger.js';
import { StreamRecord } from './invariants/stream-watch.js';
import { TransactionWatch } from './invariants/transaction-watch.js';
import { VirtualNetwork } from './network/virtual-network.js';
import type { ClientPlan, Schedule, WatcherPlan } from './schedule.js';
import { SimulatedClient } from './simulated-client.js';
import { Watcher } from './watcher.js';

/** Everything there is while one schedule is played: time, network, one deployment, its clients, and those who watch. */
export class World {
  readonly seed: number;
  readonly time = new VirtualTime();
  readonly judge = new Judge();
  readonly log = new EventLog(() => this.time.now);
  readonly ledger = new Ledger(this.judge);
  readonly bank: Bank;
  readonly network: VirtualNetwork;
  readonly deploymentRuntime: VirtualRuntime;
  readonly transactions = new TransactionWatch(this.judge);
  /** All there are, with those that prepare and audit. */
  readonly clients: SimulatedClient[] = [];
  /** Those of the schedule, in its order. */
  readonly players: SimulatedClient[] = [];
  readonly watchers: Watcher[] = [];
  /** One server takes all writes from the beginning to the end. */
  readonly isSteady: boolean;
  deployment!: Deployment;

  constructor(schedule: Schedule) {
    const { seed } = schedule;
    this.seed = seed;
    this.bank = new Bank(this.judge, schedule.accounts);
    this.isSteady = isSteady(schedule);
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

  addPlayer(plan: ClientPlan): SimulatedClient {
    const player = this.addClient(`client${String(this.players.length)}`, plan);
    this.players.push(player);
    return player;
  }

  addWatcher(name: string, plan: WatcherPlan): Watcher {
    const watcher = new Watcher(this, new StreamRecord(name), plan, this.players[plan.client]!);
    this.watchers.push(watcher);
    return watcher;
  }

  /** Lets time pass; throws the first breach that somebody notices. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms, this.judge.rule);
  }
}

const isSteady = ({ deployment, faults }: Schedule): boolean =>
  (deployment.topology !== 'sharded' || deployment.members.length === 1) &&
  !faults.some(({ kind }) => kind === 'crash' || kind === 'step-down' || kind === 'isolate');
