import type { CodecOptions } from '../bson/codec-options.js';
import type { Deadline } from '../core/deadline.js';
import type { KeptConnection } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { SessionState } from '../sessions/session-state.js';
import type { Turn } from '../sessions/transaction.js';

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
  /** The session is there for that cursor alone: it ends where none is opened. */
  readonly ownsSession?: boolean | undefined;
  /** Not part of the request that the present flow may be in. */
  readonly apart?: boolean | undefined;
  /** When the reply is not awaited any more, the server is told to stop. */
  readonly killOnAbort?: boolean | undefined;
  /** Whether `maxTimeMS` follows from `timeoutMS`; not where servers would apply it to more than the command. */
  readonly derivesMaxTimeMS?: boolean | undefined;
  /** Links the commands of one call in the command monitoring events. */
  readonly operationId?: number | undefined;
  /** What the user gave with this very call, nothing inherited: transactions refuse some of it. */
  readonly given?: GivenOptions | undefined;
  /** Held by a caller that sends several commands in one turn of its transaction. */
  readonly turn?: Turn | undefined;
}

/** The options of a call that contradict a transaction, or override its own. */
export interface GivenOptions {
  readonly readPreference?: unknown;
  readonly readConcern?: unknown;
  readonly writeConcern?: unknown;
  readonly w?: unknown;
  readonly safe?: unknown;
  readonly timeoutMS?: number | null | undefined;
}
