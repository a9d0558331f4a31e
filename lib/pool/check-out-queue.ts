import { deadlineFailure, type Deadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import { CheckOut } from './check-out.js';
import { checkOutLimits, type CheckOutSettings } from './check-out-limits.js';
import type { Lease } from './lease.js';
import type { Permits } from './permits.js';
import { tooManyWaiters } from './pool-errors.js';
import type { CheckOutFailedReason } from './pool-events.js';
import type { PoolOptions } from './pool-options.js';
import type { PoolPublisher } from './pool-publisher.js';
import type { PooledConnection } from './pooled-connection.js';

export interface CheckOutQueueHandlers {
  /** An error where the pool lends nothing at the moment. */
  refusal(): { readonly error: Error; readonly reason: CheckOutFailedReason } | undefined;
  /** An idle connection that can be used. */
  takeIdle(): PooledConnection | undefined;
  lend(pooled: PooledConnection, checkOut: CheckOut, waitedMS: number): Lease;
  /** Begins to establish a connection for a check-out; `false` where no more may be begun now (`maxConnecting`). */
  establish(checkOut: CheckOut): boolean;
  /** Says what the pool was busy with while a check-out waited too long. */
  timeoutError(limit: string): Error;
}

/**
 * The check-outs that could not be served at once, first come first served. Two gates: a permit under `maxPoolSize`, then
 * an idle connection or a place under `maxConnecting`, whichever comes first.
 */
export class CheckOutQueue {
  readonly #options: PoolOptions;
  readonly #permits: Permits<CheckOut>;
  readonly #publisher: PoolPublisher;
  readonly #handlers: CheckOutQueueHandlers;
  /** With a permit; they wait for a connection or a place under `maxConnecting`. */
  readonly #gate = new Set<CheckOut>();

  constructor(
    options: PoolOptions,
    permits: Permits<CheckOut>,
    publisher: PoolPublisher,
    handlers: CheckOutQueueHandlers,
  ) {
    this.#options = options;
    this.#permits = permits;
    this.#publisher = publisher;
    this.#handlers = handlers;
  }

  get size(): number {
    return this.#permits.waiting + this.#gate.size;
  }

  /** How many have a permit and wait for a connection. */
  get atGate(): number {
    return this.#gate.size;
  }

  /** Rejects with the error of the limit that ended the wait, or of whatever else ended it. */
  wait(deadline: Deadline, selectionEndsAt = Infinity): Promise<Lease> {
    const { runtime, address, maxPoolSize, waitQueueTimeoutMS, waitQueueMultiple } = this.#options;
    const settings: CheckOutSettings = {
      waitQueueTimeoutMS,
      selectionEndsAt,
      timeoutError: (limit) => this.#handlers.timeoutError(limit),
    };
    const limits = checkOutLimits(deadline, runtime, settings);
    const checkOut: CheckOut = new CheckOut(runtime, limits, (reason) => {
      this.fail(checkOut, reason, 'timeout');
    });
    const refusal = this.#handlers.refusal();
    const over = deadlineFailure(limits.whole, runtime);
    const limit = waitQueueMultiple * maxPoolSize;
    if (refusal !== undefined) this.fail(checkOut, refusal.error, refusal.reason);
    else if (over !== undefined) this.fail(checkOut, over.reason, 'timeout');
    else if (limit > 0 && this.#permits.waiting >= limit)
      this.fail(checkOut, tooManyWaiters(address, limit), 'connectionError');
    else this.#permits.enqueue(checkOut, () => this.#admit(checkOut));
    return checkOut.promise;
  }

  /** Gives a connection to whoever waits for one; `false` where nobody does. */
  offer(pooled: PooledConnection): boolean {
    const first = this.#gate.values().next();
    if (first.done === true) return false;
    this.#gate.delete(first.value);
    this.serve(first.value, pooled);
    return true;
  }

  serve(checkOut: CheckOut, pooled: PooledConnection): void {
    const waitedMS = this.#options.runtime.now() - checkOut.startedAt;
    checkOut.resolve(this.#handlers.lend(pooled, checkOut, waitedMS));
  }

  /** Establishes connections for check-outs that wait for one, as far as `maxConnecting` allows. */
  openGate(): void {
    for (const checkOut of this.#gate) {
      if (!this.#handlers.establish(checkOut)) return;
      this.#gate.delete(checkOut);
      checkOut.hasTurn();
    }
  }

  fail(checkOut: CheckOut, error: unknown, reason: CheckOutFailedReason): void {
    if (checkOut.settled) return;
    this.#publisher.checkOutFailed(reason, error, this.#options.runtime.now() - checkOut.startedAt);
    checkOut.reject(error);
    this.#permits.withdraw(checkOut);
    if (this.#gate.delete(checkOut)) checkOut.release?.();
  }

  failAll(error: () => Error, reason: CheckOutFailedReason): void {
    for (const checkOut of [...this.#gate, ...this.#permits.holders]) this.fail(checkOut, error(), reason);
  }

  /** There is a permit for this check-out. The returned promise lasts as long as it keeps it. */
  #admit(checkOut: CheckOut): Promise<void> {
    const { promise, resolve } = deferred<void>();
    checkOut.release = resolve;
    const pooled = this.#handlers.takeIdle();
    if (pooled !== undefined) {
      this.serve(checkOut, pooled);
    } else {
      this.#gate.add(checkOut);
      this.openGate();
    }
    return promise;
  }
}
