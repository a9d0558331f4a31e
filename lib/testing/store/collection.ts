import type { UUID } from 'bson';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { keyOf } from '../query/bson-order.js';
import { decodeValue, findElement } from '../query/bson-reader.js';
import type { Collation } from '../query/collation.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import type { LogWrite } from '../replication/replication-log.js';
import { CollectionIndex, duplicateKey } from './collection-index.js';
import type { CappedLimits, CollectionAccess, UpdateTrace } from './collection-access.js';
import { checkAgainst, type IndexSpec } from './index-spec.js';
import { RecordClaims, WriteConflict, type Claimant } from './record-claims.js';
import type { Validator } from './validator.js';

const MAX_INDEXES = 64;

const IMAGES = Object.freeze({ images: true });
const NO_IMAGES = Object.freeze({});

export interface CollectionSettings {
  readonly database: string;
  readonly name: string;
  readonly uuid: UUID;
  /** `options` of listCollections. */
  readonly options: Doc;
  readonly collation: Collation | undefined;
  readonly capped: CappedLimits | undefined;
  /** Time series have no unique `_id`. */
  readonly timeseries: boolean;
}

/** A key of a unique index as it is claimed: apart from those of other indexes and from record numbers. */
export const claimedKey = (index: string, text: string): string => `${index}\0${text}`;

export const idOf = (raw: RawDocument): Value => {
  const span = findElement(raw.bytes, '_id');
  return span === undefined ? null : decodeValue(raw.bytes, span.type, span.valueAt, span.end);
};

/**
 * The documents of one collection in the order they came, by record number, and its indexes. Every change is written
 * to the log. Records are bytes; what needs values decodes them.
 */
export class Collection implements CollectionAccess {
  readonly uuid: UUID;
  readonly collation: Collation | undefined;
  readonly timeseries: boolean;
  readonly records = new Map<number, RawDocument>();
  readonly #ids = new Map<string, number>();
  readonly indexes = new Map<string, CollectionIndex>();
  readonly #insertListeners = new Set<() => void>();
  readonly #log: (write: LogWrite) => void;
  database: string;
  name: string;
  options: Doc;
  capped: CappedLimits | undefined;
  validator: Validator | undefined;
  /** The collection was dropped: its cursors die. */
  dropped = false;
  /** Transactions in progress that have read or written here: changes of the collection itself wait for them. */
  readonly #holders = new Set<Claimant>();
  /** Commands that wait for that. */
  readonly queue = { waiting: 0 };
  #claims: RecordClaims | undefined;
  #dataSize = 0;
  #lastRecord = 0;

  constructor(settings: CollectionSettings, log: (write: LogWrite) => void) {
    this.database = settings.database;
    this.name = settings.name;
    this.uuid = settings.uuid;
    this.options = settings.options;
    this.collation = settings.collation;
    this.capped = settings.capped;
    this.timeseries = settings.timeseries;
    this.#log = log;
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  /** Bytes of all documents. */
  get dataSize(): number {
    return this.#dataSize;
  }

  /** Number of the latest record ever inserted. */
  get lastRecord(): number {
    return this.#lastRecord;
  }

  /** Whether `_id` values find their record. */
  get hasIdIndex(): boolean {
    return !this.timeseries;
  }

  /** Whether change streams may show what documents were before. */
  get #images(): { readonly images?: true } {
    const setting = this.options.get('changeStreamPreAndPostImages');
    return isDoc(setting) && setting.get('enabled') === true ? IMAGES : NO_IMAGES;
  }

