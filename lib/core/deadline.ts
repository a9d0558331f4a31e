import type { Runtime, TimerHandle } from './runtime.js';
import { OperationTimeout } from './errors/connection.js';

/**
 * How long a wait may take: a moment of the monotonic clock, an `AbortSignal`, or both. An explicit value, made once
 * at the public method and handed down; making and asking it costs no timer.
 */
export interface Deadline {
  /** Monotonic milliseconds of `Runtime.now()`; `Infinity` where there is no limit of time. */
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
  /** The error of a deadline that passed. */
  timeoutError(): Error;
}

const operationTimeout = (): Error => new OperationTimeout('The operation did not finish within timeoutMS');

/** No limit at all. */
export const NO_DEADLINE: Deadline = Object.freeze({
  expiresAt: Infinity,
  signal: undefined,
  timeoutError: operationTimeout,
});

/** A deadline `ms` milliseconds from now; 0 and `undefined` mean no limit of time (TIME-5). */
export const deadlineAfter = (
  runtime: Runtime,
  ms: number | null | undefined,
  signal?: AbortSignal,
): Deadline => {
  if (!ms)
    return signal === undefined
      ? NO_DEADLINE
      : { expiresAt: Infinity, signal, timeoutError: operationTimeout };
  return { expiresAt: runtime.now() + ms, signal, timeoutError: operationTimeout };
};

/** The same deadline, or an earlier one with an error of its own: a wait that has a limit besides the operation's. */
export const narrowDeadline = (
  deadline: Deadline,
  runtime: Runtime,
  ms: number | null | undefined,
  timeoutError: () => Error,
): Deadline => {
  if (!ms) return deadline;
  const expiresAt = runtime.now() + ms;
  return expiresAt >= deadline.expiresAt ? deadline : { expiresAt, signal: deadline.signal, timeoutError };
};

/** Why nothing may be waited for any more, or `undefined`. An aborted signal counts before a passed moment. */
export const deadlineFailure = (
  deadline: Deadline,
  runtime: Runtime,
): { readonly reason: unknown } | undefined => {
  if (deadline.signal?.aborted === true) return { reason: deadline.signal.reason };
  if (deadline.expiresAt !== Infinity && runtime.now() >= deadline.expiresAt)
    return { reason: deadline.timeoutError() };
  return undefined;
};

/** Throws the abort reason or the timeout error when the deadline is over. */
export const throwIfOver = (deadline: Deadline, runtime: Runtime): void => {
  const failure = deadlineFailure(deadline, runtime);
  if (failure !== undefined) throw failure.reason;
};

/** Milliseconds left: `Infinity` without a limit, never negative. */
export const remainingMS = (deadline: Deadline, runtime: Runtime): number =>
  deadline.expiresAt === Infinity ? Infinity : Math.max(0, deadline.expiresAt - runtime.now());

/**
 * Calls `onOver` once when the deadline passes or its signal aborts, unless the returned function is called before.
 * The timer holds the process, as somebody waits for this, unless `hold` is false. Nothing is armed for a deadline
 * without limit and signal.
 */
export const watchDeadline = (
  deadline: Deadline,
  runtime: Runtime,
  onOver: (reason: unknown) => void,
  hold = true,
): (() => void) => {
  const { signal, expiresAt } = deadline;
  let timer: TimerHandle | undefined;
  const onAbort = (): void => {
    stop();
    onOver(signal?.reason);
  };
  const stop = (): void => {
    timer?.clear();
    signal?.removeEventListener('abort', onAbort);
  };
  if (expiresAt !== Infinity) {
    timer = runtime.setTimer(
      expiresAt - runtime.now(),
      () => {
        stop();
        onOver(deadline.timeoutError());
      },
      hold,
    );
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  return stop;
};
