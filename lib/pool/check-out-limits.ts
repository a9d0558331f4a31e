import { narrowDeadline, type Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';

/** What knows when the limit of the server selection ends that a check-out follows. */
export interface SelectionLimit {
  /** In monotonic milliseconds. */
  readonly selectionEndsAt: number;
}

/** What bounds one check-out. */
export interface CheckOutLimits {
  /** Waiting for one's turn: a permit, then a connection or a place under `maxConnecting`. */
  readonly turn: Deadline;
  /** All of it, until there is a connection. */
  readonly whole: Deadline;
}

export interface CheckOutSettings {
  readonly waitQueueTimeoutMS: number;
  /** When the limit of the server selection ends, which goes on to hold for the check-out under `timeoutMS`. */
  readonly selectionEndsAt: number;
  /** Says what the pool was busy with, and which limit ended the wait. */
  readonly timeoutError: (limit: string) => Error;
}

/**
 * Under `timeoutMS` what selection has left of `min(serverSelectionTimeoutMS, timeoutMS)` (client-side operations
 * timeout, "Server Selection"); without it `waitQueueTimeoutMS` while one waits, and the caller's own deadline.
 */
export const checkOutLimits = (
  deadline: Deadline,
  runtime: Runtime,
  { waitQueueTimeoutMS, selectionEndsAt, timeoutError }: CheckOutSettings,
): CheckOutLimits => {
  const { signal, timeoutMS } = deadline;
  if (timeoutMS === undefined) {
    const tooLong = (): Error => timeoutError(`waitQueueTimeoutMS: ${String(waitQueueTimeoutMS)}`);
    return { turn: narrowDeadline(deadline, runtime, waitQueueTimeoutMS, tooLong), whole: deadline };
  }
  const whole: Deadline =
    selectionEndsAt < deadline.expiresAt
      ? {
          expiresAt: selectionEndsAt,
          signal,
          timeoutMS,
          timeoutError: () => timeoutError('serverSelectionTimeoutMS'),
        }
      : {
          expiresAt: deadline.expiresAt,
          signal,
          timeoutMS,
          timeoutError: () =>
            deadline.timeoutError(
              'while a connection was awaited',
              timeoutError(`timeoutMS: ${String(timeoutMS)}`),
            ),
        };
  return { turn: whole, whole };
};
