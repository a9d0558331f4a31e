import { deadlineAfter, freshDeadline, waitFor, type Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import type { Executor } from '../execute/executor.js';
import { killCursors } from '../operations/kill-cursors.js';
import type { KeptConnection } from '../operations/operation.js';
import type { ServerCursor } from './server-cursor.js';

/** What `close` of a cursor takes. */
export interface CursorCloseOptions {
  /** Milliseconds; without it the cursor's own `timeoutMS` begins anew. */
  readonly timeoutMS?: number | null | undefined;
  /** Ends the wait: `close` rejects with the signal's reason, and the cursor is closed all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** How long one killCursors may take: it is a courtesy, and `close` waits for it. */
const KILL_TIMEOUT_MS = 5_000;

/**
 * Ends server cursors that are no longer wanted: closed, aborted or garbage collected ones. Belongs to a client, which
 * flushes it when it closes.
 */
export class CursorReaper {
  readonly #executor: Executor;
  readonly #runtime: Runtime;
  readonly #pending = new Set<Promise<void>>();
  /** Those that a server holds and somebody may go on reading. */
  readonly #open = new Set<ServerCursor>();
  readonly #collected = new FinalizationRegistry<ServerCursor>((cursor) => {
    // The session of a change stream lasts longer than each of its cursors, but not longer than the stream.
    void this.reap(cursor).finally(() => {
      if (!cursor.session.explicit) cursor.session.end();
    });
  });

  constructor(executor: Executor, runtime: Runtime) {
    this.#executor = executor;
    this.#runtime = runtime;
  }

  /** Kills the server cursor if `owner` is garbage collected before `forget`. */
  watch(owner: object, cursor: ServerCursor): void {
    this.#open.add(cursor);
    this.#collected.register(owner, cursor, owner);
  }

  forget(owner: object, cursor: ServerCursor): void {
    this.#open.delete(cursor);
    this.#collected.unregister(owner);
  }

  /** Ends a cursor in the background; what is returned never rejects. */
  reap(cursor: ServerCursor): Promise<void> {
    const kill = this.kill(cursor).finally(() => {
      this.#pending.delete(kill);
    });
    this.#pending.add(kill);
    return kill;
  }

  /** Ends a cursor on its server and gives its session back. A failure is of no interest: the server's time-out ends it. */
  async kill(cursor: ServerCursor, options: CursorCloseOptions = {}): Promise<void> {
    cursor.stopListening?.();
    this.#open.delete(cursor);
    const { address, session, connection } = cursor;
    const deadline = this.deadlineToClose(cursor.timeoutMS, options);
    try {
      // On the one connection that leads there, a getMore comes first.
      if (connection !== undefined && cursor.pending !== undefined)
        await this.#settle(cursor.pending, connection, deadline);
      const { id } = cursor;
      if (id === 0n || connection?.closed === true) return;
      cursor.id = 0n;
      await this.#executor.execute(killCursors(cursor, [id]), {
        deadline,
        session: session.hasEnded ? undefined : session,
        pin: address,
        connection,
        readPreference: cursor.readPreference,
      });
    } catch {
      // Best effort by specification (find, getMore and killCursors specification, "killCursors").
      options.signal?.throwIfAborted();
    } finally {
      connection?.release();
      this.#endSession(cursor);
    }
  }

  /** The cursor's own `timeoutMS` begins anew (client-side operations timeout, "Cursors"). */
  deadlineToClose(inherited: number | null | undefined, { timeoutMS, signal }: CursorCloseOptions): Deadline {
    const ms = timeoutMS === undefined ? inherited : timeoutMS;
    return ms
      ? freshDeadline(this.#runtime, ms, signal)
      : deadlineAfter(this.#runtime, KILL_TIMEOUT_MS, signal);
  }

  /** Ends all cursors that are still open, and waits for everything that was given to `reap`. */
  async flush(): Promise<void> {
    for (const cursor of this.#open) void this.reap(cursor);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** A connection whose reply does not come is good for nothing. */
  async #settle(pending: Promise<unknown>, connection: KeptConnection, deadline: Deadline): Promise<void> {
    try {
      await waitFor(pending, deadline, this.#runtime);
    } catch (error) {
      connection.abandon();
      throw error;
    }
  }

  #endSession({ session, ownsSession, pending }: ServerCursor): void {
    if (!ownsSession) return;
    const end = (): void => {
      session.end();
    };
    if (pending === undefined) end();
    else pending.then(end, end);
  }
}
