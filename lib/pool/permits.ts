import PQueue from 'p-queue';

/**
 * The places under `maxPoolSize`. A waiting check-out is a task of a p-queue that runs until its connection is checked
 * in; a place may also be taken directly, past the queue, when nobody waits. Places taken directly lower the queue's
 * concurrency: without that the two kinds together would exceed the cap.
 */
export class Permits {
  readonly #cap: number;
  readonly #queue: PQueue;
  #direct = 0;

  /** A cap of 0 means no limit. */
  constructor(cap: number) {
    this.#cap = cap === 0 ? Infinity : cap;
    this.#queue = new PQueue({ concurrency: this.#cap });
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get taken(): number {
    return this.#direct + this.#queue.pending;
  }

  /** Takes a place at once where one is free and nobody waits for it. */
  tryTake(): boolean {
    if (this.#queue.size > 0 || this.taken >= this.#cap) return false;
    this.#direct++;
    return true;
  }

  /** Gives back a place that `tryTake` gave. */
  giveBack(): void {
    this.#direct--;
    if (this.#queue.size > 0) this.#divide();
  }

  /**
   * Runs `task` when its turn has come; its place is free again when the returned promise resolves. Aborting `signal`
   * takes it out of the queue; once it runs, the signal must stay quiet: p-queue would give its place away.
   */
  enqueue(task: () => Promise<void>, signal: AbortSignal): void {
    this.#divide();
    // The promise of `add` tells what whoever aborted knows already.
    this.#queue.add(task, { signal }).catch(() => undefined);
  }

  /** Leaves to the queue what was not taken directly. Needed only while somebody waits: an empty queue starts nothing. */
  #divide(): void {
    if (this.#cap === Infinity) return;
    const left = this.#cap - this.#direct;
    if (left === 0) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = left;
    this.#queue.start();
  }
}
