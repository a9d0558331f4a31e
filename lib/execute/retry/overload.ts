import type { Document } from '../../bson/document.js';
import { hasErrorLabel } from '../../core/errors/predicates.js';

export const SYSTEM_OVERLOADED_LABEL = 'SystemOverloadedError';
export const RETRYABLE_LABEL = 'RetryableError';

/** Milliseconds (client backpressure specification, "Overload retry policy"). */
const BASE_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;

/** A server turned the command or the connection away as it has too much to do. */
export const isOverload = (error: unknown): boolean => hasErrorLabel(error, SYSTEM_OVERLOADED_LABEL);

/** Such an error of a command that may be sent again whatever it is: it has not been looked at. */
export const isRetryableOverload = (error: unknown): boolean =>
  isOverload(error) && hasErrorLabel(error, RETRYABLE_LABEL);

/** The base that the server asks for: in its reply, or in the `writeConcernError` of it. */
const baseBackoffMS = (error: unknown): number => {
  const { details } = error as { readonly details?: Document | null };
  const asked = Number(details?.['baseBackoffMS']);
  return asked > 0 && asked < Infinity ? asked : BASE_BACKOFF_MS;
};

/** How long to wait at most before retry `retries`, counted from 1. */
export const backoffCeilingMS = (error: unknown, retries: number): number =>
  Math.min(MAX_BACKOFF_MS, baseBackoffMS(error) * 2 ** retries);
