import { watchDeadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import type { Runtime } from '../core/runtime.js';
import type { CheckOutLimits } from './check-out-limits.js';
import type { Lease } from './lease.js';

/**
 * A check-out that could not be served at once: it waits for a permit, then for a connection, then perhaps for one to
 * be established for it. It settles once; whoever wanted it is told through `promise`.
 */
export class CheckOut {
  readonly promise: Promise<Lease>;
  /** Monotonic milliseconds when it was asked for. */
  readonly startedAt: number;
  /** Gives the permit back, from the moment there is one. */
  release: (() => void) | undefined;

  readonly #runtime: Runtime;
  readonly #limits: CheckOutLimits;
  readonly #onOver: (reason: unknown) => void;
  readonly #resolve: (lease: Lease) => void;
  readonly #reject: (reason: unknown) => void;
  #settled = false;
  #served = false;
  #stopWatching: () => void;

  constructor(runtime: Runtime, limits: CheckOutLimits, onOver: (reason: unknown) => void) {
    const { promise, resolve, reject } = deferred<Lease>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#runtime = runtime;
    this.#limits = limits;
    this.#onOver = onOver;
    this.startedAt = runtime.now();
    this.#stopWatching = watchDeadline(limits.turn, runtime, onOver);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** It got a connection: whoever has it gives the permit back. */
  get served(): boolean {
    return this.#served;
  }

  /** Its turn has come: a connection is being established for it. */
  hasTurn(): void {
    if (this.#limits.turn === this.#limits.whole) return;
    this.#stopWatching();
    this.#stopWatching = watchDeadline(this.#limits.whole, this.#runtime, this.#onOver);
  }

  resolve(lease: Lease): void {
    if (!this.#settle()) return;
    this.#served = true;
    this.#resolve(lease);
  }

  reject(reason: unknown): void {
    if (this.#settle()) this.#reject(reason);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#stopWatching();
    return true;
  }
}
