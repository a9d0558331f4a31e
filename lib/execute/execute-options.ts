import type { CodecOptions } from '../bson/codec-options.js';
import type { Deadline } from '../core/deadline.js';
import type { KeptConnection } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { SessionState } from '../sessions/session-state.js';

/** What a caller decides about one execution. */
export interface ExecuteOptions {
  readonly deadline: Deadline;
  readonly session?: SessionState | undefined;
  readonly readPreference?: ReadPreference | undefined;
  readonly readConcern?: ReadConcern | undefined;
  readonly writeConcern?: WriteConcern | undefined;
  /** For the values of the command and of the reply. */
  readonly codecOptions?: CodecOptions | undefined;
  /** Address of the only server that can take it: the one that holds the cursor. */
  readonly pin?: string | undefined;
  /** The connection that the cursor kept; `pin` tells its server. */
  readonly connection?: KeptConnection | undefined;
  /** The caller goes on with the cursor that the reply opens, and releases the connection that may have stayed with it. */
  readonly holdsCursor?: boolean | undefined;
  /** Links the commands of one call in the command monitoring events. */
  readonly operationId?: number | undefined;
}
