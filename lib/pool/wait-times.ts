const KEPT = 256;

/** The latest waits for a connection, for the quantiles of `client.stats()`. */
export class WaitTimes {
  readonly #samples: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** The smallest wait that at least this share of the kept waits did not exceed; 0 without waits. */
  quantile(share: number): number {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  }
}
