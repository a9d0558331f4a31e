import { OperationFailure, type ServerErrorOptions } from './server.js';

/**
 * Why a change stream cannot go on by itself.
 *
 * - `HistoryLost`: the server no longer has the changes behind the token (code 286). What happened in between cannot be
 *   told any more: read the collections anew and watch from now on.
 * - `Invalidated`: the watched collection or database was dropped or renamed. A new stream with
 *   `startAfter: error.resumeToken` sees what comes after that.
 */
export type ChangeStreamEnd = 'HistoryLost' | 'Invalidated';

export interface ChangeStreamErrorOptions extends ServerErrorOptions {
  readonly resumeToken: unknown;
}

/** A change stream has come to an end that no further call gets over. */
export class ChangeStreamError extends OperationFailure {
  static {
    this.prototype.name = 'ChangeStreamError';
  }

  readonly reason: ChangeStreamEnd;
  /** The place in the log where the stream ended. */
  readonly resumeToken: unknown;

  constructor(message: string, reason: ChangeStreamEnd, options: ChangeStreamErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.resumeToken = options.resumeToken;
  }
}
