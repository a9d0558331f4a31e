import { clock, readClock } from './clock.js';
import { deferred } from './deferred.js';
import type { Runtime, TimerHandle } from './runtime.js';
import { OperationTimeout } from './errors/connection.js';
import { timeoutBlock, type TimeoutBlock } from './timeout.js';

/**
 * How long a wait may take: a moment of the monotonic clock, an `AbortSignal`, or both. An explicit value, made once
 * at the public method and handed down; making and asking it costs no timer.
 */
export interface Deadline {
  /** Monotonic milliseconds of `Runtime.now()`; `Infinity` where there is no limit of time. */
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
  /**
   * The `timeoutMS` that the operation runs under, 0 where that is no limit. Absent where none is set: the older limits
   * (`socketTimeoutMS`, `waitQueueTimeoutMS`, `maxTimeMS`, `wtimeoutMS`) count only then.
   */
  readonly timeoutMS?: number | undefined;
  /** The error of a deadline that passed; `during` and `cause` say what was waited for. */
  timeoutError(during?: string, cause?: unknown): Error;
}

/** Says what the limit was, and what was going on when it passed. */
function timeoutError(this: Deadline, during = '', cause?: unknown): Error {
  const limit = this.timeoutMS ? `within ${String(this.timeoutMS)} ms (timeoutMS)` : 'in time';
  const where = during === '' ? '' : `: it ended ${during}`;
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new OperationTimeout(`The operation did not finish ${limit}${where}${why}`, { cause });
}

const timeLimit = (
  expiresAt: number,
  signal: AbortSignal | undefined,
  timeoutMS: number | undefined,
): Deadline => ({ expiresAt, signal, timeoutMS, timeoutError });

/** No limit at all. */
export const NO_DEADLINE: Deadline = Object.freeze(timeLimit(Infinity, undefined, undefined));

/** `timeoutMS: 0`. */
const UNLIMITED: Deadline = Object.freeze(timeLimit(Infinity, undefined, 0));

/** A deadline `ms` milliseconds from now that is no `timeoutMS` of a user; 0 and `undefined` mean no limit of time. */
export const deadlineAfter = (
  runtime: Runtime,
  ms: number | null | undefined,
  signal?: AbortSignal,
): Deadline => {
  if (ms) return timeLimit(runtime.now() + ms, signal, undefined);
  return signal === undefined ? NO_DEADLINE : timeLimit(Infinity, signal, undefined);
};

/**
 * The deadline of one operation. `own` is the `timeoutMS` of the call, `inherited` that of the handle it was called on;
 * 0 and `null` mean no limit (TIME-5). A `timeout` block around the call is nearer to it than the handle, and a limit of
 * the call itself can only shorten the block's.
 */
export const operationDeadline = (
  runtime: Runtime,
  own: number | null | undefined,
  inherited: number | null | undefined,
  signal: AbortSignal | undefined,
): Deadline => {
  const block = timeoutBlock();
  if (block !== undefined) return inBlock(block, runtime, own, signal);
  const ms = own === undefined ? inherited : own;
  if (ms) {
    readClock(runtime);
    return timeLimit(clock.now + ms, signal, ms);
  }
  if (ms === undefined) return signal === undefined ? NO_DEADLINE : timeLimit(Infinity, signal, undefined);
  return signal === undefined ? UNLIMITED : timeLimit(Infinity, signal, 0);
};

const inBlock = (
  { expiresAt, timeoutMS }: TimeoutBlock,
  runtime: Runtime,
  own: number | null | undefined,
  signal: AbortSignal | undefined,
): Deadline => {
  const ownEnd = own ? runtime.now() + own : Infinity;
  return ownEnd < expiresAt
    ? timeLimit(ownEnd, signal, own as number)
    : timeLimit(expiresAt, signal, timeoutMS);
};

/**
 * A `timeoutMS` that begins anew, whatever block the caller is in: for what cleans up after an operation that ran out of
 * time.
 */
export const freshDeadline = (
  runtime: Runtime,
  timeoutMS: number | undefined,
  signal: AbortSignal | undefined,
): Deadline => timeLimit(timeoutMS ? runtime.now() + timeoutMS : Infinity, signal, timeoutMS);

/** The same deadline, or that of the `timeout` block around the caller where it is earlier. */
export const withinBlock = (deadline: Deadline): Deadline => {
  const block = timeoutBlock();
  return block === undefined || block.expiresAt >= deadline.expiresAt
    ? deadline
    : timeLimit(block.expiresAt, deadline.signal, block.timeoutMS);
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
  if (expiresAt >= deadline.expiresAt) return deadline;
  return { expiresAt, signal: deadline.signal, timeoutMS: deadline.timeoutMS, timeoutError };
};

/** A deadline inside another one: the limit of the outer one counts where it has one, the signals of both. */
export const withinDeadline = (inner: Deadline, outer: Deadline): Deadline => {
  const limit = outer.timeoutMS === undefined ? inner : outer;
  const signal =
    inner.signal === undefined || outer.signal === undefined
      ? (inner.signal ?? outer.signal)
      : AbortSignal.any([inner.signal, outer.signal]);
  return limit.signal === signal ? limit : { ...limit, signal };
};

/** Why nothing may be waited for any more, or `undefined`. An aborted signal counts before a passed moment. */
export const deadlineFailure = (
  deadline: Deadline,
  runtime: Runtime,
  during?: string,
): { readonly reason: unknown } | undefined => {
  if (deadline.signal?.aborted === true) return { reason: deadline.signal.reason };
  if (deadline.expiresAt === Infinity) return undefined;
  readClock(runtime);
  return clock.now < deadline.expiresAt ? undefined : { reason: deadline.timeoutError(during) };
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
 * Calls `onOver` once when the deadline passes or its signal aborts later on, unless the returned function is called before.
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

/** Waits for `promise` no longer than the deadline allows; rejects with its error or the reason of its signal. */
export const waitFor = async <T>(promise: Promise<T>, deadline: Deadline, runtime: Runtime): Promise<T> => {
  throwIfOver(deadline, runtime);
  const over = deferred<never>();
  if (deadline.signal?.aborted === true) over.reject(deadline.signal.reason);
  const stop = watchDeadline(deadline, runtime, over.reject);
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    stop();
  }
};
