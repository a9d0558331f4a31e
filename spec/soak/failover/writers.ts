import { setTimeout as pause } from 'node:timers/promises';
import type { AsyncCollection } from '../../../lib/index.js';

export interface Written {
  readonly _id: string;
}

export interface Counter {
  readonly _id: number;
  readonly applied: number;
}

export interface WriteTargets {
  readonly inserts: AsyncCollection<Written>;
  readonly counters: AsyncCollection<Counter>;
}

/** A write that its writer saw fail: whether it took effect is not known. */
export interface FailedWrite {
  /** What was being done to the deployment then. */
  readonly during: string;
  readonly error: unknown;
}

/** Flows that write without a pause, by turns a document and a step of their counter, and record what was acknowledged. */
export class Writers {
  readonly acknowledged = new Set<string>();
  /** Acknowledged steps of each writer's counter, and those that failed. */
  readonly steps: { readonly acknowledged: number; readonly failed: number }[] = [];
  readonly failures: FailedWrite[] = [];
  /** What is being done to the deployment at present. */
  during = 'nothing';
  readonly #targets: WriteTargets;
  /** Writes that each writer has seen settle. */
  readonly #turns: number[];
  readonly #flows: Promise<void>[];
  #stopped = false;

  constructor(targets: WriteTargets, count: number) {
    this.#targets = targets;
    this.#turns = Array<number>(count).fill(0);
    this.#flows = Array.from({ length: count }, (_, writer) => this.#write(writer));
  }

  get count(): number {
    return this.acknowledged.size + this.steps.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  /** Until every writer has done its next two writes, the second of which began after this call. */
  async everyoneWrites(): Promise<void> {
    const before = [...this.#turns];
    while (!before.every((turns, writer) => (this.#turns[writer] ?? 0) >= turns + 2)) await pause(5);
  }

  /** Lets the writes under way end, and no other begin. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#flows);
  }

  async #write(writer: number): Promise<void> {
    const { inserts, counters } = this.#targets;
    let step = { acknowledged: 0, failed: 0 };
    for (let turn = 0; !this.#stopped; turn += 1) {
      const _id = `${String(writer)}-${String(turn)}`;
      await this.#attempt(writer, async () => {
        await inserts.insertOne({ _id });
        this.acknowledged.add(_id);
      });
      const done = await this.#attempt(writer, () =>
        counters.updateOne({ _id: writer }, { $inc: { applied: 1 } }),
      );
      step = done ? { ...step, acknowledged: step.acknowledged + 1 } : { ...step, failed: step.failed + 1 };
      this.steps[writer] = step;
    }
  }

  async #attempt(writer: number, write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      this.failures.push({ during: this.during, error });
      return false;
    } finally {
      this.#turns[writer]! += 1;
    }
  }
}
