import type { Runtime, TimerHandle } from '../../core/runtime.js';
import type { MemberState } from './member-state.js';
import { compareOpTimes, earlierOf, type OpTime } from './op-time.js';
import type { LogEntry } from './replication-log.js';
import { rollBack } from './rollback.js';
import { inConfig, type ConfigMember, type SetConfig } from './set-config.js';

/** Entries applied in one turn, so that following a long log leaves room for clients. */
const BATCH = 1000;

/** One member of a replica set among the others: how far it is, whom it follows, what it knows of them. */
export class Replica {
  readonly member: MemberState;
  config: SetConfig;
  /** The highest term this member has heard of. */
  term = 1;
  /** The primary, as far as this member knows. */
  primary: Replica | undefined;
  /** Monotonic ms until which this member does not stand for election: it stepped down, or was told to (replSetFreeze). */
  passiveUntil = 0;
  /** Writes that were undone when this member came back to a set that had gone on without it, oldest first. */
  readonly rolledBack: LogEntry[] = [];
  readonly #runtime: Runtime;
  readonly #moved: (replica: Replica) => void;
  readonly #onProgress = new Set<() => void>();
  /** While primary: how far the others have said they are. */
  readonly #positions = new Map<Replica, OpTime>();
  #majority: OpTime;
  #lagMS = 0;
  #source: Replica | undefined;
  #stopFollowing: (() => void) | undefined;
  #stopWatching: () => void;
  #pending: TimerHandle | 'now' | undefined;

  /** `moved` is told after each change of this member's position. */
  constructor(member: MemberState, config: SetConfig, runtime: Runtime, moved: (replica: Replica) => void) {
    this.member = member;
    this.config = config;
    this.#runtime = runtime;
    this.#moved = moved;
    this.#majority = member.data.log.lastOpTime;
    this.#stopWatching = this.#watchLog();
  }

  get holdsData(): boolean {
    return this.member.settings.role === 'data';
  }

  get isPrimary(): boolean {
    return this.member.state === 'PRIMARY';
  }

  /** This member's entry in the configuration it knows. */
  get entry(): ConfigMember | undefined {
    return inConfig(this.config, this.member);
  }

  /** How far this member is. */
  get position(): OpTime {
    return this.member.data.log.lastOpTime;
  }

  /** The latest moment that this member knows a majority to have, and has itself. */
  get majority(): OpTime {
    return earlierOf(this.#majority, this.position);
  }

  /** Milliseconds by which this member follows later than it could; Infinity: it does not follow at all. */
  get lagMS(): number {
    return this.#lagMS;
  }

  set lagMS(ms: number) {
    this.#lagMS = ms;
    if (typeof this.#pending === 'object') this.#pending.clear();
    this.#pending = undefined;
    this.#schedule(0);
  }

  /** Calls `wake` whenever this member learns of progress, until the returned function is called. */
  onProgress(wake: () => void): () => void {
    this.#onProgress.add(wake);
    return () => {
      this.#onProgress.delete(wake);
    };
  }

  /** Takes entries from `source` from now on. */
  follow(source: Replica | undefined): void {
    if (source === this.#source) return;
    this.#stopFollowing?.();
    this.#source = source;
    this.#stopFollowing = source?.onProgress(() => this.#schedule(this.#lagMS));
    if (source !== undefined) this.#schedule(0);
  }

  /** A new primary takes at once what the others have and it has not: nothing that any of them knows is lost. */
  catchUpWith(source: Replica): void {
    let entry: LogEntry | undefined;
    let index = source.member.data.log.indexAfter(this.position) ?? Infinity;
    while ((entry = source.member.data.log.at(index)) !== undefined) {
      this.member.data.apply(entry);
      index += 1;
    }
  }

  /** What this primary knows of the position of another member. */
  positionOf(replica: Replica): OpTime | undefined {
    return replica === this ? this.position : this.#positions.get(replica);
  }

  /** Another member says how far it is. */
  learnPosition(replica: Replica, position: OpTime): void {
    this.#positions.set(replica, position);
    this.#wake();
  }

  /** What a former primary knew of the others is worth nothing to the next. */
  forgetPositions(): void {
    this.#positions.clear();
  }

  /**
   * Hears what a majority has. Of another term than its own last entry, it cannot tell whether that entry is part of it
   * (the server: "Advancing the commit point").
   */
  learnMajority(time: OpTime): void {
    if (time.t !== this.position.t || compareOpTimes(time, this.#majority) <= 0) return;
    this.#majority = time;
    this.#wake();
  }

  #watchLog(): () => void {
    return this.member.data.log.listen(() => {
      this.#moved(this);
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of [...this.#onProgress]) wake();
  }

  #schedule(ms: number): void {
    if (this.#pending !== undefined || ms === Infinity) return;
    const run = (): void => {
      this.#pending = undefined;
      this.#pull();
    };
    if (ms > 0) this.#pending = this.#runtime.setTimer(ms, run);
    else {
      this.#pending = 'now';
      this.#runtime.setImmediate(() => {
        if (this.#pending === 'now') run();
      });
    }
  }

  #pull(): void {
    const source = this.#source;
    if (source === undefined || this.#lagMS === Infinity) return;
    const { log } = source.member.data;
    const from = log.indexAfter(this.position);
    if (from === undefined) {
      if (compareOpTimes(source.position, this.position) > 0) this.#startOver(source);
      return;
    }
    const ripe = this.#runtime.wallClock() - this.#lagMS;
    for (let index = from; index < from + BATCH; index += 1) {
      const entry = log.at(index);
      if (entry === undefined) return;
      if (this.#lagMS > 0 && entry.wall > ripe) {
        this.#schedule(entry.wall - ripe);
        return;
      }
      this.member.data.apply(entry);
    }
    this.#schedule(0);
  }

  /**
   * The source's log does not go on from where this member is: this member has writes that the set has not, or the set
   * has forgotten what this member lacks.
   */
  #startOver(source: Replica): void {
    this.#stopWatching();
    this.rolledBack.push(...rollBack(this.member, source.member));
    this.#stopWatching = this.#watchLog();
    this.#moved(this);
    this.#wake();
  }
}
