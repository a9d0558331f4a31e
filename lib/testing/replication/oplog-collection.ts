import { UUID } from 'bson';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess, Records, StoreAccess } from '../store/collection-access.js';
import type { CollectionIndex } from '../store/collection-index.js';
import type { Store } from '../store/store.js';
import type { View } from '../store/view.js';
import { oplogDocument } from './oplog-document.js';
import type { ReplicationLog } from './replication-log.js';

/** The entries of a log by their index, counted from 1; made into documents when somebody reads them. */
class OplogRecords implements Records {
  readonly #log: ReplicationLog;
  readonly #diffs: boolean;

  constructor(log: ReplicationLog, diffs: boolean) {
    this.#log = log;
    this.#diffs = diffs;
  }

  get size(): number {
    const { from, to } = this.#log.range;
    return to - from;
  }

  get(record: number): RawDocument | undefined {
    const entry = this.#log.at(record - 1);
    return entry === undefined ? undefined : oplogDocument(entry, this.#diffs);
  }

  /** Goes on after its end when the log has grown. */
  [Symbol.iterator](): Iterator<readonly [number, RawDocument]> {
    let record = 0;
    return {
      next: () => {
        record = Math.max(record, this.#log.range.from) + 1;
        const raw = this.get(record);
        if (raw !== undefined) return { done: false, value: [record, raw] };
        record -= 1;
        return { done: true, value: undefined };
      },
    };
  }

  *keys(): Iterable<number> {
    const { from, to } = this.#log.range;
    for (let record = from + 1; record <= to; record += 1) yield record;
  }

  *values(): Iterable<RawDocument> {
    for (const [, raw] of this) yield raw;
  }
}

const readOnly = (): never => {
  throw new CommandError('InvalidNamespace', "cannot write to 'local.oplog.rs'");
};

/** `local.oplog.rs`: the log of a member as a capped collection that clients can read and follow. */
class OplogCollection implements CollectionAccess {
  readonly database = 'local';
  readonly name = 'oplog.rs';
  readonly namespace = 'local.oplog.rs';
  readonly uuid = new UUID('6f706c6f-672e-4273-8000-000000000000');
  readonly collation = undefined;
  readonly validator = undefined;
  readonly timeseries = false;
  readonly dropped = false;
  readonly hasIdIndex = false;
  readonly indexes = new Map<string, CollectionIndex>();
  readonly idSpec = { name: '_id_', key: new Map<string, Value>([['_id', 1]]), collation: undefined };
  readonly records: Records;
  readonly insert = readOnly;
  readonly update = readOnly;
  readonly remove = readOnly;
  readonly createIndex = readOnly;
  readonly #log: ReplicationLog;

  constructor(log: ReplicationLog, diffs: boolean) {
    this.#log = log;
    this.records = new OplogRecords(log, diffs);
  }

  get capped(): { readonly size: number; readonly max: undefined } {
    return { size: this.#log.limit, max: undefined };
  }

  get options(): Doc {
    return new Map<string, Value>([
      ['capped', true],
      ['size', BigInt(Math.trunc(this.#log.limit))],
    ]);
  }

  get lastRecord(): number {
    return this.#log.range.to;
  }

  get dataSize(): number {
    return this.#log.bytes;
  }

  recordOf(): undefined {
    return undefined;
  }

  lookUp(): readonly number[] {
    return [];
  }

  assertWritable(): void {
    readOnly();
  }

  onInsert(listener: () => void): () => void {
    return this.#log.listen(listener);
  }
}

/** A member's store with its log as one of the collections. */
export class StoreWithOplog implements StoreAccess {
  readonly #store: Store;
  readonly #oplog: OplogCollection;

  constructor(store: Store, log: ReplicationLog) {
    this.#store = store;
    this.#oplog = new OplogCollection(log, store.version.has('updateDiffs'));
  }

  collection(database: string, name: string): CollectionAccess | undefined {
    return database === 'local' && name === 'oplog.rs' ? this.#oplog : this.#store.collection(database, name);
  }

  view(database: string, name: string): View | undefined {
    return this.#store.view(database, name);
  }

  collectionForWrite(database: string, name: string): CollectionAccess {
    if (database === 'local' && name === 'oplog.rs') return readOnly();
    return this.#store.collectionForWrite(database, name);
  }

  create(database: string, name: string, command: Doc): void {
    if (database === 'local' && name === 'oplog.rs') readOnly();
    this.#store.create(database, name, command);
  }

  logIndexes(...args: Parameters<StoreAccess['logIndexes']>): void {
    this.#store.logIndexes(...args);
  }
}
