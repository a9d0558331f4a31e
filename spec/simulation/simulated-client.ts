import { AsyncMongoClient } from '../../lib/client/async-mongo-client.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { Deadlines } from './invariants/deadlines.js';
import { watchPools } from './invariants/pool-watch.js';
import { WireWatch } from './network/wire-watch.js';
import type { ClientPlan } from './schedule.js';
import type { World } from './world.js';

/** One client in a process of its own. */
export class SimulatedClient {
  readonly name: string;
  readonly runtime: VirtualRuntime;
  readonly client: AsyncMongoClient;
  readonly deadlines: Deadlines;
  /** What its callers could abort their calls by, with the names of these. */
  readonly signals: (readonly [string, AbortSignal])[] = [];
  /** Timers of its process that belong to callers, not to the client. */
  sleeping = 0;
  #closing: Promise<void> | undefined;

  constructor(world: World, name: string, plan: ClientPlan) {
    const { time, network, judge, seed } = world;
    this.name = name;
    const complain = (message: string): void => judge.complain('one request per connection', message);
    this.runtime = new VirtualRuntime({
      time,
      seed: seed + world.clients.length,
      connect: (target) =>
        network.connect(
          {
            name,
            process: this.runtime,
            watch: (connection) => new WireWatch(connection, complain, world.transactions),
          },
          target,
        ),
    });
    this.deadlines = new Deadlines(this.runtime, judge);
    this.client = new AsyncMongoClient(world.uri, { ...plan.options, runtime: this.runtime });
    watchPools(this.client, name, judge);
    noteEvents(this.client, name, world);
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  sleep(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    this.sleeping++;
    return new Promise((resolve) => {
      this.runtime.setTimer(ms, () => {
        this.sleeping--;
        resolve();
      });
    });
  }

  /** `limitMS`: what the farewell to servers that do not answer may take. */
  readonly close = (): Promise<void> => {
    this.#closing ??= this.deadlines.within(CLOSE_LIMIT_MS, `${this.name} close`, this.client.close());
    return this.#closing;
  };
}

/** killCursors, then endSessions: each may take five seconds where no server answers. */
const CLOSE_LIMIT_MS = 10_000;

const noteEvents = (client: AsyncMongoClient, name: string, { log }: World): void => {
  client
    .on('serverDescriptionChanged', ({ address, newDescription }) =>
      log.note(`${name} ${address} is ${newDescription.serverType}`),
    )
    .on('connectionPoolReady', ({ address }) => log.note(`${name} ${address} pool ready`))
    .on('connectionPoolCleared', ({ address, interruptInUseConnections }) =>
      log.note(`${name} ${address} pool cleared${interruptInUseConnections ? ', in use too' : ''}`),
    )
    .on('connectionCreated', ({ address, connectionId }) =>
      log.note(`${name} ${address} connection ${String(connectionId)} created`),
    )
    .on('connectionReady', ({ address, connectionId }) =>
      log.note(`${name} ${address} connection ${String(connectionId)} ready`),
    )
    .on('connectionClosed', ({ address, connectionId, reason }) =>
      log.note(`${name} ${address} connection ${String(connectionId)} closed: ${reason}`),
    )
    .on('connectionCheckOutFailed', ({ address, reason }) =>
      log.note(`${name} ${address} check-out failed: ${reason}`),
    )
    .on('connectionCheckedOut', ({ address, connectionId }) =>
      log.note(`${name} ${address} connection ${String(connectionId)} out`),
    )
    .on('connectionCheckedIn', ({ address, connectionId }) =>
      log.note(`${name} ${address} connection ${String(connectionId)} in`),
    );
};
