import type { CodecOptions } from '../bson/codec-options.js';
import type { Deadline } from '../core/deadline.js';
import type { Command } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import type { ConnectionDescription } from './connection-description.js';

export interface CommandOptions {
  /** Ends the wait: the connection is destroyed with it, as its reply could not be told from a later one. */
  readonly deadline: Deadline;
  /** How the values of the command are encoded. */
  readonly codecOptions?: CodecOptions | undefined;
  /** Unacknowledged write: resolves with `undefined` once the message has been handed to the system. */
  readonly noReply?: boolean | undefined;
  /** The server may send several replies; those after the first come from `nextReply`. */
  readonly exhaust?: boolean | undefined;
  /** Linked into the command monitoring events. */
  readonly operationId?: number | undefined;
  /** Told, before anything is sent, how many documents of the sequence the message carries. */
  readonly onEncoded?: ((documentsEncoded: number) => void) | undefined;
}

/** One authenticated stream to one server, for one request at a time. */
export declare class Connection {
  /** The pool's number of this connection, from 1. */
  readonly id: number;
  /** `host:port` or socket path. */
  readonly address: string;
  readonly description: ConnectionDescription;
  /** The pool's generation this connection was made in. */
  readonly generation: number;
  readonly closed: boolean;
  /** Why it is closed. */
  readonly closeReason: Error | undefined;
  /** Monotonic milliseconds of the last request or reply. */
  readonly lastUsedAt: number;

  command(
    command: Command,
    options: CommandOptions & { readonly noReply?: false | undefined },
  ): Promise<Reply>;
  command(command: Command, options: CommandOptions): Promise<Reply | undefined>;
  nextReply(deadline: Deadline): Promise<Reply>;
  destroy(reason?: Error): void;
}
