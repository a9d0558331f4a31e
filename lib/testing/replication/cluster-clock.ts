import { Timestamp } from 'bson';
import type { Runtime } from '../../core/runtime.js';

/** The logical time of a replica set or sharded cluster: never goes back, and each tick is a new value. Its members share
 * one: no two entries of any logs have the same time. */
export class ClusterClock {
  readonly #runtime: Runtime;
  #seconds: number;
  #increment = 1;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#seconds = Math.floor(runtime.wallClock() / 1000);
  }

  /** The latest time that was given out. */
  get now(): Timestamp {
    return new Timestamp({ t: this.#seconds, i: this.#increment });
  }

  /** Milliseconds since 1970. */
  wallClock(): number {
    return this.#runtime.wallClock();
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

  /** Place in time of the next entry of a replication log. */
  next(): { readonly timestamp: Timestamp; readonly wall: number } {
    return { timestamp: this.tick(), wall: this.#runtime.wallClock() };
  }
}
