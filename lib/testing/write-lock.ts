/** Holds back writes between fsync with `lock` and fsyncUnlock. */
export class WriteLock {
  #count = 0;
  readonly #waiters = new Set<() => void>();

  get locked(): boolean {
    return this.#count > 0;
  }

  /** How often it is locked now. */
  lock(): number {
    this.#count += 1;
    return this.#count;
  }

  unlock(): number {
    this.#count -= 1;
    if (this.#count === 0) for (const wake of [...this.#waiters]) wake();
    return this.#count;
  }

  /** Calls `wake` at each unlocking, until the returned function is called. */
  onUnlock(wake: () => void): () => void {
    this.#waiters.add(wake);
    return () => {
      this.#waiters.delete(wake);
    };
  }
}
