import type { UUID } from 'bson';
import type { RawDocument } from '../net/raw-document.js';
import type { Collation } from '../query/collation.js';
import type { UpdatedPath } from '../query/update/update.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionIndex } from './collection-index.js';
import type { IndexSpec } from './index-spec.js';
import type { Validator } from './validator.js';
import type { View } from './view.js';

export interface CappedLimits {
  /** Bytes. */
  readonly size: number;
  readonly max: number | undefined;
}

/** Documents by record number, in the order they came. */
export interface Records extends Iterable<readonly [number, RawDocument]> {
  readonly size: number;
  get(record: number): RawDocument | undefined;
  keys(): Iterable<number>;
  values(): Iterable<RawDocument>;
}

/** What the log tells of how an update came about. */
export interface UpdateTrace {
  /** The whole document was replaced. */
  readonly replacement: boolean;
  /** The paths that operators named. */
  readonly paths: readonly UpdatedPath[] | undefined;
}

/** What queries and writes need of a collection: the present one, or one as a snapshot shows it. */
export interface CollectionAccess {
  readonly database: string;
  readonly name: string;
  readonly namespace: string;
  readonly uuid: UUID;
  /** `options` of listCollections. */
  readonly options: Doc;
  readonly collation: Collation | undefined;
  readonly capped: CappedLimits | undefined;
  readonly validator: Validator | undefined;
  readonly timeseries: boolean;
  /** The collection was dropped: its cursors die. */
  readonly dropped: boolean;
  readonly records: Records;
  /** Number of the latest record ever inserted. */
  readonly lastRecord: number;
  /** Bytes of all documents. */
  readonly dataSize: number;
  readonly indexes: Map<string, CollectionIndex>;
  /** Whether `_id` values find their record. */
  readonly hasIdIndex: boolean;
  readonly idSpec: Pick<IndexSpec, 'name' | 'key' | 'collation'>;
  recordOf(id: Value): number | undefined;
  /** Records whose key in `index` may be `key`: all that have it, and perhaps others. */
  lookUp(index: CollectionIndex, key: readonly Value[]): Iterable<number>;
  /** Throws WriteConflict when a transaction that is in progress has written one of the records. */
  assertWritable(records: Iterable<{ readonly record: number }>): void;
  insert(raw: RawDocument, id: Value): void;
  /** Puts `after` in the place of a record. */
  update(record: number, after: RawDocument, id: Value, trace: UpdateTrace): void;
  remove(record: number): void;
  /** Builds an index over what is there. Answers false when there is one like it already. */
  createIndex(spec: IndexSpec): boolean;
  /** Calls `listener` after each insert until the returned function is called. */
  onInsert(listener: () => void): () => void;
}

/** Where the commands that may run in a transaction find collections: the present ones, or those of a snapshot. */
export interface StoreAccess {
  collection(database: string, name: string): CollectionAccess | undefined;
  view(database: string, name: string): View | undefined;
  /** The collection to write to, made where there is none. Views are refused. */
  collectionForWrite(database: string, name: string): CollectionAccess;
  /** The create command: a collection or a view. */
  create(database: string, name: string, command: Doc): void;
  /** Indexes that were built. */
  logIndexes(collection: CollectionAccess, specs: readonly IndexSpec[]): void;
}
