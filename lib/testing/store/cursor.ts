import type { Doc } from '../query/value.js';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Timestamp } from 'bson';
import type { CollectionAccess } from './collection-access.js';

/** Where a cursor takes its documents from. */
export interface DocumentSource {
  next(): RawDocument | undefined;
  /** Known to have nothing more without being asked for the next one. */
  readonly ended: boolean;
  /** Where a change stream would take up after what was handed out; other sources have none. */
  readonly resumeToken?: Doc;
  /** Calls `wake` when a source at its end may have more, until the returned function is called. */
  onMore?(wake: () => void): () => void;
}

/** Takes documents from an iterable; the end of an array is known beforehand, as is a limit that was reached. */
export class IterableSource implements DocumentSource {
  readonly #iterator: Iterator<RawDocument>;
  #left: number;
  ended = false;

  constructor(documents: Iterable<RawDocument>, limit = Infinity) {
    this.#iterator = documents[Symbol.iterator]();
    this.#left = Math.min(limit, Array.isArray(documents) ? documents.length : Infinity);
    this.ended = this.#left === 0;
  }

  next(): RawDocument | undefined {
    if (this.ended) return undefined;
    const { value, done } = this.#iterator.next();
    if (done === true) {
      this.ended = true;
      return undefined;
    }
    this.#left -= 1;
    this.ended = this.#left === 0;
    return value;
  }
}

/** Follows a capped collection: at its end it waits for more. */
export class TailSource implements DocumentSource {
  readonly ended = false;
  readonly #collection: CollectionAccess;
  readonly #transform: (raw: RawDocument) => RawDocument | undefined;
  #iterator: Iterator<readonly [number, RawDocument]>;
  #position = 0;

  /** `transform` answers undefined for documents that do not match. */
  constructor(collection: CollectionAccess, transform: (raw: RawDocument) => RawDocument | undefined) {
    this.#collection = collection;
    this.#transform = transform;
    this.#iterator = collection.records[Symbol.iterator]();
  }

  onMore(wake: () => void): () => void {
    return this.#collection.onInsert(wake);
  }

  next(): RawDocument | undefined {
    // An iterator that reached the end stays there, so it is asked only when something lies ahead.
    while (this.#position < this.#collection.lastRecord) {
      const { value, done } = this.#iterator.next();
      if (done === true) {
        this.#iterator = this.#collection.records[Symbol.iterator]();
        if (![...this.#collection.records.keys()].some((record) => record > this.#position)) return undefined;
        continue;
      }
      const [record, raw] = value;
      if (record <= this.#position) continue;
      this.#checkPosition(record);
      this.#position = record;
      const document = this.#transform(raw);
      if (document !== undefined) return document;
    }
    return undefined;
  }

  /** What it has read last is overwritten: nobody knows what was between that and `next`. */
  #checkPosition(next: number): void {
    const position = this.#position;
    if (position === 0 || next === position + 1) return;
    if (this.#collection.records.get(position) !== undefined) return;
    throw new CommandError(
      'CappedPositionLost',
      `CollectionScan died due to position in capped collection being deleted. Last seen record id: RecordId(${String(position)})`,
    );
  }
}

/** What bounds a batch: documents, and bytes as a reply holds. */
export interface BatchLimit {
  readonly documents: number;
  readonly bytes: number;
}

/** The server's limit for the documents of one reply. */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** Room for the key of an array element. */
const ELEMENT_OVERHEAD = 16;

export interface CursorOptions {
  readonly id: bigint;
  readonly namespace: string;
  readonly source: DocumentSource;
  readonly tailable: boolean;
  readonly awaitData: boolean;
  readonly noTimeout: boolean;
  readonly collection: CollectionAccess | undefined;
  /** Key of the session that opened it. */
  readonly session: string | undefined;
  /** The transaction that it lives in. */
  readonly transaction: object | undefined;
  /** What it reads, where that is a snapshot outside of a transaction. */
  readonly atClusterTime: Timestamp | undefined;
  /** The command that opened it, for currentOp. */
  readonly command: string;
}

/** An open result: documents are taken from it batch by batch. */
export class Cursor {
  readonly id: bigint;
  readonly namespace: string;
  readonly tailable: boolean;
  readonly awaitData: boolean;
  readonly noTimeout: boolean;
  readonly collection: CollectionAccess | undefined;
  readonly session: string | undefined;
  readonly transaction: object | undefined;
  readonly atClusterTime: Timestamp | undefined;
  readonly command: string;
  /** Monotonic ms. */
  lastUsedAt: number;
  /** A getMore is at work on it; called to stop that. */
  interrupt: (() => void) | undefined;
  readonly #source: DocumentSource;
  #pending: RawDocument | undefined;
  #resumeToken: Doc | undefined;

  constructor(options: CursorOptions, now: number) {
    this.id = options.id;
    this.namespace = options.namespace;
    this.tailable = options.tailable;
    this.awaitData = options.awaitData;
    this.noTimeout = options.noTimeout;
    this.collection = options.collection;
    this.session = options.session;
    this.transaction = options.transaction;
    this.atClusterTime = options.atClusterTime;
    this.command = options.command;
    this.#source = options.source;
    this.lastUsedAt = now;
  }

  get isChangeStream(): boolean {
    return this.#resumeToken !== undefined;
  }

  /** Where a change stream takes up after the latest batch. */
  get postBatchResumeToken(): Doc | undefined {
    return this.#resumeToken;
  }

  /** Calls `wake` when there may be more, until the returned function is called. */
  onMore(wake: () => void): () => void {
    return this.#source.onMore?.(wake) ?? (() => undefined);
  }

  /** Nothing more will come. */
  get exhausted(): boolean {
    return this.#pending === undefined && this.#source.ended;
  }

  take(limit: BatchLimit): RawDocument[] {
    const batch: RawDocument[] = [];
    this.#resumeToken ??= this.#source.resumeToken;
    let bytes = 0;
    while (batch.length < limit.documents) {
      const document = this.#pending ?? this.#source.next();
      this.#pending = undefined;
      if (document === undefined) {
        this.#resumeToken = this.#source.resumeToken;
        break;
      }
      const size = document.bytes.length + ELEMENT_OVERHEAD;
      if (batch.length > 0 && bytes + size > limit.bytes) {
        this.#pending = document;
        break;
      }
      bytes += size;
      batch.push(document);
      this.#resumeToken = this.#source.resumeToken;
    }
    return batch;
  }
}
