import type { Runtime, TimerHandle } from '../../core/runtime.js';
import type { Value } from '../query/value.js';
import { compareOpTimes } from './op-time.js';
import type { Replica } from './replica.js';
import { inConfig, votersOf, votesNeeded } from './set-config.js';

/** What elections take place in. */
export interface ElectionGround {
  readonly replicas: readonly Replica[];
  reach(a: Replica, b: Replica): boolean;
  /** Members, terms or states are other ones now. */
  changed(): void;
}

type Waiting =
  /** A secondary without a primary: stands for election. */
  | 'election'
  /** A secondary that outranks the primary: takes over. */
  | 'takeover'
  /** A secondary that may not stand for election for a while. */
  | 'passive'
  /** A primary without a majority: steps down. */
  | 'isolation'
  /** A member that cannot be elected and has lost its primary: forgets it. */
  | 'silence';

interface Plan {
  readonly waiting: Waiting;
  readonly ms: number;
}

/** Members with the same timeout do not all stand at once (server parameter: replElectionTimeoutOffsetLimitFraction). */
const OFFSET_FRACTION = 0.15;

/**
 * Who becomes primary and when, by the rules of the server's election protocol: terms, one vote a term, votes only for
 * candidates that are as far as the voter, a majority of all votes. In place of heartbeats members know of each other
 * what the links between them let them know, and the timeouts run from the moment that this changes.
 */
export class Elections {
  readonly #runtime: Runtime;
  readonly #ground: ElectionGround;
  readonly #timers = new Map<Replica, { readonly waiting: Waiting; readonly timer: TimerHandle }>();

  constructor(runtime: Runtime, ground: ElectionGround) {
    this.#runtime = runtime;
    this.#ground = ground;
  }

