import type { Runtime, TimerHandle } from '../core/runtime.js';

/** How long the fill waits after a connection that could not be established. */
const AFTER_FAILURE_MS = 1000;

/** Keeps `minPoolSize` connections open without being asked (CMAP specification, "Background Thread"). */
export class BackgroundFill {
  readonly #runtime: Runtime;
  readonly #begin: () => boolean;
  #timer: TimerHandle | undefined;

  /** `begin` begins to establish one connection, or returns `false` where none is wanted now. */
  constructor(runtime: Runtime, begin: () => boolean) {
    this.#runtime = runtime;
    this.#begin = begin;
  }

  run(): void {
    while (this.#timer === undefined && this.#begin());
  }

  /** A connection could not be established: the server gets a moment. */
  runLater(): void {
    this.#timer ??= this.#runtime.setTimer(AFTER_FAILURE_MS, () => {
      this.#timer = undefined;
      this.run();
    });
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
