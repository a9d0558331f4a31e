import type { VirtualRuntime } from '../../support/virtual-runtime.js';
import type { Judge } from './breach.js';

interface Expected {
  readonly what: string;
  readonly until: number;
  readonly farewellMS: number;
}

/** Every promise settles within its deadline; a process that was stopped may still settle it when it goes on. */
export class Deadlines {
  readonly #runtime: VirtualRuntime;
  readonly #judge: Judge;
  readonly #expected = new Set<Expected>();
  #lastThaw = -Infinity;

  constructor(runtime: VirtualRuntime, judge: Judge) {
    this.#runtime = runtime;
    this.#judge = judge;
  }

  get pending(): number {
    return this.#expected.size;
  }

  /** The process was stopped until now. */
  thawed(): void {
    this.#lastThaw = this.#runtime.now();
  }

  /** Resolves as `promise` does; it has `limitMS` milliseconds, and `farewellMS` to take leave when they are over. */
  async within<T>(limitMS: number, what: string, promise: Promise<T>, farewellMS = 0): Promise<T> {
    const expected = { what, until: this.#runtime.now() + limitMS, farewellMS };
    this.#expected.add(expected);
    try {
      return await promise;
    } finally {
      this.#expected.delete(expected);
      this.#check(expected);
    }
  }

  /** Complains of what should have settled by now. */
  checkAll(): void {
    if (this.#runtime.isFrozen) return;
    for (const expected of this.#expected) this.#check(expected);
  }

  #check({ what, until, farewellMS }: Expected): void {
    const now = this.#runtime.now();
    const latest = Math.max(until, this.#lastThaw) + farewellMS;
    if (now <= latest) return;
    this.#judge.complain(
      'settled within the deadline',
      `${what} had time until ${String(latest)} and is pending or settled at ${String(now)}`,
    );
  }
}