  #write(write: Omit<LogWrite, 'ns' | 'ui'>): void {
    this.#log({ ...write, ns: this.namespace, ui: this.uuid });
  }

  recordOf(id: Value): number | undefined {
    return this.#ids.get(keyOf(id, this.collation));
  }

  lookUp(index: CollectionIndex, key: readonly Value[]): readonly number[] {
    return index.find(key);
  }

  /** What transactions in progress have written here; made by the first that does. */
  claims(): RecordClaims {
    this.#claims ??= new RecordClaims();
    return this.#claims;
  }

  hold(claimant: Claimant): void {
    this.#holders.add(claimant);
  }

  /** Throws while a transaction is at work here: to be called before the collection itself is changed. */
  assertFree(): void {
    const [holder] = this.#holders;
    if (holder !== undefined) throw new WriteConflict(holder, this.queue);
  }

  /** The transaction has ended. */
  release(claimant: Claimant): void {
    this.#holders.delete(claimant);
    this.#claims?.release(claimant);
    if (this.#claims?.size === 0) this.#claims = undefined;
  }

  assertWritable(records: Iterable<{ readonly record: number }>): void {
    if (this.#claims !== undefined) for (const { record } of records) this.#claims.check(record);
  }

  /** The unique keys of a document as they are claimed. */
  uniqueKeys(raw: RawDocument, id: Value): readonly string[] {
    const keys = this.hasIdIndex ? [claimedKey('_id_', keyOf(id, this.collation))] : [];
    for (const index of this.indexes.values()) {
      if (!index.refusesDuplicates) continue;
      for (const text of index.keysOf(raw.doc).keys()) keys.push(claimedKey(index.spec.name, text));
    }
    return keys;
  }

  #checkKeys(claims: RecordClaims, raw: RawDocument, id: Value): void {
    for (const key of this.uniqueKeys(raw, id)) claims.check(key);
  }

  /** `record` is given where another member has numbered it already. */
  insert(raw: RawDocument, id: Value, numbered?: number): void {
    const key = keyOf(id, this.collation);
    if (this.#claims !== undefined) this.#checkKeys(this.#claims, raw, id);
    if (this.hasIdIndex && this.#ids.has(key)) throw duplicateKey(this.namespace, this.idSpec, [id]);
    for (const index of this.indexes.values()) index.check(raw.doc, undefined, this.namespace);
    const record = numbered ?? this.#lastRecord + 1;
    this.#lastRecord = Math.max(this.#lastRecord, record);
    if (this.hasIdIndex) this.#ids.set(key, record);
    for (const index of this.indexes.values()) index.add(raw.doc, record);
    this.records.set(record, raw);
    this.#dataSize += raw.bytes.length;
    this.#write({ op: 'i', o: raw, record });
    if (this.capped !== undefined) this.#trim(this.capped);
    for (const listener of [...this.#insertListeners]) listener();
  }

  update(record: number, after: RawDocument, id: Value, { replacement, paths }: UpdateTrace): void {
    const before = this.records.get(record);
    if (before === undefined) return;
    if (this.#claims !== undefined) {
      this.#claims.check(record);
      this.#checkKeys(this.#claims, after, id);
    }
    if (this.indexes.size > 0) {
      for (const index of this.indexes.values()) index.check(after.doc, record, this.namespace);
      for (const index of this.indexes.values()) {
        index.remove(before.doc, record);
        index.add(after.doc, record);
      }
    }
    this.records.set(record, after);
    this.#dataSize += after.bytes.length - before.bytes.length;
    this.#write({
      op: 'u',
      o: replacement ? after : new Map(),
      o2: new Map([['_id', id]]),
      before,
      after,
      record,
      ...(paths !== undefined && { paths }),
      ...this.#images,
    });
  }

  remove(record: number): void {
    this.#claims?.check(record);
    const raw = this.#forget(record);
    if (raw !== undefined)
      this.#write({ op: 'd', o: new Map([['_id', idOf(raw)]]), before: raw, record, ...this.#images });
  }

  #forget(record: number): RawDocument | undefined {
    const raw = this.records.get(record);
    if (raw === undefined) return undefined;
    this.records.delete(record);
    if (this.hasIdIndex) this.#ids.delete(keyOf(idOf(raw), this.collation));
    for (const index of this.indexes.values()) index.remove(raw.doc, record);
    this.#dataSize -= raw.bytes.length;
    return raw;
  }

  /** The oldest documents of a capped collection give way; like the server's, these removals are not logged. */
  #trim({ size, max }: CappedLimits): void {
    while (
      (max !== undefined && this.records.size > max) ||
      (this.#dataSize > size && this.records.size > 1)
    ) {
      const oldest = this.records.keys().next();
      if (oldest.done === true) return;
      this.#forget(oldest.value);
    }
  }

  /** Applies new limits at once. */
  setCapped(limits: CappedLimits): void {
    this.capped = limits;
    this.#trim(limits);
  }

  /** Calls `listener` after each insert until the returned function is called. */
  onInsert(listener: () => void): () => void {
    this.#insertListeners.add(listener);
    return () => {
      this.#insertListeners.delete(listener);
    };
  }

  /** Wakes whoever waits for inserts: the collection goes away. */
  markDropped(): void {
    this.dropped = true;
    for (const listener of [...this.#insertListeners]) listener();
  }

  get idSpec(): Pick<IndexSpec, 'name' | 'key' | 'collation'> {
    return { name: '_id_', key: new Map([['_id', 1]]), collation: this.collation };
  }

  /** Builds an index over what is there. Answers false when there is one like it already. */
  createIndex(spec: IndexSpec): boolean {
    for (const existing of this.indexes.values())
      if (checkAgainst(spec, existing.spec) === 'identical') return false;
    if (this.indexes.size + 1 >= MAX_INDEXES) {
      throw new CommandError(
        'CannotCreateIndex',
        `add index fails, too many indexes for ${this.namespace} key:${spec.name}`,
      );
    }
    this.assertFree();
    const index = new CollectionIndex(spec);
    for (const [record, raw] of this.records) {
      index.check(raw.doc, undefined, this.namespace);
      index.add(raw.doc, record);
    }
    this.indexes.set(spec.name, index);
    return true;
  }
}
