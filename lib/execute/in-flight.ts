import { deferred, type Deferred } from '../core/deferred.js';
import type { Runtime } from '../core/runtime.js';

/** Counts the operations that somebody waits for, so that a client that closes can let them finish. */
export class InFlight {
  readonly #runtime: Runtime;
  #count = 0;
  #quiet: Deferred<void> | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    if (--this.#count === 0) this.#quiet?.resolve();
  }

  /** Resolves when none is left: with whoever sends one command after the other, after the last of them. */
  async drained(): Promise<void> {
    for (;;) {
      while (this.#count > 0) {
        this.#quiet = deferred<void>();
        await this.#quiet.promise;
      }
      await this.#laterTurn();
      if (this.#count === 0) return;
    }
  }

  #laterTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#runtime.setImmediate(resolve);
    });
  }
}
