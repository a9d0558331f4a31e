import { BSON } from 'bson';
import type { Runtime } from '../core/runtime.js';
import type { Cluster } from './cluster.js';
import { CommandError } from './command-error.js';
import type { MemberOptions } from './deployment-options.js';
import type { Member } from './member.js';
import type { ProxyFaults } from './net/fault-proxy.js';
import type { RawDocument } from './net/raw-document.js';
import { encodeDoc } from './query/bson-writer.js';
import type { LogEntry } from './replication/replication-log.js';
import type { Replica } from './replication/replica.js';
import type { ReplicaSet } from './replication/replica-set.js';
import { configMember, type ConfigMember } from './replication/set-config.js';
import type { Shard } from './sharding/shard.js';
import { stepDown } from './replication/step-down.js';

/** A write that was undone because the set had gone on without the member that took it. */
export interface RolledBackWrite {
  /** `database.collection`. */
  readonly namespace: string;
  readonly operation: 'insert' | 'update' | 'delete' | 'command';
  /** The document after an insert or update; `_id` of a deleted one; a command. */
  readonly document: Readonly<Record<string, unknown>>;
}

export interface StepDownControl {
  /** How long the member does not stand for election afterwards. Default 60. */
  readonly seconds?: number;
  /** Steps down even if nobody can take over. Default `false`. */
  readonly force?: boolean;
}

/** Fields of one member that a reconfiguration changes. */
export interface MemberChange extends Omit<MemberOptions, 'arbiter'> {
  /** Index of the member. */
  readonly member: number;
  /** Whether it is in the set at all. */
  readonly included?: boolean;
}

/**
 * What a test does to a deployment besides sending it commands. Members are named by their index in
 * `DeploymentOptions.members`. Everything rejects with RangeError for a member that is not there, and with TypeError for
 * what the topology does not have.
 */
export interface DeploymentControl {
  /** The primary that leads a majority; undefined while there is none. */
  primary(): Promise<number | undefined>;
  /**
   * Settles with the primary as soon as there is one that leads a majority and takes writes. Rejects with Error after
   * `timeoutMS` (default 30,000).
   */
  awaitPrimary(timeoutMS?: number): Promise<number>;
  /** What `replSetStepDown` does on the present primary: another member that has all writes is elected at once. */
  stepDown(options?: StepDownControl): Promise<void>;
  /** Lets a member stand for election. Rejects where it is not elected. */
  stepUp(member: number): Promise<void>;
  /** Ends a process as by SIGKILL: its connections are lost, its data stays. */
  kill(member: number): Promise<void>;
  /** Starts a killed process at its old address, with its data. */
  restart(member: number): Promise<void>;
  /** Stops a process as by SIGSTOP: its connections stay, nothing is answered. */
  freeze(member: number): Promise<void>;
  thaw(member: number): Promise<void>;
  /**
   * Members reach only those of their own group; those in no group are one group more. Clients still reach all: to cut
   * them off, use `setFaults`.
   */
  partition(groups: readonly (readonly number[])[]): Promise<void>;
  /** Ends the partition. */
  heal(): Promise<void>;
  /** A secondary follows this many milliseconds later than it could; `paused`: not at all. 0 ends it. */
  lag(member: number, ms: number | 'paused'): Promise<void>;
  /** Changes priorities, votes, tags, hidden members, or who belongs to the set, as replSetReconfig does. */
  reconfigure(changes: readonly MemberChange[]): Promise<void>;
  /** Writes that a member had to undo, oldest first. */
  rolledBack(member: number): Promise<readonly RolledBackWrite[]>;
  /**
   * Routers cannot reach a shard: commands that concern its documents fail, and transactions that have reached it are
   * aborted unless they are prepared. Shards are named by index.
   */
  killShard(shard: number): Promise<void>;
  restartShard(shard: number): Promise<void>;
  /** Faults of the network between clients and a member, with `DeploymentOptions.proxied`. `{}` ends them. */
  setFaults(member: number, faults: ProxyFaults): Promise<void>;
  /** Resets the clients' connections to a member, with `DeploymentOptions.proxied`. */
  resetConnections(member: number): Promise<void>;
  /** Leaves the clients' connections to a member half open, with `DeploymentOptions.proxied`. */
  halfOpenConnections(member: number): Promise<void>;
}

const PASSIVE_SECONDS = 60;
const CATCH_UP_MS = 10_000;
const PRIMARY_MS = 30_000;

const OPERATIONS = { i: 'insert', u: 'update', d: 'delete', c: 'command', n: 'command' } as const;

const bytesOf = (document: RawDocument | LogEntry['o']): Uint8Array =>
  document instanceof Map ? encodeDoc(document) : document.bytes;

const toRolledBack = ({ op, ns, o, after }: LogEntry): RolledBackWrite => ({
  namespace: ns,
  operation: OPERATIONS[op],
  document: BSON.deserialize(bytesOf(after ?? o)),
});

/** The controls of a deployment in this process. */
export class LocalControl implements DeploymentControl {
  readonly #runtime: Runtime;
  readonly #cluster: Cluster;
  readonly #members: readonly Member[];

