import Denque from 'denque';
import type { Runtime, TimerHandle } from '../core/runtime.js';
import type { PooledConnection } from './pooled-connection.js';

/**
 * Open connections that nobody uses. The one used last is taken first, so that those a quieter time does not need
 * grow old together and are closed by `maxIdleTimeMS`.
 */
export class IdleConnections {
  readonly #connections = new Denque<PooledConnection>();
  readonly #runtime: Runtime;
  readonly #maxIdleTimeMS: number;
  readonly #onExpired: (expired: readonly PooledConnection[]) => void;
  #timer: TimerHandle | undefined;

  /** `maxIdleTimeMS` 0 means that no connection grows too old. */
  constructor(
    runtime: Runtime,
    maxIdleTimeMS: number,
    onExpired: (expired: readonly PooledConnection[]) => void,
  ) {
    this.#runtime = runtime;
    this.#maxIdleTimeMS = maxIdleTimeMS;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#connections.length;
  }

  add(pooled: PooledConnection): void {
    if (this.#maxIdleTimeMS > 0) pooled.idleSince = this.#runtime.now();
    this.#connections.push(pooled);
    this.#armTimer();
  }

  takeLatest(): PooledConnection | undefined {
    return this.#connections.pop();
  }

  /** Takes out all that the test picks, oldest first. */
  takeWhere(test: (pooled: PooledConnection) => boolean): PooledConnection[] {
    const taken: PooledConnection[] = [];
    for (let left = this.#connections.length; left > 0; left--) {
      const pooled = this.#connections.shift() as PooledConnection;
      if (test(pooled)) taken.push(pooled);
      else this.#connections.push(pooled);
    }
    return taken;
  }

  isExpired(pooled: PooledConnection): boolean {
    return this.#maxIdleTimeMS > 0 && this.#runtime.now() - pooled.idleSince >= this.#maxIdleTimeMS;
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** One timer for the oldest; it stays armed when that one is taken, and looks again when it fires. */
  #armTimer(): void {
    const oldest = this.#connections.peekFront();
    if (this.#maxIdleTimeMS === 0 || this.#timer !== undefined || oldest === undefined) return;
    const due = oldest.idleSince + this.#maxIdleTimeMS - this.#runtime.now();
    this.#timer = this.#runtime.setTimer(Math.max(1, Math.ceil(due)), () => {
      this.#timer = undefined;
      const expired: PooledConnection[] = [];
      for (;;) {
        const front = this.#connections.peekFront();
        if (front === undefined || !this.isExpired(front)) break;
        expired.push(this.#connections.shift() as PooledConnection);
      }
      this.#armTimer();
      if (expired.length > 0) this.#onExpired(expired);
    });
  }
}
