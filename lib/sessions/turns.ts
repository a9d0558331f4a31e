import { throwIfOver, watchDeadline, type Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';

/** Ends a turn: the next in line has it. */
export type EndTurn = () => void;

/** Lets callers go one at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Whether somebody has the turn or waits for it. */
  get busy(): boolean {
    return this.#taken;
  }

  /** Waits for the turn, as long as the deadline allows; it lasts until the returned function is called. */
  async take(deadline: Deadline, runtime: Runtime): Promise<EndTurn> {
    throwIfOver(deadline, runtime);
    if (this.#taken) await this.#wait(deadline, runtime);
    else this.#taken = true;
    return () => this.#next();
  }

  #wait(deadline: Deadline, runtime: Runtime): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        stop();
        resolve();
      };
      const stop = watchDeadline(deadline, runtime, (reason) => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(reason as Error);
      });
      this.#waiting.push(enter);
    });
  }

  #next(): void {
    const enter = this.#waiting.shift();
    if (enter === undefined) this.#taken = false;
    else enter();
  }
}
