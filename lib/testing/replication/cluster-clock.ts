import { Timestamp } from 'bson';
import type { Runtime } from '../../core/runtime.js';

/** The logical time of a replica set or sharded cluster: never goes back, and each tick is a new value. */
export class ClusterClock {
  readonly #runtime: Runtime;
  #seconds: number;
  #increment: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#seconds = Math.floor(runtime.wallClock() / 1000);
    this.#increment = 1;
  }

  /** The latest time that was given out. */
  get now(): Timestamp {
    return new Timestamp({ t: this.#seconds, i: this.#increment });
  }

  tick(): Timestamp {
    const seconds = Math.floor(this.#runtime.wallClock() / 1000);
    if (seconds > this.#seconds) {
      this.#seconds = seconds;
      this.#increment = 1;
    } else {
      this.#increment += 1;
    }
    return this.now;
  }
}
