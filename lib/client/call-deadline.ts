import { operationDeadline, type Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import { checkTimeout } from '../core/timeout.js';

/** What bounds a call. */
export interface CallLimits {
  /** Ends the wait: the method rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole operation, waiting included; 0 or `null` removes an inherited limit. */
  readonly timeoutMS?: number | null | undefined;
}

const checkSignal = (signal: unknown): void => {
  if (signal === undefined) return;
  if (
    typeof signal !== 'object' ||
    signal === null ||
    !('aborted' in signal) ||
    !('addEventListener' in signal)
  ) {
    throw new TypeError('signal must be an AbortSignal');
  }
};

/** Refuses a `signal` or `timeoutMS` that cannot be one. */
export const checkLimits = ({ signal, timeoutMS }: CallLimits): void => {
  checkSignal(signal);
  checkTimeout(timeoutMS);
};

/** The one deadline of a call: everything it waits for ends with it. */
export const deadlineFor = (
  runtime: Runtime,
  inherited: Pick<CallLimits, 'timeoutMS'>,
  limits: CallLimits,
): Deadline => {
  checkLimits(limits);
  return operationDeadline(runtime, limits.timeoutMS, inherited.timeoutMS, limits.signal);
};
