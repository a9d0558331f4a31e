import type { Timestamp, UUID } from 'bson';
import type { RawDocument } from '../net/raw-document.js';
import type { Doc } from '../query/value.js';
import type { ClusterClock } from './cluster-clock.js';

/** What a write adds to the log, in the terms of the server's oplog. Documents are shared with the store. */
export interface LogWrite {
  /** insert, update, delete, command (DDL), no-op. */
  readonly op: 'i' | 'u' | 'd' | 'c' | 'n';
  /** `database.collection`; `database.$cmd` for commands. */
  readonly ns: string;
  /** The collection's UUID. */
  readonly ui?: UUID | undefined;
  /** The inserted document, the new document of a replacement, `{_id}` of a deleted one, the DDL command. */
  readonly o: RawDocument | Doc;
  /** `{_id}` of the updated document. */
  readonly o2?: Doc;
  /** The whole document after an update and before an update or delete: what change streams look up. */
  readonly after?: RawDocument;
  readonly before?: RawDocument;
}

export interface LogEntry extends LogWrite {
  readonly ts: Timestamp;
  readonly term: bigint;
  /** Wall clock, ms since 1970. */
  readonly wall: number;
}

/** Bytes of documents that entries may hold before the oldest are forgotten. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Counted for an entry besides the documents it holds. */
const ENTRY_BYTES = 256;

const sizeOf = ({ o, after, before }: LogWrite): number =>
  ENTRY_BYTES +
  (o instanceof Map ? 0 : o.bytes.length) +
  (after?.bytes.length ?? 0) +
  (before?.bytes.length ?? 0);

/**
 * The one log of all writes of a replica set or sharded cluster, in the order they happened. Members read it; who waits
 * for writes listens to it. Like the server's oplog it is bounded and forgets its oldest entries.
 */
export class ReplicationLog {
  readonly clock: ClusterClock;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #firstIndex = 0;
  #bytes = 0;
  #lastApplied: Timestamp;

  constructor(clock: ClusterClock) {
    this.clock = clock;
    this.#lastApplied = clock.now;
  }

  /** Time of the latest write. */
  get lastApplied(): Timestamp {
    return this.#lastApplied;
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
      if (this.#entries[middle]?.ts.lessThan(timestamp) === true) low = middle + 1;
      else high = middle;
    }
    return this.#firstIndex + low;
  }

  append(write: LogWrite): LogEntry {
    const { timestamp, term, wall } = this.clock.next();
    const entry: LogEntry = { ...write, ts: timestamp, term, wall };
    this.#entries.push(entry);
    this.#lastApplied = timestamp;
    this.#bytes += sizeOf(entry);
    if (this.#bytes > MAX_BYTES) this.#forget();
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  /** Calls `listener` for each later entry until the returned function is called. */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Goes down to three quarters of the limit, so that this runs seldom. */
  #forget(): void {
    let count = 0;
    while (this.#bytes > MAX_BYTES * 0.75 && count < this.#entries.length - 1) {
      const entry = this.#entries[count];
      if (entry !== undefined) this.#bytes -= sizeOf(entry);
      count += 1;
    }
    this.#entries = this.#entries.slice(count);
    this.#firstIndex += count;
  }
}
