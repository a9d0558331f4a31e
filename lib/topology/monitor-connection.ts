import type { Document } from '../bson/document.js';
import type { Deadline } from '../core/deadline.js';

/** A connection of its own on which one server is asked how it is; never authenticated, never pooled. */
export interface MonitorConnection {
  /** The reply to the handshake: the first check. */
  readonly hello: Document;
  /** Milliseconds the handshake took, without opening the stream; absent where that is not known. */
  readonly handshakeMS?: number | undefined;
  /** Asks once more, and waits for the reply. Rejects with a network error, or the server's refusal. */
  check(deadline: Deadline): Promise<Document>;
  destroy(): void;
}
