import type { Binary, Document, Timestamp } from 'bson';
import type { Runtime } from '../../core/runtime.js';
import type { RawDocument } from '../net/raw-document.js';
import type { ClusterClock } from './cluster-clock.js';

/** What a write adds to the log, in the terms of the server's oplog. */
export interface LogWrite {
  /** insert, update, delete, command (DDL), no-op. */
  readonly op: 'i' | 'u' | 'd' | 'c' | 'n';
  /** `database.collection`; `database.$cmd` for commands. */
  readonly ns: string;
  /** The collection's UUID. */
  readonly ui?: Binary;
  /** The inserted document, the update description, the `_id` of the deleted document, or the DDL command. */
  readonly o: RawDocument | Document;
  /** `_id` of the updated document. */
  readonly o2?: Document;
  /** The whole document after an update, and before an update or delete: what change streams look up. */
  readonly after?: RawDocument;
  readonly before?: RawDocument;
}

export interface LogEntry extends LogWrite {
  readonly ts: Timestamp;
  readonly term: number;
  /** Wall clock, ms since 1970. */
  readonly wall: number;
}

/** How many entries stay readable: what a change stream can resume from. */
const KEPT_ENTRIES = 50_000;

/** The one log of all writes of a replica set or sharded cluster. Members read it; who waits for writes listens to it. */
export class ReplicationLog {
  readonly clock: ClusterClock;
  readonly #runtime: Runtime;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #term = 1;
  #lastApplied: Timestamp;

  constructor(runtime: Runtime, clock: ClusterClock) {
    this.#runtime = runtime;
    this.clock = clock;
    this.#lastApplied = clock.now;
  }

  get term(): number {
    return this.#term;
  }

  /** Time of the latest write. */
  get lastApplied(): Timestamp {
    return this.#lastApplied;
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  append(write: LogWrite): LogEntry {
    const entry: LogEntry = { ...write, ts: this.clock.tick(), term: this.#term, wall: this.#runtime.wallClock() };
    this.#entries.push(entry);
    if (this.#entries.length > 2 * KEPT_ENTRIES) this.#entries = this.#entries.slice(-KEPT_ENTRIES);
    this.#lastApplied = entry.ts;
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  /** A new primary starts a new term. */
  startTerm(): number {
    this.#term += 1;
    return this.#term;
  }

  /** Calls `listener` for each later entry until the returned function is called. */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
