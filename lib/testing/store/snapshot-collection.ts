import type { UUID } from 'bson';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { keyOf } from '../query/bson-order.js';
import type { Doc, Value } from '../query/value.js';
import type { CappedLimits, CollectionAccess, UpdateTrace } from './collection-access.js';
import { duplicateKey, type CollectionIndex } from './collection-index.js';
import { claimedKey, idOf, type Collection } from './collection.js';
import { checkAgainst, type IndexSpec } from './index-spec.js';
import { WriteConflict, type Claimant } from './record-claims.js';
import { SnapshotRecords } from './snapshot-records.js';
import type { Snapshot } from './snapshot.js';

/** Numbers of records that a transaction has inserted and not committed: behind all others. */
const FIRST_OWN_RECORD = 2 ** 40;

/** What a transaction does to the store when it commits. */
export type Operation = () => void;

/** Who writes through a snapshot: the transaction. */
export interface Writer extends Claimant {
  /** To be done at commit, in this order. The document written decides which shard of a cluster it is done on. */
  add(operation: Operation, collection?: Collection, document?: RawDocument): void;
}

/**
 * A collection as a snapshot shows it, with the writes of the transaction that goes through it. What it writes is
 * claimed, so that others conflict with it, and reaches the collection itself at commit.
 */
export class SnapshotCollection implements CollectionAccess {
  readonly base: Collection;
  readonly records: SnapshotRecords;
  readonly #snapshot: Snapshot;
  readonly #writer: Writer | undefined;
  readonly #own = new Map<number, RawDocument | undefined>();
  /** Keys of unique indexes, and `_id` keys, of own documents that are there: the record each belongs to. */
  readonly #ownKeys = new Map<string, number>();
  #nextRecord = FIRST_OWN_RECORD;

