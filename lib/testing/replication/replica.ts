import type { Runtime, TimerHandle } from '../../core/runtime.js';
import type { MemberState } from './member-state.js';
import { compareOpTimes, earlierOf, type OpTime } from './op-time.js';

/** Entries applied in one turn, so that following a long log leaves room for clients. */
const BATCH = 1000;

/** One member of a replica set as the replication sees it: how far it is, whom it follows, what it knows of others. */
export class Replica {
  readonly member: MemberState;
  readonly #runtime: Runtime;
  readonly #applied: (replica: Replica) => void;
  readonly #onProgress = new Set<() => void>();
  /** While primary: how far the others have said they are. */
  readonly #positions = new Map<Replica, OpTime>();
  #majority: OpTime;
  #lagMS = 0;
  #source: Replica | undefined;
  #stopListening: (() => void) | undefined;
  #timer: TimerHandle | undefined;
  #scheduled = false;

  /** `applied` is told after each change of this member's position. */
  constructor(member: MemberState, runtime: Runtime, applied: (replica: Replica) => void) {
    this.member = member;
    this.#runtime = runtime;
    this.#applied = applied;
    this.#majority = member.data.log.lastOpTime;
    member.data.log.listen(() => this.#moved());
  }

  get holdsData(): boolean {
    return this.member.settings.role === 'data';
  }

  /** How far this member is. */
  get position(): OpTime {
    return this.member.data.log.lastOpTime;
  }

  /** The latest moment that this member knows a majority to have, and has itself. */
  get majority(): OpTime {
    return earlierOf(this.#majority, this.position);
  }

  /** Milliseconds by which this member follows later than it could. */
  get lagMS(): number {
    return this.#lagMS;
  }

  set lagMS(ms: number) {
    this.#lagMS = ms;
    this.#timer?.clear();
    this.#timer = undefined;
    this.#scheduled = false;
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
    this.#stopListening?.();
    this.#source = source;
    this.#stopListening = source?.member.data.log.listen(() => this.#schedule(this.#lagMS));
    if (source !== undefined) this.#schedule(0);
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

  learnMajority(time: OpTime): void {
    if (compareOpTimes(time, this.#majority) <= 0) return;
    this.#majority = time;
    this.#wake();
  }

  #moved(): void {
    this.#applied(this);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#onProgress]) wake();
  }

  #schedule(ms: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const run = (): void => {
      this.#scheduled = false;
      this.#timer = undefined;
      this.#pull();
    };
    if (ms > 0) this.#timer = this.#runtime.setTimer(ms, run);
    else this.#runtime.setImmediate(run);
  }

  #pull(): void {
    const source = this.#source;
    if (source === undefined) return;
    const { log } = source.member.data;
    const from = log.indexAfter(this.position);
    if (from === undefined) return;
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
}
