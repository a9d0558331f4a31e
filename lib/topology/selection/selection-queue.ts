import { watchDeadline, type Deadline } from '../../core/deadline.js';
import { deferred } from '../../core/deferred.js';
import type { Runtime } from '../../core/runtime.js';

interface Waiter<T> {
  readonly attempt: () => T | undefined;
  readonly settle: (settle: () => void) => void;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** About 24 days: the timer only shows that somebody waits. */
const HOLD_MS = 2 ** 31 - 1;

/** Those who wait for a description that suits them. A wait keeps the process alive, whatever else does not. */
export class SelectionQueue {
  readonly #runtime: Runtime;
  readonly #waiters = new Set<Waiter<unknown>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** Tries again whenever something is published, until `attempt` gives a value, throws, or the deadline is over. */
  wait<T>(attempt: () => T | undefined, deadline: Deadline): Promise<T> {
    const { promise, resolve, reject } = deferred<T>();
    const holder = this.#runtime.setTimer(HOLD_MS, () => undefined, true);
    const waiter: Waiter<T> = {
      attempt,
      resolve,
      reject,
      settle: (settle) => {
        holder.clear();
        stop();
        this.#waiters.delete(waiter as Waiter<unknown>);
        settle();
      },
    };
    const stop = watchDeadline(deadline, this.#runtime, (reason) => waiter.settle(() => reject(reason)));
    this.#waiters.add(waiter as Waiter<unknown>);
    return promise;
  }

  /** Something changed. */
  publish(): void {
    for (const waiter of [...this.#waiters]) {
      try {
        const value = waiter.attempt();
        if (value !== undefined) waiter.settle(() => waiter.resolve(value));
      } catch (error) {
        waiter.settle(() => waiter.reject(error));
      }
    }
  }

  /** Nothing will change any more. */
  rejectAll(error: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.settle(() => waiter.reject(error()));
  }
}
