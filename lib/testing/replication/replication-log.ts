import type { Timestamp, UUID } from 'bson';
import type { RawDocument } from '../net/raw-document.js';
import type { UpdatedPath } from '../query/update/update.js';
import type { Doc } from '../query/value.js';
import type { ClusterClock } from './cluster-clock.js';
import type { OpTime } from './op-time.js';

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
  /** The paths that the operators of an update named. */
  readonly paths?: readonly UpdatedPath[];
  /** The collection keeps what documents were before: change streams may show `before` and `after`. */
  readonly images?: true;
  /** Number of the record in its collection: the same on every member. */
  readonly record?: number;
  /** The writes of a transaction: they take effect together. */
  readonly operations?: readonly LogWrite[];
  readonly transaction?: TransactionIdentity;
}

/** Session and number of a transaction. */
export interface TransactionIdentity {
  readonly lsid: Doc;
  /** Sets sessions of different users apart. */
  readonly userKey: string;
  readonly txnNumber: bigint;
}

/** The statement of a retryable write that an entry is the effect of: how other members recognise its retry. */
export interface LoggedStatement {
  readonly lsid: Doc;
  /** Sets sessions of different users apart. */
  readonly userKey: string;
  readonly txnNumber: bigint;
  readonly stmtId: number;
  /** What the command needs to answer again. */
  readonly result: unknown;
}

export interface LogEntry extends LogWrite {
  readonly ts: Timestamp;
  readonly term: bigint;
  /** Wall clock, ms since 1970. */
  readonly wall: number;
  /** Known once the statement has run, which is before any other member sees the entry. */
  statement?: LoggedStatement;
}

export const opTimeOf = ({ ts, term }: LogEntry): OpTime => ({ ts, t: term });

/** Bytes that entries may hold before the oldest are forgotten, unless another limit is set. */
const DEFAULT_LIMIT = 64 * 1024 * 1024;

/** Counted for an entry besides the documents it holds. */
const ENTRY_BYTES = 256;

const sizeOf = ({ o, after, before, operations = [] }: LogWrite): number =>
  ENTRY_BYTES +
  operations.reduce((sum, operation) => sum + sizeOf(operation), 0) +
  (o instanceof Map ? 0 : o.bytes.length) +
  (after?.bytes.length ?? 0) +
  (before?.bytes.length ?? 0);

/**
 * The log of one member: all writes in the order they happened, its own while it is primary, else those of the primary
 * it follows. Who waits for writes listens to it. Like the server's oplog it is bounded and forgets its oldest entries.
 */
export class ReplicationLog {
  readonly clock: ClusterClock;
  /** Term of the entries that are written here. */
  term = 1n;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #firstIndex = 0;
  #bytes = 0;
  #limit = DEFAULT_LIMIT;
  /** The moment before the first entry kept. */
  #base: OpTime;
  #last: OpTime;
  #lastWall: number;

  constructor(clock: ClusterClock) {
    this.clock = clock;
    this.#base = { ts: clock.now, t: this.term };
    this.#last = this.#base;
    this.#lastWall = clock.wallClock();
  }

  /** Time of the latest write. */
  get lastApplied(): Timestamp {
    return this.#last.ts;
  }

  /** Time and term of the latest write. */
  get lastOpTime(): OpTime {
    return this.#last;
  }

  /** Wall clock of the latest write, ms since 1970. */
  get lastWall(): number {
    return this.#lastWall;
  }

  /** Wall clock of the write at a moment, ms since 1970; of the latest write where the log has no such moment. */
  wallAt(time: OpTime): number {
    const after = this.indexAfter(time);
    return (after === undefined ? undefined : this.at(after - 1)?.wall) ?? this.#lastWall;
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

  /** Index of what follows the moment `time`; undefined where this log has (or remembers) no such moment. */
  indexAfter({ ts, t }: OpTime): number | undefined {
    if (this.#base.t === t && this.#base.ts.equals(ts)) return this.#firstIndex;
    const index = this.indexOf(ts);
    const entry = this.at(index);
    return entry?.term === t && entry.ts.equals(ts) ? index + 1 : undefined;
  }

  /** Writes an entry of this member's own. */
  append(write: LogWrite): LogEntry {
    const { timestamp, wall } = this.clock.next();
    const entry: LogEntry = { ...write, ts: timestamp, term: this.term, wall };
    this.adopt(entry);
    return entry;
  }

  /** Adds an entry of another member, as it is. */
  adopt(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#last = opTimeOf(entry);
    this.#lastWall = entry.wall;
    this.#bytes += sizeOf(entry);
    if (this.#bytes > this.#limit) this.#forget();
    for (const listener of this.#listeners) listener(entry);
  }

  /** A log with the same entries and no listeners. */
  copy(): ReplicationLog {
    const made = new ReplicationLog(this.clock);
    made.term = this.term;
    made.#entries = [...this.#entries];
    made.#firstIndex = this.#firstIndex;
    made.#bytes = this.#bytes;
    made.#limit = this.#limit;
    made.#base = this.#base;
    made.#last = this.#last;
    made.#lastWall = this.#lastWall;
    return made;
  }

  /** Bytes that entries hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that entries may hold. */
  get limit(): number {
    return this.#limit;
  }

  /** Sets how many bytes entries may hold; what is over the limit is forgotten at once. */
  resize(bytes: number): void {
    this.#limit = bytes;
    if (this.#bytes > bytes) this.#forget();
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
    while (this.#bytes > this.#limit * 0.75 && count < this.#entries.length - 1) {
      const entry = this.#entries[count];
      if (entry !== undefined) {
        this.#bytes -= sizeOf(entry);
        this.#base = opTimeOf(entry);
      }
      count += 1;
    }
    this.#entries = this.#entries.slice(count);
    this.#firstIndex += count;
  }
}
