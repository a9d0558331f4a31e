import { UUID } from 'bson';
import type { Runtime } from '../../core/runtime.js';
import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { parseCollation } from '../query/collation.js';
import { isArray, type Doc, type Value } from '../query/value.js';
import type { LogWrite } from '../replication/replication-log.js';
import type { ServerVersion } from '../versions.js';
import { cappedLimits, parseCollectionOptions } from './collection-options.js';
import type { CollectionAccess, StoreAccess } from './collection-access.js';
import { Collection } from './collection.js';
import type { IndexSpec } from './index-spec.js';
import { checkCollectionName, checkDatabaseName } from './namespace.js';
import { ObjectIdGenerator } from './object-id.js';
import { RecordClaims } from './record-claims.js';
import { compileValidator } from './validator.js';
import type { View } from './view.js';

export interface StoreOptions {
  readonly runtime: Runtime;
  readonly log: { append(write: LogWrite): unknown };
  readonly version: ServerVersion;
}

export interface Database {
  readonly name: string;
  readonly collections: Map<string, Collection>;
  readonly views: Map<string, View>;
}

/** All data of a member: databases with collections and views. */
export class Store implements StoreAccess {
  readonly version: ServerVersion;
  readonly objectIds: ObjectIdGenerator;
  /** Namespaces that transactions in progress make. */
  readonly names = new RecordClaims();
  readonly #runtime: Runtime;
  readonly #log: { append(write: LogWrite): unknown };
  /** Writes that take effect together, while they are made. */
  #together: LogWrite[] | undefined;
  readonly #databases = new Map<string, Database>();

  constructor({ runtime, log, version }: StoreOptions) {
    this.version = version;
    this.objectIds = new ObjectIdGenerator(runtime);
    this.#runtime = runtime;
    this.#log = log;
  }