  /** To be called after every change: lets each member wait for what it has to wait for now. */
  review(): void {
    for (const replica of this.#ground.replicas) {
      const plan = this.#plan(replica);
      const current = this.#timers.get(replica);
      if (current?.waiting === plan?.waiting) continue;
      current?.timer.clear();
      this.#timers.delete(replica);
      if (plan === undefined) continue;
      const timer = this.#runtime.setTimer(plan.ms, () => {
        this.#timers.delete(replica);
        this.#act(replica, plan.waiting);
      });
      this.#timers.set(replica, { waiting: plan.waiting, timer });
    }
  }

  /** Stops waiting for good. */
  close(): void {
    for (const { timer } of this.#timers.values()) timer.clear();
    this.#timers.clear();
  }

  /** Members that this one reaches, itself included. */
  #heard(replica: Replica): Replica[] {
    return this.#ground.replicas.filter((other) => this.#ground.reach(replica, other));
  }

  hearsMajority(replica: Replica): boolean {
    const heard = new Set(this.#heard(replica).map(({ member }) => member));
    return (
      votersOf(replica.config).filter(({ member }) => heard.has(member)).length >= votesNeeded(replica.config)
    );
  }

  /** Whether the member may be elected at all, at this moment. */
  isElectable(replica: Replica): boolean {
    return (
      replica.member.running &&
      replica.member.state === 'SECONDARY' &&
      (replica.entry?.priority ?? 0) > 0 &&
      replica.passiveUntil <= this.#runtime.now()
    );
  }

  #plan(replica: Replica): Plan | undefined {
    const { member, entry } = replica;
    const { electionTimeoutMillis: timeout } = replica.config.settings;
    if (!member.running || entry === undefined) return undefined;
    if (member.state === 'PRIMARY') {
      return this.hearsMajority(replica) ? undefined : { waiting: 'isolation', ms: timeout };
    }
    if (member.state === 'SECONDARY' && entry.priority > 0) {
      const left = replica.passiveUntil - this.#runtime.now();
      if (left > 0) return { waiting: 'passive', ms: left };
      const primary = this.#primaryOf(replica);
      if (primary === undefined) {
        const alone = votesNeeded(replica.config) === 1;
        return {
          waiting: 'election',
          ms: alone ? 0 : timeout * (1 + OFFSET_FRACTION * this.#runtime.random()),
        };
      }
      const rank = replica.config.members.filter(({ priority }) => priority > entry.priority).length;
      const outranks = entry.priority > (inConfig(replica.config, primary.member)?.priority ?? 0);
      return outranks ? { waiting: 'takeover', ms: timeout * (rank + 1) } : undefined;
    }
    const lost = replica.primary !== undefined && this.#primaryOf(replica) === undefined;
    return lost ? { waiting: 'silence', ms: timeout } : undefined;
  }

  /** The primary that the member hears. */
  #primaryOf(replica: Replica): Replica | undefined {
    return this.#heard(replica).find((other) => other.isPrimary && other.term >= replica.term);
  }

  #act(replica: Replica, waiting: Waiting): void {
    if (waiting === 'isolation') this.stepDown(replica);
    else if (waiting === 'takeover') this.#takeOver(replica);
    else if (waiting !== 'passive') {
      replica.primary = undefined;
      replica.member.topologyChanged();
      if (waiting === 'election') this.campaign(replica);
    }
    this.#ground.changed();
  }

  /** Only a member that has what the primary has takes its place. */
  #takeOver(replica: Replica): void {
    const primary = this.#primaryOf(replica);
    if (primary !== undefined && compareOpTimes(replica.position, primary.position) >= 0)
      this.campaign(replica);
  }

  /** Stands for election. False where the member may not, or a majority does not vote for it. */
  campaign(candidate: Replica): boolean {
    if (!this.isElectable(candidate)) return false;
    const term = candidate.term + 1;
    const heard = this.#heard(candidate);
    const votes = votersOf(candidate.config).filter(({ member }) => {
      const voter = heard.find((replica) => replica.member === member);
      return voter !== undefined && (voter === candidate || this.#votesFor(voter, candidate, term));
    });
    if (votes.length < votesNeeded(candidate.config)) return false;
    for (const replica of heard) {
      replica.term = Math.max(replica.term, term);
      if (replica.isPrimary) this.stepDown(replica);
    }
    this.#takeOffice(candidate, heard);
    return true;
  }

  #votesFor(voter: Replica, candidate: Replica, term: number): boolean {
    const { config } = candidate;
    if (voter.term >= term) return false;
    if (voter.config.version !== config.version || voter.config.term !== config.term) return false;
    if (voter.holdsData) return compareOpTimes(candidate.position, voter.position) >= 0;
    // An arbiter stands by a primary that it hears, unless the candidate ranks higher.
    const primary = this.#primaryOf(voter);
    const rank = (replica: Replica): number => inConfig(config, replica.member)?.priority ?? 0;
    return primary === undefined || rank(candidate) > rank(primary);
  }

  #takeOffice(winner: Replica, heard: readonly Replica[]): void {
    const [ahead] = heard
      .filter(({ holdsData }) => holdsData)
      .sort((a, b) => compareOpTimes(b.position, a.position));
    winner.follow(undefined);
    if (ahead !== undefined && ahead !== winner) winner.catchUpWith(ahead);
    winner.forgetPositions();
    winner.primary = winner;
    winner.config = { ...winner.config, term: winner.term };
    const { log } = winner.member.data;
    log.term = BigInt(winner.term);
    winner.member.enter('PRIMARY');
    // Entries of earlier terms count as a majority's only once one of this term does.
    log.append({ op: 'n', ns: '', o: new Map<string, Value>([['msg', 'new primary']]) });
    this.#ground.changed();
  }

  /** Ends a primary's time in office. */
  stepDown(replica: Replica): void {
    replica.forgetPositions();
    replica.primary = undefined;
    replica.member.enter('SECONDARY');
    this.#ground.changed();
  }
}