  constructor(base: Collection, snapshot: Snapshot, writer: Writer | undefined) {
    this.base = base;
    this.#snapshot = snapshot;
    this.#writer = writer;
    this.records = new SnapshotRecords(base.records, () => snapshot.changesOf(base.uuid), this.#own);
  }

  get database(): string {
    return this.base.database;
  }

  get name(): string {
    return this.base.name;
  }

  get namespace(): string {
    return this.base.namespace;
  }

  get uuid(): UUID {
    return this.base.uuid;
  }

  get options(): Doc {
    return this.base.options;
  }

  get collation(): Collection['collation'] {
    return this.base.collation;
  }

  get capped(): CappedLimits | undefined {
    return this.base.capped;
  }

  get validator(): Collection['validator'] {
    return this.base.validator;
  }

  get timeseries(): boolean {
    return this.base.timeseries;
  }

  get dropped(): boolean {
    return this.base.dropped;
  }

  get lastRecord(): number {
    return this.base.lastRecord;
  }

  get dataSize(): number {
    let size = 0;
    for (const raw of this.records.values()) size += raw.bytes.length;
    return size;
  }

  get indexes(): Map<string, CollectionIndex> {
    return this.base.indexes;
  }

  get hasIdIndex(): boolean {
    return this.base.hasIdIndex;
  }

  get idSpec(): Pick<IndexSpec, 'name' | 'key' | 'collation'> {
    return this.base.idSpec;
  }

  recordOf(id: Value): number | undefined {
    const text = keyOf(id, this.collation);
    const own = this.#ownKeys.get(claimedKey('_id_', text));
    if (own !== undefined) return own;
    for (const [record, raw] of this.#snapshot.changesOf(this.uuid)) {
      const shown = raw !== undefined && !this.#own.has(record);
      if (shown && keyOf(idOf(raw), this.collation) === text) return record;
    }
    const record = this.base.recordOf(id);
    return record !== undefined && this.records.get(record) !== undefined ? record : undefined;
  }

  *lookUp(index: CollectionIndex, key: readonly Value[]): Iterable<number> {
    yield* index.find(key);
    yield* this.#snapshot.changesOf(this.uuid).keys();
    yield* this.#own.keys();
  }

  assertWritable(): void {
    // Each write claims its record by itself: a conflict ends the transaction and with it the writes before.
  }

  insert(raw: RawDocument, id: Value): void {
    const writer = this.#writing();
    const keys = this.#claimKeys(raw, id, undefined, writer);
    const record = this.#nextRecord++;
    this.#own.set(record, raw);
    for (const key of keys) this.#ownKeys.set(key, record);
    writer.add(() => this.base.insert(raw, id), this.base, raw);
  }

  update(record: number, after: RawDocument, id: Value, trace: UpdateTrace): void {
    const writer = this.#writing();
    const before = this.#claim(record, writer);
    const keys = this.#claimKeys(after, id, record, writer);
    this.#forgetKeys(before, id, record);
    this.#own.set(record, after);
    for (const key of keys) this.#ownKeys.set(key, record);
    writer.add(() => this.base.update(this.#present(record, id), after, id, trace), this.base, before);
  }

  remove(record: number): void {
    const writer = this.#writing();
    const before = this.#claim(record, writer);
    const id = idOf(before);
    this.#forgetKeys(before, id, record);
    this.#own.set(record, undefined);
    writer.add(() => this.base.remove(this.#present(record, id)), this.base, before);
  }

  createIndex(spec: IndexSpec): boolean {
    for (const { spec: existing } of this.indexes.values()) {
      if (checkAgainst(spec, existing) === 'identical') return false;
    }
    throw new CommandError(
      'OperationNotSupportedInTransaction',
      `Cannot create new indexes on existing collection ${this.namespace} in a multi-document transaction.`,
    );
  }

  onInsert(listener: () => void): () => void {
    return this.base.onInsert(listener);
  }

  /** The number that a record has in the collection itself once the operations before are done. */
  #present(record: number, id: Value): number {
    return record < FIRST_OWN_RECORD ? record : (this.base.recordOf(id) ?? record);
  }

  #writing(): Writer {
    if (this.#writer === undefined) throw new Error('Nobody writes through a snapshot outside a transaction');
    if (this.capped !== undefined || this.timeseries) {
      throw new CommandError(
        'OperationNotSupportedInTransaction',
        this.timeseries
          ? `Cannot write to a time-series collection in a multi-document transaction: ${this.namespace}`
          : `Collection '${this.namespace}' is a capped collection. Writes in transactions are not allowed on capped collections.`,
      );
    }
    return this.#writer;
  }

  /** Claims a record for writing. Throws when it is another's, or has changed since the snapshot. */
  #claim(record: number, writer: Writer): RawDocument {
    const before = this.records.get(record);
    if (before === undefined) throw new WriteConflict();
    if (this.#own.has(record)) return before;
    this.base.claims().check(record, writer);
    if (this.#snapshot.changesOf(this.uuid).has(record)) throw new WriteConflict();
    this.base.claims().claim(record, writer);
    return before;
  }

  /** Claims the unique keys of a document. Throws when one is taken. */
  #claimKeys(raw: RawDocument, id: Value, self: number | undefined, writer: Writer): readonly string[] {
    if (this.hasIdIndex && self === undefined) this.#checkId(id);
    for (const index of this.indexes.values())
      if (index.refusesDuplicates) this.#checkIndex(index, raw, self);
    const keys = this.base.uniqueKeys(raw, id);
    for (const key of keys) this.base.claims().claim(key, writer);
    return keys;
  }

  #checkId(id: Value): void {
    if (this.recordOf(id) !== undefined) throw duplicateKey(this.namespace, this.idSpec, [id]);
    const present = this.base.recordOf(id);
    if (present !== undefined && !this.#own.has(present)) throw new WriteConflict();
  }

  #checkIndex(index: CollectionIndex, raw: RawDocument, self: number | undefined): void {
    const changes = this.#snapshot.changesOf(this.uuid);
    for (const [text, key] of index.keysOf(raw.doc)) {
      const own = this.#ownKeys.get(claimedKey(index.spec.name, text));
      if (own !== undefined && own !== self) throw duplicateKey(this.namespace, index.spec, key);
      for (const record of index.holders(text)) {
        if (record === self || this.#own.has(record)) continue;
        if (changes.has(record)) throw new WriteConflict();
        throw duplicateKey(this.namespace, index.spec, key);
      }
      for (const [record, old] of changes) {
        if (old === undefined || record === self || this.#own.has(record)) continue;
        if (index.keysOf(old.doc).has(text)) throw duplicateKey(this.namespace, index.spec, key);
      }
    }
  }

  #forgetKeys(before: RawDocument, id: Value, record: number): void {
    for (const key of this.base.uniqueKeys(before, id)) {
      if (this.#ownKeys.get(key) === record) this.#ownKeys.delete(key);
    }
  }
}