  constructor(cluster: Cluster, members: readonly Member[]) {
    this.#runtime = cluster.runtime;
    this.#cluster = cluster;
    this.#members = members;
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`There is no member ${String(index)}`);
    return member;
  }

  get #set(): ReplicaSet {
    const { replicaSet } = this.#cluster;
    if (replicaSet === undefined) throw new TypeError('Only a replica set has that');
    return replicaSet;
  }

  #replica(index: number): Replica {
    const replica = this.#set.replicaOf(this.#member(index).state);
    if (replica === undefined) throw new RangeError(`There is no member ${String(index)}`);
    return replica;
  }

  #leader(): Replica {
    const { leader } = this.#set;
    if (leader === undefined) throw new Error('There is no primary');
    return leader;
  }

  async primary(): Promise<number | undefined> {
    return this.#set.leader?.member.settings.index;
  }

  async awaitPrimary(timeoutMS = PRIMARY_MS): Promise<number> {
    const set = this.#set;
    const ready = (): Replica | undefined => (set.leader?.member.writable === true ? set.leader : undefined);
    const end = this.#runtime.now() + timeoutMS;
    for (;;) {
      const leader = ready();
      if (leader !== undefined) return leader.member.settings.index;
      if (this.#runtime.now() >= end) throw new Error(`There is no primary after ${String(timeoutMS)} ms`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          timer.clear();
          for (const stop of stops) stop();
          resolve();
        };
        const timer = this.#runtime.setTimer(end - this.#runtime.now(), done, true);
        const stops = set.replicas.map(({ member }) => member.onTopologyChange(done));
      });
    }
  }

  async stepDown({ seconds = PASSIVE_SECONDS, force = false }: StepDownControl = {}): Promise<void> {
    const options = { passiveMS: seconds * 1000, catchUpMS: force ? 0 : CATCH_UP_MS, force };
    await stepDown(this.#runtime, this.#set, this.#leader(), options);
  }

  async stepUp(member: number): Promise<void> {
    const replica = this.#replica(member);
    if (!replica.isPrimary && !this.#set.elections.campaign(replica)) {
      throw new CommandError('CommandFailed', 'Election failed.');
    }
  }

  async kill(member: number): Promise<void> {
    await this.#member(member).kill();
  }

  async restart(member: number): Promise<void> {
    await this.#member(member).restart();
  }

  async freeze(member: number): Promise<void> {
    this.#member(member).state.freeze();
  }

  async thaw(member: number): Promise<void> {
    this.#member(member).state.thaw();
  }

  async partition(groups: readonly (readonly number[])[]): Promise<void> {
    this.#set.links.partition(groups.map((group) => group.map((index) => this.#member(index).state)));
  }

  async heal(): Promise<void> {
    this.#set.links.heal();
  }

  async lag(member: number, ms: number | 'paused'): Promise<void> {
    this.#replica(member).lagMS = ms === 'paused' ? Infinity : ms;
  }

  async reconfigure(changes: readonly MemberChange[]): Promise<void> {
    const leader = this.#leader();
    let members: readonly ConfigMember[] = leader.config.members;
    for (const { member: index, included = true, ...fields } of changes) {
      const { state } = this.#member(index);
      const before = members.find((entry) => entry.member === state);
      const others = members.filter((entry) => entry.member !== state);
      const after = configMember(state, { ...before, ...fields });
      members = included ? [...others, after].sort((a, b) => a.id - b.id) : others;
    }
    const version = leader.config.version + 1;
    this.#set.install(leader, { ...leader.config, version, term: leader.term, members });
  }

  async rolledBack(member: number): Promise<readonly RolledBackWrite[]> {
    return this.#replica(member).rolledBack.map(toRolledBack);
  }

  #shard(index: number): Shard {
    const { sharding } = this.#cluster;
    if (sharding === undefined) throw new TypeError('Only routers have shards behind them');
    const shard = sharding.shards[index];
    if (shard === undefined) throw new RangeError(`There is no shard ${String(index)}`);
    return shard;
  }

  async killShard(index: number): Promise<void> {
    const shard = this.#shard(index);
    shard.up = false;
    for (const { state } of this.#members) {
      const { cursors, data } = state;
      cursors.killWhere(
        ({ collection }) =>
          collection !== undefined && this.#cluster.sharding?.shardsOf(collection).has(shard) === true,
      );
      for (const { transaction } of data.sessions.all()) {
        if (transaction?.hasReached(shard) === true) transaction.abort();
      }
    }
  }

  async restartShard(index: number): Promise<void> {
    this.#shard(index).up = true;
  }

  #proxy(member: number): NonNullable<Member['proxy']> {
    const { proxy } = this.#member(member);
    if (proxy === undefined)
      throw new TypeError('The deployment was started without `proxied`, or the member is down');
    return proxy;
  }

  async setFaults(member: number, faults: ProxyFaults): Promise<void> {
    this.#proxy(member).setFaults(faults);
  }

  async resetConnections(member: number): Promise<void> {
    this.#proxy(member).reset();
  }

  async halfOpenConnections(member: number): Promise<void> {
    this.#proxy(member).halfOpen();
  }
}
