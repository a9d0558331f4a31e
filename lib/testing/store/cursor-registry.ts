import type { Runtime } from '../../core/runtime.js';
import { Cursor, type CursorOptions } from './cursor.js';

/** Milliseconds an unused cursor lives (server parameter cursorTimeoutMillis). */
export const CURSOR_TIMEOUT = 600_000;

/** All open cursors of a deployment. */
export class CursorRegistry {
  readonly #runtime: Runtime;
  readonly #cursors = new Map<bigint, Cursor>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#cursors.size;
  }

  all(): Iterable<Cursor> {
    return this.#cursors.values();
  }

  /** A cursor that nobody can find yet; `keep` makes it known. */
  make(options: Omit<CursorOptions, 'id'>): Cursor {
    return new Cursor({ ...options, id: this.#newId() }, this.#runtime.now());
  }

  keep(cursor: Cursor): void {
    this.#sweep();
    this.#cursors.set(cursor.id, cursor);
  }

  get(id: bigint): Cursor | undefined {
    this.#sweep();
    return this.#cursors.get(id);
  }

  touch(cursor: Cursor): void {
    cursor.lastUsedAt = this.#runtime.now();
  }

  /** Forgets the cursor and stops a getMore that waits on it. False when there is none. */
  kill(id: bigint): boolean {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return false;
    this.#cursors.delete(id);
    cursor.interrupt?.();
    return true;
  }

  /** For the end of a session, and for killAllSessions. */
  killWhere(test: (cursor: Cursor) => boolean): number {
    const doomed = [...this.#cursors.values()].filter(test);
    for (const cursor of doomed) this.kill(cursor.id);
    return doomed.length;
  }

  #newId(): bigint {
    for (;;) {
      const id = Buffer.from(this.#runtime.randomBytes(8)).readBigInt64LE(0) & 0x7fffffffffffffffn;
      if (id !== 0n && !this.#cursors.has(id)) return id;
    }
  }

  #sweep(): void {
    const oldest = this.#runtime.now() - CURSOR_TIMEOUT;
    for (const cursor of this.#cursors.values()) {
      if (cursor.lastUsedAt < oldest && !cursor.noTimeout && cursor.interrupt === undefined)
        this.#cursors.delete(cursor.id);
    }
  }
}
