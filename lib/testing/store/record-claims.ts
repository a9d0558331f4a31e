import { CommandError } from '../command-error.js';

/** Whoever has written what others must not write before it ends: a transaction in progress. */
export interface Claimant {
  /** Calls `wake` once it has ended, until the returned function is called. */
  onEnd(wake: () => void): () => void;
}

/**
 * Two writers met. Inside of a transaction that ends it; any other write waits for `until` and tries again, as a
 * server does.
 */
export class WriteConflict extends CommandError {
  readonly until: Claimant | undefined;
  /** Counts who waits for a whole collection: transactions do not get in line behind them. */
  readonly queue: { waiting: number } | undefined;

  constructor(until?: Claimant, queue?: { waiting: number }) {
    super(
      'WriteConflict',
      'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
    );
    this.until = until;
    this.queue = queue;
  }
}

/** Records and keys of unique indexes that transactions in progress have written. */
export class RecordClaims {
  readonly #claims = new Map<number | string, Claimant>();

  get size(): number {
    return this.#claims.size;
  }

  /** Throws when another than `self` has it. A key is the name of its index and its text. */
  check(what: number | string, self?: Claimant): void {
    const claimant = this.#claims.get(what);
    if (claimant !== undefined && claimant !== self) throw new WriteConflict(claimant);
  }

  claim(what: number | string, self: Claimant): void {
    this.check(what, self);
    this.#claims.set(what, self);
  }

  release(self: Claimant): void {
    for (const [what, claimant] of this.#claims) if (claimant === self) this.#claims.delete(what);
  }
}
