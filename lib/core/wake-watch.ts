import type { Runtime, TimerHandle } from './runtime.js';

type Clock = Pick<Runtime, 'now' | 'wallClock' | 'setTimer'>;

/** Between two looks at the clocks. */
const TICK_MS = 5_000;
/** A look that comes later than this after its time tells that the process stood still. */
const STANDSTILL_MS = 3_000;

/**
 * Notices that the process stood still: stopped by a signal, frozen with its container or function, suspended with its
 * machine. Streams may have died in the meantime without a word. A timer looks at the clocks while somebody listens;
 * whoever is about to use a stream looks first, since the timer may come later.
 */
export class WakeWatch {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: TimerHandle | undefined;
  /** Monotonic milliseconds at which the next tick is overdue. */
  #overdueAt = Infinity;
  /** How far the wall clock may be ahead of the monotonic one, which stops while some systems are suspended. */
  #greatestLead = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls the listener each time the process has stood still, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) this.#arm();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#timer?.clear();
      this.#timer = undefined;
      this.#overdueAt = Infinity;
      this.#greatestLead = Infinity;
    };
  }

  /** Tells the listeners where the process has stood still since the last look. */
  look(): void {
    if (this.#stoodStill()) this.#wake();
  }

  #arm(): void {
    const now = this.#clock.now();
    this.#overdueAt = now + TICK_MS + STANDSTILL_MS;
    this.#greatestLead = this.#clock.wallClock() - now + STANDSTILL_MS;
    this.#timer = this.#clock.setTimer(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    if (this.#stoodStill()) this.#wake();
    else this.#arm();
  }

  #stoodStill(): boolean {
    const now = this.#clock.now();
    return now > this.#overdueAt || this.#clock.wallClock() - now > this.#greatestLead;
  }

  #wake(): void {
    this.#timer?.clear();
    this.#arm();
    for (const listener of [...this.#listeners]) listener();
  }
}

const watches = new WeakMap<Clock, WakeWatch>();

/** The one watch of a runtime: all clients that share it share its timer. */
export const wakeWatchOf = (runtime: Clock): WakeWatch => {
  let watch = watches.get(runtime);
  if (watch === undefined) watches.set(runtime, (watch = new WakeWatch(runtime)));
  return watch;
};
