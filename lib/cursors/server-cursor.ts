import type { KeptConnection } from '../operations/operation.js';
import type { SessionState } from '../sessions/session-state.js';
import type { ReadPreference } from '../options/read-preference.js';

/**
 * What is needed to end a cursor on its server. It outlives the cursor object, so that one that was garbage collected
 * can still be killed; it must never refer to that object.
 */
export interface ServerCursor {
  /** 0 once the server has dropped it. */
  id: bigint;
  readonly address: string;
  /** Behind a load balancer the connection that leads to its server: kept until the end of the cursor. */
  readonly connection: KeptConnection | undefined;
  readonly database: string;
  readonly collection: string;
  readonly session: SessionState;
  /** The session ends with the cursor. */
  readonly ownsSession: boolean;
  readonly readPreference: ReadPreference | undefined;
  /** The `timeoutMS` it was opened under: closing it may take as long again. */
  readonly timeoutMS: number | undefined;
  /** A getMore that nobody waits for yet; it may still use the session. */
  pending: Promise<unknown> | undefined;
  /** Stops listening for an abort. */
  stopListening: (() => void) | undefined;
}
