import type { Document } from '../bson/document.js';
import type { Binary, Timestamp } from '../bson/values.js';

/** Opaque: the place of an event in the log. */
export interface ResumeToken {
  readonly _data: unknown;
}

/** The name of what changed; `coll` is missing where that is a database. */
export interface ChangedNamespace {
  readonly db: string;
  readonly coll: string;
}

interface EventFields {
  readonly _id: ResumeToken;
  readonly clusterTime: Timestamp;
  /** When the server made the change, by its own clock. Servers 6.0 and later. */
  readonly wallTime?: Date;
  /** The transaction it belongs to: session and number. */
  readonly lsid?: Document;
  readonly txnNumber?: bigint | number;
  /** One part of an event that `$changeStreamSplitLargeEvent` split. Servers 6.0.9 and 7.0 on. */
  readonly splitEvent?: { readonly fragment: number; readonly of: number };
}

interface DocumentEventFields<T> extends EventFields {
  readonly ns: ChangedNamespace;
  /** `_id` of the document, and its shard key. */
  readonly documentKey: Pick<T & { readonly _id: unknown }, '_id'> & Document;
  /** With `showExpandedEvents`, servers 6.0 and later. */
  readonly collectionUUID?: Binary;
}

export interface InsertEvent<T> extends DocumentEventFields<T> {
  readonly operationType: 'insert';
  readonly fullDocument: T;
}

export interface ReplaceEvent<T> extends DocumentEventFields<T> {
  readonly operationType: 'replace';
  readonly fullDocument: T;
  readonly fullDocumentBeforeChange?: T | null;
}

export interface UpdateDescription {
  readonly updatedFields: Document;
  readonly removedFields: readonly string[];
  readonly truncatedArrays?: readonly { readonly field: string; readonly newSize: number }[];
  /** Path components of paths that dots alone do not tell. With `showExpandedEvents`, servers 6.1 and later. */
  readonly disambiguatedPaths?: Document;
}

export interface UpdateEvent<T> extends DocumentEventFields<T> {
  readonly operationType: 'update';
  readonly updateDescription: UpdateDescription;
  /** With the `fullDocument` option; `null` where the document is gone. */
  readonly fullDocument?: T | null;
  readonly fullDocumentBeforeChange?: T | null;
}

export interface DeleteEvent<T> extends DocumentEventFields<T> {
  readonly operationType: 'delete';
  readonly fullDocumentBeforeChange?: T | null;
}

export interface DropEvent extends EventFields {
  readonly operationType: 'drop';
  readonly ns: ChangedNamespace;
  readonly collectionUUID?: Binary;
}

export interface RenameEvent extends EventFields {
  readonly operationType: 'rename';
  readonly ns: ChangedNamespace;
  readonly to: ChangedNamespace;
  readonly operationDescription?: Document;
  readonly collectionUUID?: Binary;
}

export interface DropDatabaseEvent extends EventFields {
  readonly operationType: 'dropDatabase';
  readonly ns: Pick<ChangedNamespace, 'db'>;
}

/** The last event of its stream: what was watched is gone, or has another name. */
export interface InvalidateEvent extends EventFields {
  readonly operationType: 'invalidate';
}

/** Events that a stream has with `showExpandedEvents` only. Servers 6.0 and later. */
export interface ExpandedEvent extends EventFields {
  readonly operationType:
    | 'create'
    | 'createIndexes'
    | 'dropIndexes'
    | 'modify'
    | 'shardCollection'
    | 'reshardCollection'
    | 'refineCollectionShardKey';
  readonly ns: ChangedNamespace;
  readonly operationDescription?: Document;
  readonly collectionUUID?: Binary;
  /** What a `create` made. Servers 8.1 and later. */
  readonly nsType?: 'collection' | 'timeseries' | 'view';
}

/**
 * What a change stream tells of. Servers may know further operation types; the driver passes them on as they are. A
 * pipeline that changes the shape of events needs a type of its own: `watch<Mine>(pipeline)`.
 */
export type ChangeEvent<T> =
  | InsertEvent<T>
  | UpdateEvent<T>
  | ReplaceEvent<T>
  | DeleteEvent<T>
  | DropEvent
  | RenameEvent
  | DropDatabaseEvent
  | InvalidateEvent
  | ExpandedEvent;
