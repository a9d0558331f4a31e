import type { Runtime } from '../../core/runtime.js';
import { Elections } from './elections.js';
import { MemberLinks } from './member-links.js';
import type { MemberState } from './member-state.js';
import { compareOpTimes, type OpTime } from './op-time.js';
import { Replica } from './replica.js';
import {
  dataMembersOf,
  DEFAULT_SETTINGS,
  inConfig,
  isNewer,
  writeMajority,
  type ConfigMember,
  type SetConfig,
  type SetSettings,
} from './set-config.js';

/** The members of a replica set among themselves: who leads, who follows whom, and what a majority has. */
export class ReplicaSet {
  readonly replicas: Replica[] = [];
  readonly links: MemberLinks;
  readonly elections: Elections;
  readonly #runtime: Runtime;
  #reviewing = false;
  #stale = false;
  #closed = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.links = new MemberLinks(() => this.changed());
    this.elections = new Elections(runtime, this);
  }

  /** A member of the first configuration. */
  add(entry: ConfigMember, settings: Partial<SetSettings> = {}): Replica {
    const known = this.replicas[0]?.config ?? {
      version: 1,
      term: 1,
      members: [],
      settings: DEFAULT_SETTINGS,
    };
    const config: SetConfig = {
      ...known,
      members: [...known.members, entry],
      settings: { ...known.settings, ...settings },
    };
    for (const replica of this.replicas) replica.config = config;
    return this.#admit(entry.member, config);
  }

  /** A process that becomes a member once a configuration names it. */
  introduce(member: MemberState): Replica {
    return this.#admit(member, { version: 0, term: 0, members: [], settings: DEFAULT_SETTINGS });
  }

  #admit(member: MemberState, config: SetConfig): Replica {
    const replica = new Replica(member, config, this.#runtime, (moved) => this.#moved(moved));
    this.replicas.push(replica);
    member.onTopologyChange(() => this.changed());
    this.changed();
    return replica;
  }

  replicaOf(member: MemberState): Replica | undefined {
    return this.replicas.find((replica) => replica.member === member);
  }

  /** The member that leads a majority; undefined while there is none. */
  get leader(): Replica | undefined {
    return this.replicas
      .filter(
        (replica) => replica.isPrimary && replica.member.running && this.elections.hearsMajority(replica),
      )
      .sort((a, b) => b.term - a.term)[0];
  }

  /** The primary that a member reaches; itself where it is one. */
  primaryFor(member: MemberState): MemberState | undefined {
    return this.replicas.find((other) => other.isPrimary && this.links.reach(member, other.member))?.member;
  }

  reach(a: Replica, b: Replica): boolean {
    return this.links.reach(a.member, b.member);
  }

  close(): void {
    this.#closed = true;
    this.elections.close();
    for (const replica of this.replicas) replica.follow(undefined);
  }

  /** To be called when members, links, terms, states or configurations are other ones. */
  changed(): void {
    this.#stale = true;
    if (this.#reviewing || this.#closed) return;
    this.#reviewing = true;
    try {
      while (this.#stale) {
        this.#stale = false;
        for (const replica of this.replicas) {
          if (replica.member.running) this.#hear(replica);
          else if (replica.member.state === 'DOWN') replica.primary = undefined;
        }
      }
      for (const replica of this.replicas) this.#arrange(replica);
      this.elections.review();
    } finally {
      this.#reviewing = false;
    }
  }

  /** What a member learns from those it reaches: terms, configurations, who is primary. */
  #hear(replica: Replica): void {
    for (const other of this.replicas) {
      if (other === replica || !this.reach(replica, other)) continue;
      if (other.term > replica.term) {
        replica.term = other.term;
        if (replica.isPrimary) this.elections.stepDown(replica);
        this.#stale = true;
      }
      if (isNewer(other.config, replica.config)) this.#adopt(replica, other.config);
      if (other.isPrimary && other.term >= replica.term && replica.primary !== other) {
        replica.primary = other;
        replica.member.topologyChanged();
      }
    }
    if (replica.primary !== undefined && this.reach(replica, replica.primary) && !replica.primary.isPrimary) {
      replica.primary = undefined;
      replica.member.topologyChanged();
    }
  }

  #adopt(replica: Replica, config: SetConfig): void {
    const before = replica.config;
    replica.config = config;
    this.#stale = true;
    const { member } = replica;
    const entry = inConfig(config, member);
    if (entry === undefined) member.enter('REMOVED');
    else if (member.state === 'REMOVED' || member.state === 'STARTUP') {
      member.enter(entry.arbiterOnly ? 'ARBITER' : 'SECONDARY');
    } else if (before.version !== config.version) member.topologyChanged();
  }

  /** A primary hands out a new configuration; others take it with `force`. */
  install(replica: Replica, config: SetConfig): void {
    this.#adopt(replica, config);
    this.changed();
  }

  #arrange(replica: Replica): void {
    const follows = replica.holdsData && replica.member.state === 'SECONDARY' && replica.member.running;
    replica.follow(follows ? this.#sourceOf(replica) : undefined);
    this.#report(replica);
  }

  /** The primary, or where that cannot be reached, whoever is further. */
  #sourceOf(replica: Replica): Replica | undefined {
    const heard = this.replicas.filter(
      (other) => other !== replica && other.holdsData && this.reach(replica, other),
    );
    const [furthest] = heard
      .filter(({ member }) => member.state === 'SECONDARY')
      .sort((a, b) => compareOpTimes(b.position, a.position));
    return (
      heard.find((other) => other.isPrimary && other.term >= replica.term) ??
      (furthest !== undefined && compareOpTimes(furthest.position, replica.position) > 0
        ? furthest
        : undefined)
    );
  }

  /** A member tells its primary how far it is, and hears what a majority has. */
  #report(replica: Replica): void {
    const primary = replica.isPrimary ? replica : replica.primary;
    if (primary === undefined || !primary.isPrimary || !this.reach(replica, primary)) return;
    if (replica !== primary) {
      if (replica.holdsData) primary.learnPosition(replica, replica.position);
      replica.learnMajority(primary.majority);
    }
    this.#advanceMajority(primary);
  }

  #moved(replica: Replica): void {
    if (!this.#closed) this.#report(replica);
  }

  #advanceMajority(primary: Replica): void {
    const reached = this.#majorityPosition(primary);
    // Entries of earlier terms are decided only together with one of the present term.
    if (reached === undefined || reached.t !== primary.member.data.log.term) return;
    if (compareOpTimes(reached, primary.majority) <= 0) return;
    primary.learnMajority(reached);
    for (const replica of this.replicas) {
      if (replica !== primary && this.reach(replica, primary)) replica.learnMajority(reached);
    }
  }

  #majorityPosition(primary: Replica): OpTime | undefined {
    const positions = dataMembersOf(primary.config)
      .filter(({ votes }) => votes > 0)
      .map(({ member }) => {
        const replica = this.replicaOf(member);
        return replica && primary.positionOf(replica);
      })
      .filter((position) => position !== undefined)
      .sort((a, b) => compareOpTimes(b, a));
    return positions[writeMajority(primary.config) - 1];
  }
}
