import { deferred } from '../core/deferred.js';
import type { Runtime } from '../core/runtime.js';

/** The pause of a loop. One at a time; it does not keep the process alive. */
export class Pause {
  readonly #runtime: Runtime;
  #reconsider: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves after `ms` milliseconds, or as soon as it is woken while there is a reason to go on. */
  async sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (ms <= 0 || isOver()) return;
    const { promise, resolve } = deferred<void>();
    const timer = this.#runtime.setTimer(ms, resolve);
    this.#reconsider = () => {
      if (isOver()) resolve();
    };
    await promise;
    timer.clear();
    this.#reconsider = undefined;
  }

  wake(): void {
    this.#reconsider?.();
  }
}
