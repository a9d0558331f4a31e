import PQueue from 'p-queue';
import { WaitingTasks, type WaitingOptions } from './waiting-tasks.js';

/**
 * The places under `maxPoolSize`. A waiting check-out is a task of a p-queue that runs until its connection is checked
 * in; a place may also be taken directly, past the queue, when nobody waits. Places taken directly lower the queue's
 * concurrency: without that the two kinds together would exceed the cap.
 */
export class Permits<THolder> {
  readonly #cap: number;
  /** Both are made for the first who has to wait: most pools of an idle client never have one. */
  #waiting: WaitingTasks<THolder> | undefined;
  #queue: PQueue<WaitingTasks<THolder>, WaitingOptions<THolder>> | undefined;
  #direct = 0;

  /** A cap of 0 means no limit. */
  constructor(cap: number) {
    this.#cap = cap === 0 ? Infinity : cap;
  }

  get waiting(): number {
    return this.#waiting?.size ?? 0;
  }

  /** Those who wait, in their order. */
  get holders(): readonly THolder[] {
    return [...(this.#waiting?.holders ?? [])];
  }

  /** Takes a place at once where one is free. Nobody is overtaken: whoever waits does so because none is. */
  tryTake(): boolean {
    if (this.#direct + (this.#queue?.pending ?? 0) >= this.#cap) return false;
    this.#direct++;
    return true;
  }

  /** Gives back a place that `tryTake` gave. */
  giveBack(): void {
    this.#direct--;
    if (this.#queue !== undefined && this.waiting > 0) this.#divide(this.#queue);
  }

  /** Runs `task` when its turn has come, at once perhaps; its place is free again when the returned promise resolves. */
  enqueue(holder: THolder, task: () => Promise<void>): void {
    const queue = (this.#queue ??= this.#makeQueue());
    this.#divide(queue);
    void queue.add(task, { holder, id: '' });
  }

  /** Takes a task that has not begun out of the queue. */
  withdraw(holder: THolder): void {
    this.#waiting?.withdraw(holder);
  }

  #makeQueue(): PQueue<WaitingTasks<THolder>, WaitingOptions<THolder>> {
    const waiting = new WaitingTasks<THolder>();
    this.#waiting = waiting;
    // p-queue makes its queue itself; a constructor may return what there is already.
    const queueClass = function () {
      return waiting;
    } as unknown as new () => WaitingTasks<THolder>;
    return new PQueue({ concurrency: this.#cap, queueClass });
  }

  /** Leaves to the queue what was not taken directly. Needed only while somebody waits: an empty queue starts nothing. */
  #divide(queue: PQueue<WaitingTasks<THolder>, WaitingOptions<THolder>>): void {
    if (this.#cap === Infinity) return;
    const left = this.#cap - this.#direct;
    if (left === 0) {
      queue.pause();
      return;
    }
    if (queue.concurrency !== left) queue.concurrency = left;
    if (queue.isPaused) queue.start();
  }
}
