import { deadlineFailure, narrowDeadline, type Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import type { SelectionQueue } from './selection/selection-queue.js';
import type { FoundSeeds, SeedSource } from './srv/srv-seeds.js';

interface Attempt {
  failure: { readonly reason: unknown } | undefined;
}

export interface SeedSearchOptions {
  readonly runtime: Runtime;
  readonly source: SeedSource;
  /** Bounds each wait; 0 means no limit. */
  readonly limitMS: number;
  /** Where those who need the seeds wait. */
  readonly waiting: SelectionQueue;
  readonly onFound: (found: FoundSeeds) => void;
}

/** Looks for the seeds of a topology; where that fails, whoever needs them next has them looked for again. */
export class SeedSearch {
  readonly #options: SeedSearchOptions;
  readonly #stopped = new AbortController();
  #attempt: Attempt | undefined;
  #found = false;

  constructor(options: SeedSearchOptions) {
    this.#options = options;
  }

  /** Begins an attempt, unless one is under way. */
  begin(): void {
    this.#begin();
  }

  /** Resolves once the seeds are found; rejects with the failure of the attempt, or with that of the deadline. */
  async wait(deadline: Deadline): Promise<void> {
    const { runtime, source, limitMS, waiting } = this.#options;
    const attempt = this.#begin();
    if (attempt === undefined) return;
    const limited = narrowDeadline(deadline, runtime, limitMS, () => source.timeoutError(limitMS));
    const over = deadlineFailure(limited, runtime);
    if (over !== undefined) throw over.reason;
    await waiting.wait(() => {
      if (attempt.failure !== undefined) throw attempt.failure.reason;
      return this.#found ? true : undefined;
    }, limited);
  }

  /** Ends what is under way: nobody needs the seeds any more. */
  stop(): void {
    this.#stopped.abort();
  }

  #begin(): Attempt | undefined {
    if (this.#found || this.#attempt !== undefined) return this.#attempt;
    const attempt: Attempt = { failure: undefined };
    this.#attempt = attempt;
    void this.#run(attempt);
    return attempt;
  }

  async #run(attempt: Attempt): Promise<void> {
    const { source, waiting, onFound } = this.#options;
    try {
      const found = await source.find(this.#stopped.signal);
      this.#found = true;
      onFound(found);
    } catch (reason) {
      attempt.failure = { reason };
    }
    this.#attempt = undefined;
    waiting.publish();
  }
}
