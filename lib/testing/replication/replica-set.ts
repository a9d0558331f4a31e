import type { Runtime } from '../../core/runtime.js';
import type { MemberState } from './member-state.js';
import { compareOpTimes } from './op-time.js';
import { Replica } from './replica.js';

/** The members of a replica set among themselves: who follows whom, and what a majority has. */
export class ReplicaSet {
  readonly replicas: Replica[] = [];
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(member: MemberState): Replica {
    const replica = new Replica(member, this.#runtime, (moved) => this.#moved(moved));
    this.replicas.push(replica);
    member.onTopologyChange(() => this.#arrange());
    this.#arrange();
    return replica;
  }

  replicaOf(member: MemberState): Replica | undefined {
    return this.replicas.find((replica) => replica.member === member);
  }

  get #primary(): Replica | undefined {
    return this.replicas.find(({ member }) => member.state === 'PRIMARY');
  }

  /** Lets every member follow the primary that it can reach. */
  #arrange(): void {
    const primary = this.#primary;
    for (const replica of this.replicas) {
      const follows = replica.holdsData && replica.member.state === 'SECONDARY';
      replica.follow(follows ? primary : undefined);
      if (follows) primary?.learnPosition(replica, replica.position);
    }
  }

  #moved(replica: Replica): void {
    const primary = this.#primary;
    if (primary === undefined) return;
    if (replica !== primary) primary.learnPosition(replica, replica.position);
    this.#advanceMajority(primary);
  }

  #advanceMajority(primary: Replica): void {
    const data = this.replicas.filter(({ holdsData }) => holdsData);
    const needed = Math.min(Math.floor(this.replicas.length / 2) + 1, data.length);
    const positions = data
      .map((replica) => primary.positionOf(replica))
      .filter((position) => position !== undefined)
      .sort((a, b) => compareOpTimes(b, a));
    const reached = positions[needed - 1];
    // Entries of earlier terms are decided only together with one of the present term.
    if (reached === undefined || reached.t !== primary.member.data.log.term) return;
    primary.learnMajority(reached);
    for (const { member } of data) {
      if (member.state === 'SECONDARY') this.replicaOf(member)?.learnMajority(reached);
    }
  }
}
