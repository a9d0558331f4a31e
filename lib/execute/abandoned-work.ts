import { LATE_REPLY_LIMIT_MS, type Connection } from '../connection/connection.js';
import { deadlineAfter } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import { openedCursor } from '../operations/cursor-reply.js';
import { killCursors } from '../operations/kill-cursors.js';
import { killOp, runningOn } from '../operations/kill-op.js';
import type { Operation } from '../operations/operation.js';
import { ReadPreference } from '../options/read-preference.js';
import type { Reply } from '../wire/reply.js';
import type { ExecuteOptions } from './execute-options.js';
import type { Run } from './run.js';

type Execute = <T>(operation: Operation<T>, options: ExecuteOptions) => Promise<T>;

/**
 * What servers go on with after somebody gave up waiting for the reply: ends it where that was asked for
 * (`killOnAbort`), and in any case the cursor that a late reply tells of, which nobody will read.
 */
export class AbandonedWork {
  readonly #runtime: Runtime;
  readonly #execute: Execute;

  constructor(runtime: Runtime, execute: Execute) {
    this.#runtime = runtime;
    this.#execute = execute;
  }

  /** To be called when a command has failed; without effect unless its reply may still come. */
  giveUp(connection: Connection, { options, transaction }: Run): void {
    const { lateReply } = connection;
    if (lateReply === undefined) return;
    if (options.killOnAbort === true) void this.#interrupt(connection, lateReply);
    if (options.holdsCursor === true && transaction === undefined) {
      void lateReply.then((reply) => this.#killCursor(connection.address, reply));
    }
  }

  async #interrupt(connection: Connection, lateReply: Promise<Reply | undefined>): Promise<void> {
    const { address, description } = connection;
    const { serverConnectionId } = description;
    if (serverConnectionId === undefined) return;
    try {
      const operationId = await this.#ask(address, runningOn(serverConnectionId));
      // As long as the reply is not there, nothing else can have been running on the connection.
      const isOurs = connection.lateReply === lateReply && !connection.closed;
      if (operationId !== undefined && isOurs) await this.#ask(address, killOp(operationId));
    } catch {
      // A courtesy to the server: it has its own ways to get rid of work that nobody wants.
    }
  }

  async #killCursor(address: string, reply: Reply | undefined): Promise<void> {
    const cursor = reply?.ok === true ? openedCursor(reply) : undefined;
    if (cursor === undefined) return;
    try {
      await this.#ask(address, killCursors(cursor, [cursor.id]));
    } catch {
      // Best effort by specification (find, getMore and killCursors specification, "killCursors").
    }
  }

  /** On another connection to the same server, within the time that the late reply has. */
  #ask<T>(address: string, operation: Operation<T>): Promise<T> {
    const deadline = deadlineAfter(this.#runtime, LATE_REPLY_LIMIT_MS);
    const { NEAREST: readPreference } = ReadPreference;
    return this.#execute(operation, { deadline, pin: address, readPreference, apart: true });
  }
}
