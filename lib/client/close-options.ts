import { ConfigurationError } from '../core/errors/usage.js';
import { describe } from '../operations/document-shape.js';

/** How a client closes. */
export interface CloseOptions {
  /** Milliseconds that operations under way may take to finish before they are interrupted. Default: 5000. */
  readonly graceMS?: number | undefined;
  /** Interrupts operations under way at once and tells the servers nothing. Default: false. */
  readonly force?: boolean | undefined;
  /** Ends the wait: `close` rejects with the signal's reason, and the client closes all the same. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_GRACE_MS = 5_000;

/** Milliseconds of grace. Throws `TypeError` for values of another type, `ConfigurationError` for a negative time. */
export const graceOf = ({ graceMS = DEFAULT_GRACE_MS, force = false }: CloseOptions): number => {
  if (typeof graceMS !== 'number' || Number.isNaN(graceMS)) {
    throw new TypeError(`graceMS must be a number of milliseconds, got ${describe(graceMS)}`);
  }
  if (typeof force !== 'boolean') throw new TypeError(`force must be a boolean, got ${describe(force)}`);
  if (graceMS < 0) throw new ConfigurationError(`graceMS must not be negative, got ${String(graceMS)}`);
  return force ? 0 : graceMS;
};
