import type { AsyncMongoError, ErrorKind } from './base.js';
import { NODE_SHUTTING_DOWN_CODES } from './codes.js';

const kindOf = (error: unknown): ErrorKind | undefined =>
  typeof error === 'object' && error !== null && 'kind' in error && typeof error.kind === 'string'
    ? (error.kind as ErrorKind)
    : undefined;

export const isAsyncMongoError = (error: unknown): error is AsyncMongoError =>
  kindOf(error) !== undefined && 'hasErrorLabel' in (error as object);

/** A failure of the wire itself; a selection or wait-queue timeout is not one (ERR-2). */
export const isNetworkError = (error: unknown): boolean => {
  const kind = kindOf(error);
  return kind === 'network' || kind === 'network-timeout' || kind === 'protocol';
};

export const isNetworkTimeout = (error: unknown): boolean => kindOf(error) === 'network-timeout';

export const isOperationTimeout = (error: unknown): boolean => kindOf(error) === 'operation-timeout';

export const isPoolCleared = (error: unknown): boolean => kindOf(error) === 'pool-cleared';

/**
 * Nothing is known of what became of a request: the wire failed, no server or connection was found, or the time was up
 * (the "network error" of the transactions specification).
 */
export const isWithoutReply = (error: unknown): boolean => {
  const kind = kindOf(error);
  return (
    isNetworkError(error) ||
    kind === 'server-selection' ||
    kind === 'pool-cleared' ||
    kind === 'operation-timeout'
  );
};

/** An error of class ConnectionFailure: no server answered. A state change is left out: there, one did. */
export const isConnectionFailure = (error: unknown): boolean => {
  const kind = kindOf(error);
  return (
    isNetworkError(error) ||
    kind === 'server-selection' ||
    kind === 'pool-cleared' ||
    kind === 'wait-queue-timeout'
  );
};

/** A "not writable primary" or "node is recovering" reply. */
export const isStateChangeError = (error: unknown): boolean => kindOf(error) === 'not-primary';

export const isServerReported = (error: unknown): boolean => {
  const kind = kindOf(error);
  return kind === 'server' || kind === 'not-primary';
};

/** The server's error code, where the server reported the failure. */
export const serverCode = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
};

export const isNodeShuttingDown = (error: unknown): boolean => {
  const code = serverCode(error);
  return isServerReported(error) && code !== undefined && NODE_SHUTTING_DOWN_CODES.has(code);
};

export const hasErrorLabel = (error: unknown, label: string): boolean =>
  isAsyncMongoError(error) && error.hasErrorLabel(label);

/** Also where an application wrapped the driver's error in one of its own: labels are looked for along `cause`. */
export const carriesErrorLabel = (error: unknown, label: string): boolean => {
  const seen = new Set<unknown>();
  for (let link = error; typeof link === 'object' && link !== null && !seen.has(link);) {
    if (hasErrorLabel(link, label)) return true;
    seen.add(link);
    link = (link as { readonly cause?: unknown }).cause;
  }
  return false;
};
