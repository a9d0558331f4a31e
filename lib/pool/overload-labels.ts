import type { AsyncMongoError } from '../core/errors/base.js';
import type { ConnectionPhase } from '../core/errors/connection.js';
import { isAsyncMongoError } from '../core/errors/predicates.js';

/** Faults of a stream, as opposed to a certificate or a protocol version that the two sides do not agree on. */
const STREAM_FAULTS: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  undefined,
]);

const phaseOf = (error: AsyncMongoError): ConnectionPhase | undefined =>
  (error as AsyncMongoError & { readonly phase?: ConnectionPhase }).phase;

const causeCode = (error: Error): unknown => (error.cause as { readonly code?: unknown } | undefined)?.code;

const mayBeOverload = (error: AsyncMongoError): boolean => {
  if (error.kind !== 'network' && error.kind !== 'network-timeout') return false;
  switch (phaseOf(error)) {
    case 'tcp':
    case 'hello':
      return true;
    case 'tls':
      return error.timeout || STREAM_FAULTS.has(causeCode(error));
    default:
      return false;
  }
};

/**
 * A server that has too many connections to set up drops new ones. Network errors up to the hello may therefore mean
 * overload, and are marked as such; name look-up, certificates, authentication and an answer that makes no sense never do
 * (CMAP specification, "Establishing a Connection").
 */
export const labelOverload = (error: unknown): void => {
  if (!isAsyncMongoError(error) || !mayBeOverload(error)) return;
  error.addErrorLabel('SystemOverloadedError');
  error.addErrorLabel('RetryableError');
};
