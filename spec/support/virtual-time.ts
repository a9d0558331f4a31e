import type { TimerHandle } from '../../lib/core/runtime.js';

interface Timer extends TimerHandle {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Its reactions are microtasks, and cost less than `queueMicrotask`, which makes an AsyncResource for each. */
const SETTLED = Promise.resolve();

const isBefore = (left: Timer, right: Timer): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

/**
 * Time that passes when it is told to. What is due runs in the order of its time, then of its making; each step is
 * followed by all microtasks it causes, before time goes on: Node runs a next-tick callback that a microtask asked for
 * only once no microtask is left, so no turn of the event loop has to be waited for.
 */
export class VirtualTime {
  readonly #timers: Timer[] = [];
  #immediates: (() => void)[] = [];
  #now = 0;
  #order = 0;
  #steps = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** How many steps were run. */
  get steps(): number {
    return this.#steps;
  }

  after(ms: number, run: () => void): TimerHandle {
    const timer: Timer = {
      at: this.#now + Math.max(0, ms),
      order: this.#order++,
      run,
      clear: () => {
        timer.run = undefined;
      },
    };
    this.#push(timer);
    return timer;
  }

  /** Runs when nothing else is due at this moment. */
  immediately(run: () => void): void {
    this.#immediates.push(run);
  }

  /** Lets this much time pass; `afterStep` runs once a step and its microtasks are over, before the next. */
  advance(ms: number, afterStep?: () => void): Promise<void> {
    return this.#runUntil(this.#now + ms, afterStep);
  }

  /** Runs microtasks and immediates until none is left; no time passes, and no timer runs. */
  settle(): Promise<void> {
    return this.#runUntil(-1, undefined);
  }

  #runUntil(end: number, afterStep: (() => void) | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          afterStep?.();
          const due = this.#takeDue(end);
          if (due === undefined) {
            if (end >= 0) this.#now = end;
            resolve();
            return;
          }
          this.#steps++;
          due();
          void SETTLED.then(afterMicrotasks);
        } catch (error) {
          reject(error as Error);
        }
      };
      const afterMicrotasks = (): void => process.nextTick(step);
      void SETTLED.then(afterMicrotasks);
    });
  }

  #takeDue(end: number): (() => void) | undefined {
    const next = this.#next();
    if (next !== undefined && next.at <= Math.min(end, this.#now)) return this.#take();
    if (this.#immediates.length > 0) return this.#immediates.shift();
    if (next === undefined || next.at > end) return undefined;
    this.#now = next.at;
    return this.#take();
  }

  /** The earliest timer that was not cleared. */
  #next(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0];
      if (first === undefined || first.run !== undefined) return first;
      this.#pop();
    }
  }

  #take(): (() => void) | undefined {
    const timer = this.#pop();
    const run = timer?.run;
    timer?.clear();
    return run;
  }

  /** The timers are a binary heap: no timer is before the one at half its place. */
  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = timers[parent]!;
      if (!isBefore(timer, above)) break;
      timers[at] = above;
      at = parent;
    }
    timers[at] = timer;
  }

  #pop(): Timer | undefined {
    const timers = this.#timers;
    const first = timers[0];
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1]!, timers[child]!)) child++;
      if (!isBefore(timers[child]!, last)) break;
      timers[at] = timers[child]!;
      at = child;
    }
    timers[at] = last;
    return first;
  }
}