  /** Puts a write into the log. */
  append(write: LogWrite): void {
    if (this.#together === undefined) this.#log.append(write);
    else this.#together.push(write);
  }

  /** Runs `write` and puts all it writes into the log as the operations of one entry. */
  together(write: () => void, entry: Omit<LogWrite, 'op' | 'ns' | 'o'>): void {
    const operations: LogWrite[] = [];
    this.#together = operations;
    try {
      write();
    } finally {
      this.#together = undefined;
    }
    if (operations.length === 0) return;
    this.#log.append({ ...entry, op: 'c', ns: 'admin.$cmd', o: new Map([['applyOps', []]]), operations });
  }

  /** Databases that hold something, by name. */
  databases(): readonly Database[] {
    return [...this.#databases.values()]
      .filter(({ collections, views }) => collections.size + views.size > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  database(name: string): Database | undefined {
    return this.#databases.get(name);
  }

  collection(database: string, name: string): Collection | undefined {
    return this.#databases.get(database)?.collections.get(name);
  }

  view(database: string, name: string): View | undefined {
    return this.#databases.get(database)?.views.get(name);
  }

  /** The collection to write to, made where there is none. Views are refused. */
  collectionForWrite(database: string, name: string): Collection {
    const known = this.collection(database, name);
    if (known !== undefined) return known;
    if (this.view(database, name) !== undefined) {
      throw new CommandError(
        'CommandNotSupportedOnView',
        `Namespace ${database}.${name} is a view, not a collection`,
      );
    }
    return this.#makeCollection(database, name, new Map());
  }

  /** The create command: a collection or a view. `uuid` is that of the same collection elsewhere. */
  create(database: string, name: string, command: Doc, uuid?: UUID): void {
    const options = parseCollectionOptions(command);
    const existing = this.collection(database, name) ?? this.view(database, name);
    if (existing !== undefined) {
      // Since 7.0 creating again what is there with the same options succeeds.
      if (this.version.atLeast('7.0') && equal(existing.options, options)) return;
      throw new CommandError('NamespaceExists', `Collection ${database}.${name} already exists.`);
    }
    if (options.has('viewOn')) this.#makeView(database, name, options);
    else this.#makeCollection(database, name, options, uuid);
  }

  #databaseForWrite(name: string): Database {
    const known = this.#databases.get(name);
    if (known !== undefined) return known;
    checkDatabaseName(name);
    for (const other of this.databases()) {
      if (other.name.toLowerCase() === name.toLowerCase()) {
        throw new CommandError(
          'DatabaseDifferCase',
          `db already exists with different case already have: [${other.name}] trying to create [${name}]`,
        );
      }
    }
    const made: Database = { name, collections: new Map(), views: new Map() };
    this.#databases.set(name, made);
    return made;
  }

  #makeCollection(database: string, name: string, options: Doc, uuid?: UUID): Collection {
    this.names.check(`${database}.${name}`);
    const collection = this.build(database, name, options, (write) => this.append(write), uuid);
    this.attach(collection);
    return collection;
  }

  /** A collection that nobody finds yet. `log` gets what is written to it. */
  build(
    database: string,
    name: string,
    command: Doc,
    log: (write: LogWrite) => void,
    uuid = this.#newUuid(),
  ): Collection {
    checkCollectionName(database, name);
    const options = parseCollectionOptions(command);
    const collection = new Collection(
      {
        database,
        name,
        uuid,
        options,
        collation: parseCollation(options.get('collation')),
        capped: cappedLimits(options),
        timeseries: options.has('timeseries'),
      },
      log,
    );
    collection.validator = compileValidator(options, this.version.atLeast('5.0'));
    return collection;
  }

  /** Makes a collection known. */
  attach(collection: Collection): void {
    const { database, name, options } = collection;
    this.#databaseForWrite(database).collections.set(name, collection);
    this.#command(database, collection, new Map<string, Value>([['create', name], ...options]));
  }

  #makeView(database: string, name: string, options: Doc): void {
    checkCollectionName(database, name);
    const pipeline = options.get('pipeline') ?? [];
    const on = String(options.get('viewOn'));
    if (on === name)
      throw new CommandError(
        'GraphContainsCycle',
        `View cycle detected: ${database}.${name} => ${database}.${on}`,
      );
    const views = this.#databaseForWrite(database).views;
    views.set(name, {
      database,
      name,
      on,
      pipeline: isArray(pipeline) ? pipeline : [],
      collation: parseCollation(options.get('collation')),
      options: new Map<string, Value>([...options, ['pipeline', pipeline]]),
    });
    this.#command(database, undefined, new Map<string, Value>([['create', name], ...options]));
  }

  /** Drops a collection or view; false when there is none. */
  drop(database: string, name: string): boolean {
    const home = this.#databases.get(database);
    const collection = home?.collections.get(name);
    if (collection === undefined) {
      if (home?.views.delete(name) !== true) return false;
      this.#command(database, undefined, new Map([['drop', name]]));
      return true;
    }
    collection.assertFree();
    home?.collections.delete(name);
    collection.markDropped();
    this.#command(database, collection, new Map([['drop', name]]));
    return true;
  }

  /** False when there is no such database. */
  dropDatabase(name: string): boolean {
    const home = this.#databases.get(name);
    if (home === undefined) return false;
    for (const collection of home.collections.values()) collection.assertFree();
    for (const collection of [...home.collections.keys()]) this.drop(name, collection);
    for (const view of [...home.views.keys()]) this.drop(name, view);
    this.#databases.delete(name);
    this.#command(name, undefined, new Map([['dropDatabase', 1]]));
    return true;
  }

  /** Moves a collection; what is at the target gives way. */
  rename(collection: Collection, database: string, name: string): void {
    checkCollectionName(database, name);
    collection.assertFree();
    const replaced = this.collection(database, name);
    replaced?.assertFree();
    replaced?.markDropped();
    const from = collection.namespace;
    const source = collection.database;
    this.#databases.get(collection.database)?.collections.delete(collection.name);
    collection.database = database;
    collection.name = name;
    this.#databaseForWrite(database).collections.set(name, collection);
    const command = new Map<string, Value>([
      ['renameCollection', from],
      ['to', collection.namespace],
    ]);
    if (replaced !== undefined) command.set('dropTarget', replaced.uuid.toBinary());
    this.#command(source, collection, command);
  }

  /** Replaces a view's definition. */
  redefine(view: View, on: string, pipeline: readonly Value[]): void {
    const options: Doc = new Map<string, Value>([...view.options, ['viewOn', on], ['pipeline', pipeline]]);
    this.#databaseForWrite(view.database).views.set(view.name, { ...view, on, pipeline, options });
    this.#command(
      view.database,
      undefined,
      new Map<string, Value>([
        ['collMod', view.name],
        ['viewOn', on],
        ['pipeline', pipeline],
      ]),
    );
  }

  /** Writes a command on a collection or database to the log. */
  #command(database: string, collection: CollectionAccess | undefined, command: Doc, o2?: Doc): void {
    this.append({ op: 'c', ns: `${database}.$cmd`, ui: collection?.uuid, o: command, ...(o2 && { o2 }) });
  }

  /** For commands that change a collection in place: dropIndexes and collMod. `before` is what they changed. */
  logCommand(collection: CollectionAccess, command: Doc, before: Doc): void {
    this.#command(collection.database, collection, command, before);
  }

  /** Indexes that were built. */
  logIndexes(collection: CollectionAccess, specs: readonly IndexSpec[]): void {
    this.#command(
      collection.database,
      collection,
      new Map<string, Value>([
        ['createIndexes', collection.name],
        ['indexes', specs.map(({ document }) => document)],
      ]),
    );
  }

  #newUuid(): UUID {
    const bytes = Buffer.from(this.#runtime.randomBytes(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return new UUID(bytes);
  }
}
