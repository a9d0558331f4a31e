import { ErrorCode, RESUMABLE_CHANGE_STREAM_CODES } from '../core/errors/codes.js';
import { hasErrorLabel, isAsyncMongoError, isServerReported, serverCode } from '../core/errors/predicates.js';
import type { ErrorKind } from '../core/errors/base.js';

const RESUMABLE_LABEL = 'ResumableChangeStreamError';

/** Servers from this wire version (4.4) on say themselves which errors a stream can get over. */
const LABELS_FROM_WIRE_VERSION = 9;

/** Failures that say nothing against the stream: the server was out of reach, or slow. */
const TRANSIENT: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'network',
  'network-timeout',
  'protocol',
  'pool-cleared',
  'server-selection',
  'wait-queue-timeout',
  'operation-timeout',
]);

/**
 * Whether a stream goes on after a getMore failed so (change streams specification, "Resumable Error"). A pure function
 * of the failure and of the wire version of the server that the cursor was on.
 */
export const isResumable = (error: unknown, maxWireVersion: number): boolean => {
  if (!isAsyncMongoError(error)) return false;
  if (!isServerReported(error)) return TRANSIENT.has(error.kind);
  const code = serverCode(error);
  if (code === ErrorCode.CursorNotFound) return true;
  if (maxWireVersion >= LABELS_FROM_WIRE_VERSION) return hasErrorLabel(error, RESUMABLE_LABEL);
  return code !== undefined && RESUMABLE_CHANGE_STREAM_CODES.has(code);
};
