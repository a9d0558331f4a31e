import type { Document } from '../../bson/document.js';
import type { Runtime } from '../../core/runtime.js';
import type { Credentials } from '../../options/credentials.js';
import type { ScramKeyCache } from './scram-keys.js';

/** One authentication in steps: no I/O, so that it can be driven from recorded messages. */
export interface Conversation {
  /** The first command. With a field `db` it is also what hello carries as `speculativeAuthenticate`. */
  readonly first: Readonly<Record<string, unknown>>;
  /** Takes a reply; the next command, or `undefined` when both sides have proved themselves. */
  next(reply: Document): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface ConversationContext {
  readonly credentials: Credentials;
  readonly runtime: Runtime;
  readonly scramKeys: ScramKeyCache;
}

/** How a mechanism starts. Throws `ConfigurationError` where the credentials lack what it needs. */
export type Mechanism = (context: ConversationContext) => Conversation;
