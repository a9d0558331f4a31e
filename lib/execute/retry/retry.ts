import { RETRYABLE_READ_CODES } from '../../core/errors/codes.js';
import {
  hasErrorLabel,
  isNetworkError,
  isOperationTimeout,
  isPoolCleared,
  isServerReported,
  serverCode,
} from '../../core/errors/predicates.js';
import { backoffCeilingMS, isOverload, isRetryableOverload } from './overload.js';
import { NO_WRITES_PERFORMED_LABEL, RETRYABLE_WRITE_LABEL } from './retryable-write-labels.js';

/** What an execution may do about failures. */
export interface RetryRules {
  /** Which of the two specifications makes errors retryable, where the client's option allows it. */
  readonly kind: 'read' | 'write' | 'none';
  /** Whether the command may be sent again after an overload error that says so. */
  readonly afterOverload: boolean;
  /** Most retries once an overload error was met. */
  readonly maxAdaptiveRetries: number;
  /** `timeoutMS` is set: retries go on until it has passed (client-side operations timeout, "Retryability"). */
  readonly untilDeadline: boolean;
}

/** What became of the attempts so far. */
export interface Verdict {
  readonly again: boolean;
  /** Retries made, the one that follows included. */
  readonly retries: number;
  /** One of the failures was an overload error. */
  readonly overloaded: boolean;
  /** The longest time to wait before the next attempt; chance shortens it. */
  readonly backoffMS: number;
  /** What the caller gets to see where no other attempt is made. */
  readonly error: unknown;
}

const isRetryableRead = (error: unknown): boolean => {
  if (isNetworkError(error) || isPoolCleared(error)) return true;
  const code = serverCode(error);
  return isServerReported(error) && code !== undefined && RETRYABLE_READ_CODES.has(code);
};

const isRetryable = (error: unknown, { kind, afterOverload }: RetryRules): boolean => {
  if (afterOverload && isRetryableOverload(error)) return true;
  if (kind === 'read') return isRetryableRead(error);
  return kind === 'write' && hasErrorLabel(error, RETRYABLE_WRITE_LABEL);
};

/** The one place that says how often an operation is tried again (client backpressure specification, "Interaction"). */
const permittedRetries = (overloaded: boolean, rules: RetryRules): number => {
  if (overloaded) return rules.maxAdaptiveRetries;
  return rules.untilDeadline ? Infinity : 1;
};

/** Whether an error tells that the operation reached a server or the way to it. */
const tellsOfAttempt = (error: unknown): boolean => isServerReported(error) || isNetworkError(error);

/**
 * Which of two failures the caller sees: the later one, unless it says that it wrote nothing or that no attempt was
 * made (retryable writes specification, "Executing Retryable Write Commands").
 */
export const errorToThrow = (previous: unknown, latest: unknown): unknown => {
  if (isOperationTimeout(latest)) return latest;
  if (!tellsOfAttempt(latest)) return previous;
  return hasErrorLabel(latest, NO_WRITES_PERFORMED_LABEL) && tellsOfAttempt(previous) ? previous : latest;
};

/** Whether another attempt is to be made, decided on its failure and on the verdict before. */
export const judge = (error: unknown, rules: RetryRules, previous: Verdict | undefined): Verdict => {
  const overload = isOverload(error);
  const overloaded = overload || previous?.overloaded === true;
  const retries = (previous?.retries ?? 0) + 1;
  return {
    again: isRetryable(error, rules) && retries <= permittedRetries(overloaded, rules),
    retries,
    overloaded,
    backoffMS: overload ? backoffCeilingMS(error, retries) : 0,
    error: previous === undefined ? error : errorToThrow(previous.error, error),
  };
};
