import { deadlineAfter, remainingMS, type Deadline } from '../core/deadline.js';
import { inspect } from 'node:util';
import type { AsyncMongoError } from '../core/errors/base.js';
import { ErrorCode } from '../core/errors/codes.js';
import { OperationTimeout } from '../core/errors/connection.js';
import {
  carriesErrorLabel,
  isAsyncMongoError,
  isOperationTimeout,
  serverCode,
} from '../core/errors/predicates.js';
import { ConfigurationError } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import { backOff } from '../execute/retry/back-off.js';
import { TRANSIENT_LABEL, UNKNOWN_COMMIT_LABEL } from '../execute/transaction/transaction-outcome.js';
import { checkLimits, type CallLimits } from './call-deadline.js';
import type { TransactionOptions } from './transaction-options.js';

export interface WithTransactionOptions extends TransactionOptions, CallLimits {
  /** How often the callback runs at most. Default: as often as the time allows. */
  readonly maxAttempts?: number | undefined;
  /**
   * Milliseconds for everything: the callback's operations on this session, retries, pauses and the commit. Default: the
   * session's `defaultTimeoutMS`, then the client's `timeoutMS`; where there is none, nothing is retried after 120
   * seconds. 0 removes any limit.
   */
  readonly timeoutMS?: number | null | undefined;
  /** Called before each retry of the whole transaction, with the number of attempts made and the last one's error. */
  readonly onRetry?: ((attempts: number, error: unknown) => unknown) | undefined;
  /**
   * Ends it: operations and pauses reject with the signal's reason, and so does `withTransaction` when the callback has
   * ended. The server is told to abort the transaction, and has a second to confirm that.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What `withTransaction` does with a session. */
export interface TransactionSteps {
  readonly isOpen: () => boolean;
  readonly start: () => void;
  readonly commit: () => Promise<void>;
  readonly abort: () => Promise<void>;
}

/** Without `timeoutMS` (convenient transactions specification, "ClientSession.withTransaction"). */
const RETRY_LIMIT_MS = 120_000;
const BACKOFF_INITIAL_MS = 5;
const BACKOFF_GROWTH = 1.5;
const BACKOFF_MAX_MS = 500;

/** Refuses what cannot work before anything is begun. */
export const checkWithTransaction = (callback: unknown, options: WithTransactionOptions): void => {
  const { maxAttempts, onRetry } = options;
  if (typeof callback !== 'function') throw new TypeError('withTransaction takes a function');
  if (onRetry !== undefined && typeof onRetry !== 'function')
    throw new TypeError('onRetry must be a function');
  checkLimits(options);
  if (maxAttempts === undefined) return;
  if (typeof maxAttempts !== 'number') throw new TypeError('maxAttempts must be a number');
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new ConfigurationError('maxAttempts must be an integer of at least 1');
  }
};

/** Callbacks may throw anything. */
const messageOf = (failure: unknown): string => {
  const message = (failure as { readonly message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : inspect(failure, { depth: 0, breakLength: Infinity });
};

/** The last failure as the reason why the time ran out; it keeps the labels (same section, note 1). */
const outOfTime = (last: unknown, attempts: number, limitMS: number): OperationTimeout => {
  const tried = attempts === 1 ? '1 attempt' : `${String(attempts)} attempts`;
  return new OperationTimeout(
    `withTransaction did not succeed within ${String(limitMS)} ms, after ${tried}: ${messageOf(last)}`,
    { cause: last, labels: isAsyncMongoError(last) ? (last as AsyncMongoError).errorLabels : [] },
  );
};

/** One call of `withTransaction`: how long it may go on, and how it goes on. */
export class TransactionRetries {
  readonly #runtime: Runtime;
  readonly #options: WithTransactionOptions;
  /** Nothing is tried again after it. */
  readonly #limit: Deadline;
  readonly #limitMS: number;
  #attempts = 0;

  /** `deadline` bounds everything inside; without a `timeoutMS` in it only trying again is bounded. */
  constructor(runtime: Runtime, deadline: Deadline, options: WithTransactionOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#limitMS = deadline.timeoutMS ?? RETRY_LIMIT_MS;
    this.#limit =
      deadline.timeoutMS === undefined ? deadlineAfter(runtime, RETRY_LIMIT_MS, deadline.signal) : deadline;
  }

  async run<T>(steps: TransactionSteps, callback: () => T | Promise<T>): Promise<T> {
    let last: unknown;
    for (;;) {
      this.#options.signal?.throwIfAborted();
      this.#attempts++;
      steps.start();
      try {
        const result = await callback();
        // The callback may have ended the transaction itself.
        if (steps.isOpen()) await this.#commit(steps);
        return result;
      } catch (error) {
        if (steps.isOpen()) await steps.abort();
        if (!carriesErrorLabel(error, TRANSIENT_LABEL))
          throw this.#isLate(error, last) ? this.#outOfTime(last) : error;
        last = error;
        await this.#prepareRetry(error);
      }
    }
  }

  #outOfTime(last: unknown): OperationTimeout {
    return outOfTime(last, this.#attempts, this.#limitMS);
  }

  /** The time ran out during a retry: what was retried is the reason. */
  #isLate(error: unknown, last: unknown): boolean {
    const isBare = isOperationTimeout(error) && (error as Error).cause === undefined;
    return isBare && last !== undefined && remainingMS(this.#limit, this.#runtime) === 0;
  }

  /**
   * Sends the commit again as long as it is unknown what became of it. A commit that ran out of time did so by the one
   * limit there is, though some of it may be left: less than a round trip.
   */
  async #commit(steps: TransactionSteps): Promise<void> {
    for (;;) {
      try {
        await steps.commit();
        return;
      } catch (error) {
        if (isOperationTimeout(error)) throw this.#outOfTime(error);
        const unknown = carriesErrorLabel(error, UNKNOWN_COMMIT_LABEL);
        if (!unknown || serverCode(error) === ErrorCode.MaxTimeMSExpired) throw error;
        if (remainingMS(this.#limit, this.#runtime) === 0) throw this.#outOfTime(error);
      }
    }
  }

  /** Throws where there is to be no retry, else waits a random while that grows with each (step 2 of the specification). */
  async #prepareRetry(error: unknown): Promise<void> {
    const { maxAttempts = Infinity, onRetry } = this.#options;
    const attempts = this.#attempts;
    if (attempts >= maxAttempts) throw error;
    const ceiling = Math.min(BACKOFF_INITIAL_MS * BACKOFF_GROWTH ** (attempts - 1), BACKOFF_MAX_MS);
    if (!(await backOff(this.#runtime, ceiling, this.#limit))) throw this.#outOfTime(error);
    await onRetry?.(attempts, error);
  }
}
