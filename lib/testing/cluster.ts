import { ObjectId } from 'bson';
import type { Runtime } from '../core/runtime.js';
import { UserStore } from './auth/user-store.js';
import type { CommandContext } from './commands/context.js';
import { ClusterClock } from './replication/cluster-clock.js';
import type { MemberState } from './replication/member-state.js';
import { ReplicationLog } from './replication/replication-log.js';
import { SessionRegistry } from './sessions/session-registry.js';
import { Store } from './store/store.js';
import type { ServerVersion } from './versions.js';

export type Topology = 'standalone' | 'replicaset' | 'sharded';

export interface ClusterOptions {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly version: ServerVersion;
  readonly setName: string;
  /** Users must authenticate. */
  readonly authRequired: boolean;
}

/** What the members of a deployment share: one store, one log, one clock, sessions and users. */
export class Cluster {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly version: ServerVersion;
  readonly setName: string;
  readonly authRequired: boolean;
  readonly clock: ClusterClock;
  readonly log: ReplicationLog;
  readonly store: Store;
  readonly sessions: SessionRegistry;
  readonly users: UserStore;
  readonly members: MemberState[] = [];
  readonly replicaSetId = new ObjectId();
  /** Commands that run at this moment, by operation id. */
  readonly running = new Map<number, CommandContext>();
  readonly startedAt: number;
  electionId = new ObjectId('7fffffff0000000000000001');
  configVersion = 1;
  #nextOperationId = 1;
  #nextConnectionId = 1;

  constructor(options: ClusterOptions) {
    this.runtime = options.runtime;
    this.topology = options.topology;
    this.version = options.version;
    this.setName = options.setName;
    this.authRequired = options.authRequired;
    this.clock = new ClusterClock(options.runtime);
    this.log = new ReplicationLog(this.clock);
    this.sessions = new SessionRegistry(options.runtime);
    this.users = new UserStore(options.runtime);
    this.store = new Store({ runtime: options.runtime, log: this.log, version: options.version });
    this.startedAt = options.runtime.now();
  }

  /** Whether replies carry operationTime and $clusterTime. */
  get hasClusterTime(): boolean {
    return this.topology !== 'standalone';
  }

  get primary(): MemberState | undefined {
    return this.members.find((member) => member.state === 'PRIMARY');
  }

  nextOperationId(): number {
    return this.#nextOperationId++;
  }

  nextConnectionId(): number {
    return this.#nextConnectionId++;
  }
}
