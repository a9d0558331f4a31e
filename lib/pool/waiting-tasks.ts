import type { Queue, QueueAddOptions } from 'p-queue';

type Run = () => Promise<unknown>;

export interface WaitingOptions<THolder> extends QueueAddOptions {
  /** Whom the task is for. */
  readonly holder: THolder;
}

/**
 * The tasks a p-queue has not started yet, first come first served. One that is withdrawn leaves at once, at the same
 * cost wherever it stood; the promise p-queue made for it is never looked at.
 */
export class WaitingTasks<THolder> implements Queue<Run, WaitingOptions<THolder>> {
  readonly #tasks = new Map<THolder, Run>();

  get size(): number {
    return this.#tasks.size;
  }

  get holders(): IterableIterator<THolder> {
    return this.#tasks.keys();
  }

  enqueue(run: Run, options?: Partial<WaitingOptions<THolder>>): void {
    this.#tasks.set(options?.holder as THolder, run);
  }

  dequeue(): Run | undefined {
    const first = this.#tasks.entries().next();
    if (first.done === true) return undefined;
    const [holder, run] = first.value;
    this.#tasks.delete(holder);
    return run;
  }

  withdraw(holder: THolder): boolean {
    return this.#tasks.delete(holder);
  }

  filter(): Run[] {
    return [...this.#tasks.values()];
  }

  setPriority(): never {
    throw new Error('Whoever came first is served first');
  }
}
