import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import type { CollectionAccess, StoreAccess } from './collection-access.js';
import type { Collection } from './collection.js';
import type { IndexSpec } from './index-spec.js';
import { WriteConflict } from './record-claims.js';
import { SnapshotCollection, type Writer } from './snapshot-collection.js';
import type { Snapshot } from './snapshot.js';
import type { Store } from './store.js';
import type { View } from './view.js';

/** A store as a snapshot shows it, with what the transaction that goes through it has written. */
export class SnapshotStore implements StoreAccess {
  readonly snapshot: Snapshot;
  readonly #store: Store;
  readonly #writer: Writer | undefined;
  readonly #readsCapped: boolean;
  readonly #opened = new Map<Collection, SnapshotCollection>();
  readonly #made = new Map<string, Collection>();

  /** `readsCapped`: capped collections are not refused, but read as they are now. */
  constructor(store: Store, snapshot: Snapshot, writer?: Writer, readsCapped = false) {
    this.snapshot = snapshot;
    this.#store = store;
    this.#writer = writer;
    this.#readsCapped = readsCapped;
  }

  /** Collections that were read or written through the snapshot. */
  get touched(): Iterable<Collection> {
    return this.#opened.keys();
  }

  collection(database: string, name: string): CollectionAccess | undefined {
    const namespace = `${database}.${name}`;
    const made = this.#made.get(namespace);
    if (made !== undefined) return made;
    const base = this.#store.collection(database, name);
    if (base === undefined || this.snapshot.isNew(base.uuid)) {
      if (this.snapshot.isGone(namespace)) throw unavailable();
      if (base !== undefined && !this.#store.version.has('pointInTimeCatalog')) throw unavailable();
      return undefined;
    }
    const known = this.#opened.get(base);
    if (known !== undefined) return known;
    if (base.capped !== undefined && this.#writer === undefined) {
      if (this.#readsCapped) return base;
      throw unavailable('Reading from capped collections with readConcern snapshot is not supported');
    }
    if (this.#writer !== undefined) {
      if (base.queue.waiting > 0) {
        throw new CommandError('LockTimeout', `Unable to acquire IX lock on '${namespace}' within 5ms.`);
      }
      base.hold(this.#writer);
    }
    const opened = new SnapshotCollection(base, this.snapshot, this.#writer);
    this.#opened.set(base, opened);
    return opened;
  }

  view(database: string, name: string): View | undefined {
    return this.#store.view(database, name);
  }

  collectionForWrite(database: string, name: string): CollectionAccess {
    const known = this.collection(database, name);
    if (known !== undefined) return known;
    if (this.#store.collection(database, name) !== undefined) throw new WriteConflict();
    return this.#make(database, name, new Map());
  }

  create(database: string, name: string, command: Doc): void {
    if (command.has('viewOn') || command.has('timeseries')) {
      throw new CommandError(
        'OperationNotSupportedInTransaction',
        `Cannot create a view or time-series collection in a multi-document transaction: ${database}.${name}`,
      );
    }
    if (this.collection(database, name) !== undefined || this.view(database, name) !== undefined) {
      this.#store.create(database, name, command);
      return;
    }
    if (this.#store.collection(database, name) !== undefined) throw new WriteConflict();
    this.#make(database, name, command);
  }

  logIndexes(collection: CollectionAccess, specs: readonly IndexSpec[]): void {
    this.#writing.add(() => this.#store.logIndexes(collection, specs));
  }

  get #writing(): Writer {
    if (this.#writer === undefined) throw new Error('Nobody writes through a snapshot outside a transaction');
    return this.#writer;
  }

  #make(database: string, name: string, command: Doc): Collection {
    const namespace = `${database}.${name}`;
    if (!this.#store.version.has('createInTransaction')) {
      throw new CommandError(
        'OperationNotSupportedInTransaction',
        `Cannot create namespace ${namespace} in multi-document transaction.`,
      );
    }
    const writer = this.#writing;
    let committed = false;
    const made = this.#store.build(database, name, command, (write) => {
      if (committed) this.#store.append(write);
      else writer.add(() => this.#store.append(write));
    });
    this.#store.names.claim(namespace, writer);
    this.#made.set(namespace, made);
    writer.add(() => {
      committed = true;
      this.#store.attach(made);
    });
    return made;
  }
}

const unavailable = (
  why = 'Unable to read from a snapshot due to pending collection catalog changes; please retry the operation.',
): CommandError => new CommandError('SnapshotUnavailable', why);
