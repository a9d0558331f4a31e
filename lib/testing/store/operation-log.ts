import type { Timestamp, UUID } from 'bson';
import type { Doc, Value } from '../query/value.js';

/** Which retryable write or transaction statement an entry belongs to. */
export interface EntrySession {
  /** Bytes of `lsid` as the client sent it. */
  readonly lsid: Uint8Array;
  readonly txnNumber: bigint;
  readonly statement: number;
}

/** What a write changed. Documents are the stored bytes: shared with the store, never written to. */
export type Change =
  | { readonly kind: 'insert'; readonly id: Value; readonly after: Uint8Array }
  | {
      readonly kind: 'update';
      readonly id: Value;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
      /** A replacement document rather than operators or a pipeline. */
      readonly replacement: boolean;
    }
  | { readonly kind: 'delete'; readonly id: Value; readonly before: Uint8Array }
  /** A command on a collection or database, in the form of an oplog `o`: `{create: 'name', ...}`, `{drop: 'name'}`. */
  | { readonly kind: 'command'; readonly command: Doc }
  | { readonly kind: 'noop'; readonly message: Doc };

/** A change with where it happened; `operationTime` is added by the log. */
export interface Operation {
  readonly database: string;
  /** Empty for commands on the whole database. */
  readonly collection: string;
  readonly uuid: UUID | undefined;
  readonly change: Change;
  readonly session?: EntrySession | undefined;
}

export interface LogEntry extends Operation {
  readonly timestamp: Timestamp;
  readonly term: bigint;
  /** Milliseconds since the epoch. */
  readonly wall: number;
  /** Bytes of documents the entry holds on to. */
  readonly size: number;
}

/** Gives each entry its place in time; strictly increasing timestamps. */
export interface LogClock {
  next(): { readonly timestamp: Timestamp; readonly term: bigint; readonly wall: number };
}

const sizeOf = ({ change }: Operation): number => {
  switch (change.kind) {
    case 'insert':
      return change.after.byteLength;
    case 'update':
      return change.before.byteLength + change.after.byteLength;
    case 'delete':
      return change.before.byteLength;
    default:
      return 256;
  }
};

/**
 * The replication log: every change of the store in the order it happened. Like the server's oplog it is bounded and
 * forgets its oldest entries.
 */
export class OperationLog {
  readonly #clock: LogClock;
  readonly #maxBytes: number;
  #entries: LogEntry[] = [];
  #firstIndex = 0;
  #bytes = 0;
  readonly #listeners = new Set<(entry: LogEntry) => void>();

  constructor(clock: LogClock, maxBytes = 64 * 1024 * 1024) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  append(operation: Operation): LogEntry {
    const { timestamp, term, wall } = this.#clock.next();
    const entry: LogEntry = { ...operation, timestamp, term, wall, size: sizeOf(operation) };
    this.#entries.push(entry);
    this.#bytes += entry.size;
    if (this.#bytes > this.#maxBytes) this.#forget();
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  get last(): LogEntry | undefined {
    return this.#entries.at(-1);
  }

  get first(): LogEntry | undefined {
    return this.#entries[0];
  }

  /** Index of the first entry kept and one past the last; an index never changes its entry. */
  get range(): { readonly from: number; readonly to: number } {
    return { from: this.#firstIndex, to: this.#firstIndex + this.#entries.length };
  }

  /** Undefined when the entry is forgotten, or not there yet. */
  at(index: number): LogEntry | undefined {
    return this.#entries[index - this.#firstIndex];
  }

  /** Index of the first entry at or after `timestamp`. */
  indexOf(timestamp: Timestamp): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.timestamp.lessThan(timestamp)) low = middle + 1;
      else high = middle;
    }
    return this.#firstIndex + low;
  }

  /** Calls `listener` after each append; the returned function unsubscribes. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops entries down to three quarters of the limit, so that this runs seldom. */
  #forget(): void {
    const target = this.#maxBytes * 0.75;
    let count = 0;
    while (this.#bytes > target && count < this.#entries.length - 1) {
      this.#bytes -= this.#entries[count]?.size ?? 0;
      count += 1;
    }
    this.#entries = this.#entries.slice(count);
    this.#firstIndex += count;
  }
}
