/** One command on its way to the wire: plain data, made by an operation and dressed by the executor. */
export interface Command {
  /** Name of the command: the first key of `body`. */
  readonly name: string;
  readonly database: string;
  /** The command document without `$db`; made anew for each attempt, so that dressing may add fields to it. */
  readonly body: Record<string, unknown>;
  /** Documents sent beside the body as an OP_MSG section of kind 1, without a copy of their own. */
  readonly sequence?: DocumentSequence | undefined;
}

/**
 * What is sent with a command besides its body: written behind that, not made a part of it, so that a command with all
 * of this takes no more objects than one without.
 */
export interface CommandAdditions {
  readonly session?: SentSession | undefined;
  /** Of the session: that of a retryable write or of a transaction. */
  readonly txnNumber?: bigint | undefined;
  /** Milliseconds that the server may take. */
  readonly maxTimeMS?: number | undefined;
}

/** A session as commands name it. */
export interface SentSession {
  readonly lsid: object;
  /** The field `lsid` with its key, encoded once. */
  readonly lsidElement: Uint8Array;
}

/** The documents of a write command. Encoding takes as many of them, from `start` on, as the limits allow. */
export interface DocumentSequence {
  /** Field of the command that the documents stand for: `documents`, `updates` or `deletes`. */
  readonly identifier: string;
  readonly documents: readonly unknown[];
  /** `_id` of each document of an insert, written first; absent for other commands. */
  readonly ids?: readonly unknown[] | undefined;
  /** Index of the first document to send. */
  readonly start: number;
  /** Index after the last document that may be sent: a retry sends what its first attempt sent. */
  readonly end: number;
}

/** What a server said it can take, from its hello reply. Sizes in bytes. */
export interface CommandLimits {
  readonly maxBsonObjectSize: number;
  readonly maxMessageSizeBytes: number;
  readonly maxWriteBatchSize: number;
  readonly maxWireVersion: number;
}
