import type { ObjectId } from '../bson/values.js';
import type { Document } from '../bson/document.js';

interface CommandEvent {
  readonly commandName: string;
  readonly databaseName: string;
  readonly requestId: number;
  /** The same for all commands of one operation, retries and batches included. */
  readonly operationId: number | undefined;
  /** `host:port` or socket path of the server. */
  readonly connectionId: string;
  /** The pool's number of this connection. */
  readonly driverConnectionId: number;
  /** The server's number of this connection. */
  readonly serverConnectionId: bigint | undefined;
  readonly serviceId: ObjectId | undefined;
  /** Part of setting the connection up: authentication. */
  readonly handshake: boolean;
}

export interface CommandStartedEvent extends CommandEvent {
  /** The command with `$db`, document sequences merged as arrays; `{}` where it is sensitive. */
  readonly command: Document;
}

export interface CommandSucceededEvent extends CommandEvent {
  /** Milliseconds from sending to the reply. */
  readonly duration: number;
  /** The reply; `{ok: 1}` for an unacknowledged write, `{}` where the command is sensitive. */
  readonly reply: Document;
}

export interface CommandFailedEvent extends CommandEvent {
  /** Milliseconds from sending to the failure. */
  readonly duration: number;
  /** Mostly an error; the reason of an abort is whatever the caller chose. */
  readonly failure: unknown;
}

/** The command monitoring events (command logging and monitoring specification, "Events API"). */
export interface CommandEvents {
  commandStarted: CommandStartedEvent;
  commandSucceeded: CommandSucceededEvent;
  commandFailed: CommandFailedEvent;
}
