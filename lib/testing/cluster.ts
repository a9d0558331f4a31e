import { Binary, ObjectId, type Timestamp } from 'bson';
import type { Runtime } from '../core/runtime.js';
import { UserStore } from './auth/user-store.js';
import { CommandError } from './command-error.js';
import { RawDocument } from './net/raw-document.js';
import { ClusterClock } from './replication/cluster-clock.js';
import type { Value } from './query/value.js';
import { MemberData } from './replication/member-data.js';
import { MemberState, type MemberSettings, type MemberStateName } from './replication/member-state.js';
import { encodeDoc } from './query/bson-writer.js';
import { ReplicaSet } from './replication/replica-set.js';
import type { RunningOperation } from './running-operation.js';
import { configMember, type ConfigFields, type SetSettings } from './replication/set-config.js';
import { Sharding } from './sharding/sharding.js';
import { CursorRegistry } from './store/cursor-registry.js';
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
  /** How many shards routers have behind them. Default 1. */
  readonly shards?: number;
  /** Settings of the replica set that differ from the defaults. */
  readonly setSettings?: Partial<SetSettings>;
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

/** What the members of a deployment share: the network between them, a clock and users. */
export class Cluster {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly version: ServerVersion;
  readonly setName: string;
  readonly authRequired: boolean;
  readonly clock: ClusterClock;
  /** The members among themselves, in a replica set. */
  readonly replicaSet: ReplicaSet | undefined;
  /** What is behind the routers of a sharded cluster. */
  readonly sharding: Sharding | undefined;
  readonly users: UserStore;
  readonly members: MemberState[] = [];
  readonly replicaSetId = new ObjectId();
  /** Commands that run at this moment, by operation id. */
  readonly running = new Map<number, RunningOperation>();
  readonly writeLock = new WriteLock();
  readonly startedAt: number;
  readonly #setSettings: Partial<SetSettings>;
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
    this.users = new UserStore(options.runtime);
    this.#setSettings = options.setSettings ?? {};
    this.replicaSet = options.topology === 'replicaset' ? new ReplicaSet(options.runtime) : undefined;
    this.sharding = options.topology === 'sharded' ? new Sharding(options.shards ?? 1) : undefined;
    this.startedAt = options.runtime.now();
  }

  /** Adds a server process. The routers of a sharded cluster have their data in common. */
  addMember(settings: MemberSettings, state: MemberStateName, entry: ConfigFields = {}): MemberState {
    const member = this.#makeMember(settings, state);
    this.replicaSet?.add(configMember(member, entry), this.#setSettings);
    return member;
  }

  /** Adds a process that no configuration knows yet. */
  introduceMember(settings: MemberSettings): MemberState {
    const member = this.#makeMember(settings, 'STARTUP');
    this.replicaSet?.introduce(member);
    return member;
  }

  #makeMember(settings: MemberSettings, state: MemberStateName): MemberState {
    const { runtime, clock, version } = this;
    const shared = settings.role === 'router' ? this.members[0]?.data : undefined;
    const data = shared ?? new MemberData({ runtime, clock, version });
    const member = new MemberState(settings, state, data, new CursorRegistry(runtime));
    this.members.push(member);
    if (this.replicaSet !== undefined) this.#watchOffice(member);
    return member;
  }

  /** Writes that wait for something end when their member is no longer primary. */
  #watchOffice(member: MemberState): void {
    let writable = member.writable;
    member.onTopologyChange(() => {
      const loses = writable && !member.writable;
      writable = member.writable;
      if (!loses) return;
      const error = new CommandError('InterruptedDueToReplStateChange', 'operation was interrupted');
      for (const operation of this.running.values()) {
        if (operation.member === member && operation.writing) operation.interrupt(error);
      }
    });
  }

  /** Whether replies carry operationTime and $clusterTime. */
  get hasClusterTime(): boolean {
    return this.topology !== 'standalone';
  }

  /** The primary that leads a majority, seen from outside. */
  get primary(): MemberState | undefined {
    return this.replicaSet?.leader?.member;
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
