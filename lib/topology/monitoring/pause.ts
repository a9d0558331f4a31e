import type { Runtime, TimerHandle } from '../../core/runtime.js';

/** A pause that goes on. */
interface Rest {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
  readonly timer: TimerHandle;
}

/** The pause of a loop. One at a time; it does not keep the process alive. */
export class Pause {
  readonly #runtime: Runtime;
  #rest: Rest | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves after `ms` milliseconds, or as soon as it is woken while there is a reason to go on. */
  sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (ms <= 0 || isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#rest = { isOver, resolve, timer: this.#runtime.setTimer(ms, () => this.#end()) };
    });
  }

  wake(): void {
    if (this.#rest?.isOver() === true) this.#end();
  }

  #end(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    rest?.timer.clear();
    rest?.resolve();
  }
}
