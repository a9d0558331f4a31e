import { ConfigurationError } from '../core/errors/usage.js';
import type { BuildTarget } from './operation.js';

/** `hint` came to `delete` and `findAndModify` with server 4.4. */
const HINT_FROM_WIRE_VERSION = 9;

/**
 * A server that does not know `hint` reports an error, which nobody would hear of when the write is unacknowledged: the
 * driver refuses it instead (CRUD specification, `DeleteOptions.hint`).
 */
export const refuseUnacknowledgedHint = (command: string, target: BuildTarget): void => {
  if (target.unacknowledged && target.limits.maxWireVersion < HINT_FROM_WIRE_VERSION) {
    throw new ConfigurationError(
      `hint with an unacknowledged ${command} needs server 4.4 or later: this server could not report its error`,
    );
  }
};
