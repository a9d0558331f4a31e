import { Binary, ObjectId, type Timestamp } from 'bson';
import type { Runtime } from '../core/runtime.js';
import { UserStore } from './auth/user-store.js';
import { RawDocument } from './net/raw-document.js';
import { ClusterClock } from './replication/cluster-clock.js';
import type { Value } from './query/value.js';
import type { MemberState } from './replication/member-state.js';
import { encodeDoc } from './query/bson-writer.js';
import { ReplicationLog } from './replication/replication-log.js';
import type { RunningOperation } from './running-operation.js';
import { SessionRegistry } from './sessions/session-registry.js';
import type { Store } from './store/store.js';
import type { ServerVersion } from './versions.js';
import { WriteLock } from './write-lock.js';

export type Topology = 'standalone' | 'replicaset' | 'sharded';

export interface ClusterOptions {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly version: ServerVersion;
  readonly setName: string;
  /** Users must authenticate. */
  readonly authRequired: boolean;
  readonly makeStore: (log: ReplicationLog) => Store;
}

const NO_SIGNATURE = new Map<string, Value>([
  ['hash', new Binary(Buffer.alloc(20), Binary.SUBTYPE_DEFAULT)],
  ['keyId', 0n],
]);

const encodeClusterTime = (time: Timestamp): RawDocument =>
  new RawDocument(
    encodeDoc(
      new Map<string, Value>([
        ['clusterTime', time],
        ['signature', NO_SIGNATURE],
      ]),
    ),
  );

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
  readonly running = new Map<number, RunningOperation>();
  readonly writeLock = new WriteLock();
  readonly startedAt: number;
  electionId = new ObjectId('7fffffff0000000000000001');
  configVersion = 1;
  #clusterTime: { readonly time: Timestamp; readonly document: RawDocument } | undefined;
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
    this.store = options.makeStore(this.log);
    this.startedAt = options.runtime.now();
  }

  /** Whether replies carry operationTime and $clusterTime. */
  get hasClusterTime(): boolean {
    return this.topology !== 'standalone';
  }

  get primary(): MemberState | undefined {
    return this.members.find((member) => member.state === 'PRIMARY');
  }

  /** `$clusterTime` of a reply. Nobody holds a key, so the signature is the empty one. */
  clusterTimeDocument(): RawDocument {
    const { now } = this.clock;
    if (this.#clusterTime === undefined || !now.equals(this.#clusterTime.time)) {
      this.#clusterTime = { time: now, document: encodeClusterTime(now) };
    }
    return this.#clusterTime.document;
  }

  nextOperationId(): number {
    return this.#nextOperationId++;
  }

  nextConnectionId(): number {
    return this.#nextConnectionId++;
  }
}
