import type { CodecOptions } from '../bson/codec-options.js';
import type { WriteConcernError } from '../core/errors/server.js';
import type { Command, CommandLimits } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';

/** What an operation may look at while it builds: the server it is about to be sent to. */
export interface BuildTarget {
  readonly limits: CommandLimits;
  /** The effective write concern is `{w: 0}`: no reply will come. */
  readonly unacknowledged: boolean;
}

/** A connection that stays with the cursor its command opened, as nothing else leads to the same service. */
export interface KeptConnection {
  readonly closed: boolean;
  /** Gives it back to its pool. Idempotent. */
  release(): void;
  /** Gives it back closed: it may still be waiting for a reply. */
  abandon(): void;
}

/** What an operation may look at while it reads its reply. */
export interface ParseTarget extends BuildTarget {
  readonly codecOptions: CodecOptions;
  /** `host:port` of the server that answered; a cursor stays with it. */
  readonly address: string;
  /** How many documents of the command's sequence this attempt carried. */
  readonly documentsSent: number;
  /** Where the cursor that was opened keeps the connection. */
  readonly connection: KeptConnection | undefined;
  /** The `writeConcernError` of the reply, with its labels, for operations that look at it themselves. */
  readonly writeConcernError: WriteConcernError | undefined;
}

/**
 * One command as plain data: what it is called, where it goes, how its document is built and its reply read. No I/O,
 * no session, no mutable state of a run: the executor asks, and dresses what `build` returns with session, concerns,
 * cluster time and API version.
 */
export interface Operation<T> {
  /** Command name as on the wire, for example `insert`. */
  readonly name: string;
  readonly database: string;
  /** Absent for commands on a database. */
  readonly collection?: string | undefined;
  /** Which servers may take it: one that a read preference matches, or a writable one. */
  readonly access: 'read' | 'write';
  /** Which of the two retry specifications applies; `none` for getMore and generic commands. */
  readonly retry: 'read' | 'write' | 'none';
  /**
   * Which of `retryReads` and `retryWrites` must allow it to be sent again after an overload error, which every command
   * may be; goes by `access` where absent.
   */
  readonly overloadRetry?: 'read' | 'write' | 'both';
  /** Whether the effective concern of this kind is added to the command. */
  readonly takesReadConcern?: boolean;
  readonly takesWriteConcern?: boolean;
  /**
   * A read whose result is written by the server (`$out`, `$merge`): the read preference counts only when every
   * server of the deployment is of this wire version or later; before, it goes to a writable server.
   */
  readonly readPreferenceFromWireVersion?: number | undefined;
  /** `parse` looks at `writeConcernError` itself; otherwise the executor throws it. */
  readonly readsWriteConcernError?: boolean;
  /**
   * The server answers when there is something to tell, or after so many milliseconds: a client that closes does not wait
   * for it, and `socketTimeoutMS` counts on top of that.
   */
  readonly awaitsMS?: number | undefined;
  /** First server wire version that may take the unacknowledged form or an option in use; checked before sending. */
  check?(target: BuildTarget): void;
  build(target: BuildTarget): Command;
  /** Reads a reply that is `ok: 1` (write errors inside it included). Undefined `reply`: unacknowledged write. */
  parse(reply: Reply | undefined, target: ParseTarget): T;
}
