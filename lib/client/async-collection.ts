import { inspect } from 'node:util';
import type { CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import type { ObjectId } from '../bson/values.js';
import { ErrorCode } from '../core/errors/codes.js';
import { serverCode } from '../core/errors/predicates.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import type { AsyncChangeStream } from '../cursors/async-change-stream.js';
import type { AsyncCommandCursor } from '../cursors/async-command-cursor.js';
import { AsyncCursor, type FindCursorOptions } from '../cursors/async-cursor.js';
import type { ChangeEvent } from '../cursors/change-event.js';
import { aggregate, checkPipeline, type AggregateCommandOptions } from '../operations/aggregate.js';
import type { BulkCommandOptions, BulkWriteModel } from '../operations/bulk-write.js';
import { insertStatement } from '../operations/bulk-write.js';
import type { CommandFields } from '../operations/command-fields.js';
import { count, countDocuments, type CountOptions } from '../operations/count.js';
import {
  createIndexes,
  type CreateIndexesOptions,
  type IndexModel,
  type IndexProperties,
} from '../operations/create-indexes.js';
import { createSearchIndexes, type SearchIndexModel } from '../operations/create-search-indexes.js';
import {
  deleteStatement,
  type DeleteCommandOptions,
  type DeleteStatementOptions,
} from '../operations/delete.js';
import { distinct, type DistinctOptions } from '../operations/distinct.js';
import { fieldOf } from '../operations/document-shape.js';
import { drop } from '../operations/drop.js';
import { dropIndexes } from '../operations/drop-indexes.js';
import { dropSearchIndex } from '../operations/drop-search-index.js';
import {
  findAndModify,
  type FindAndModifyOptions,
  type FindAndUpdateOptions,
} from '../operations/find-and-modify.js';
import { checkFind, findOne, type FindCommandOptions } from '../operations/find.js';
import { indexKeys, type IndexKeys } from '../operations/index-keys.js';
import type { InsertCommandOptions } from '../operations/insert.js';
import { listCollections } from '../operations/list-collections.js';
import { listIndexes, type ListIndexesOptions } from '../operations/list-indexes.js';
import { fullName, type Namespace } from '../operations/namespace.js';
import { rename, type RenameOptions } from '../operations/rename.js';
import {
  requireReplacement,
  requireUpdate,
  updateStatement,
  type UpdateCommandOptions,
  type UpdateStatementOptions,
} from '../operations/update.js';
import { updateSearchIndex } from '../operations/update-search-index.js';
import {
  BulkWriteResult,
  DeleteResult,
  InsertManyResult,
  InsertOneResult,
  UpdateResult,
} from '../operations/write-results.js';
import { checkCollectionName } from '../options/names.js';
import type { ReadConcern } from '../options/read-concern.js';
import { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import { commandCursor, cursorPlan, run } from './collection-core.js';
import { bulkWrite, insertMany, writeOne, type CollectionCore } from './collection-writes.js';
import type { ClientContext } from './client-context.js';
import type { Filter, HasIdType, IdOf, UpdateFilter, WithId, WithoutId } from './document-types.js';
import { giveNameAccess } from './name-access.js';
import type { CursorOptions, OperationOptions, ReadOptions, WriteOptions } from './operation-options.js';
import { handleSettings, type HandleOptions, type Settings } from './settings.js';
import { watch, type WatchOptions } from './watch.js';

export type InsertOneOptions = WriteOptions & InsertCommandOptions;
export type InsertManyOptions = WriteOptions &
  InsertCommandOptions & {
    /** Stop at the first failure (default), or go on and report all failures in the end. */
    readonly ordered?: boolean | undefined;
  };
export type FindOptions = ReadOptions & CursorOptions & FindCursorOptions;
export type FindOneOptions = ReadOptions &
  Omit<FindCommandOptions, 'batchSize' | 'limit' | 'tailable' | 'awaitData' | 'noCursorTimeout'>;
export type UpdateOptions = WriteOptions & UpdateCommandOptions & Omit<UpdateStatementOptions, 'sort'>;
export type UpdateOneOptions = WriteOptions & UpdateCommandOptions & UpdateStatementOptions;
export type ReplaceOptions = Omit<UpdateOneOptions, 'arrayFilters'>;
export type DeleteOptions = WriteOptions & DeleteCommandOptions & DeleteStatementOptions;
export type FindOneAndDeleteOptions = WriteOptions & FindAndModifyOptions;
export type FindOneAndUpdateOptions = WriteOptions & FindAndUpdateOptions;
export type FindOneAndReplaceOptions = Omit<FindOneAndUpdateOptions, 'arrayFilters'>;
export type BulkWriteOptions = WriteOptions & BulkCommandOptions;
export type AggregateOptions = ReadOptions &
  WriteOptions &
  CursorOptions &
  AggregateCommandOptions & {
    /** Milliseconds the server waits for new documents on each getMore; change streams only. */
    readonly maxAwaitTimeMS?: number | undefined;
  };

// Long, as users see one class with some forty methods; what they do stands in `operations/` and `collection-writes.ts`.

/** Collections whose `_id` the driver can make. */
type MakesIds = HasIdType<ObjectId>;

/**
 * A collection. A plain value: making one touches no network. `T` is the type of its documents.
 *
 * ```ts
 * interface Order { _id: ObjectId; item: string; count: number }
 * const orders = client.db('shop').collection<Order>('orders');
 * await orders.insertOne({ item: 'card', count: 15 });
 * for await (const order of orders.find({ count: { $gt: 10 } })) print(order.item);
 * ```
 *
 * Each method takes `session`, `signal` and `timeoutMS` among its options, and concerns for this call alone.
 */
export class AsyncCollection<T extends object = Document> implements HasIdType<IdOf<T>> {
  declare readonly '~id'?: IdOf<T>;
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #core: CollectionCore;

  static {
    // `db.a.b` is the collection `a.b`: handles are plain values, so a longer name is a new one.
    giveNameAccess<AsyncCollection>(this.prototype, (parent, name) => {
      const { context, settings, namespace } = parent.#core;
      const { database, collection } = namespace;
      return new AsyncCollection(context, settings, { database, collection: `${collection}.${name}` });
    });
  }

  /** @internal */
  constructor(context: ClientContext, settings: Settings, namespace: Namespace) {
    checkCollectionName(namespace.collection);
    this.#core = { context, settings, namespace };
  }

  /** Name within the database. */
  get name(): string {
    return this.#core.namespace.collection;
  }

  get databaseName(): string {
    return this.#core.namespace.database;
  }

  /** `database.collection`. */
  get fullName(): string {
    return fullName(this.#core.namespace);
  }

  get codecOptions(): CodecOptions {
    return this.#core.settings.codecOptions;
  }

  get readPreference(): ReadPreference {
    return this.#core.settings.readPreference;
  }

  get readConcern(): ReadConcern {
    return this.#core.settings.readConcern;
  }

  get writeConcern(): WriteConcern {
    return this.#core.settings.writeConcern;
  }

  /** Milliseconds for each whole operation; `null` or `undefined` without a limit. */
  get timeoutMS(): number | null | undefined {
    return this.#core.settings.timeoutMS;
  }

  /** The same collection with other settings; what is left out stays as it is here. */
  withOptions(options: HandleOptions): this {
    const { context, settings, namespace } = this.#core;
    return new AsyncCollection<T>(context, handleSettings(settings, options), namespace) as this;
  }

  /**
   * Inserts one document. Without an `_id` it gets a new `ObjectId`, which is also written into `document` unless it
   * is frozen or the client has `addIdToDocuments: false`.
   *
   * @throws DuplicateKeyError where a unique index has the key already.
   */
  insertOne(document: T, options?: InsertOneOptions): Promise<InsertOneResult<IdOf<T>>>;
  insertOne(
    this: MakesIds,
    document: WithoutId<T>,
    options?: InsertOneOptions,
  ): Promise<InsertOneResult<IdOf<T>>>;
  async insertOne(document: object, options: InsertOneOptions = {}): Promise<InsertOneResult<IdOf<T>>> {
    const statement = insertStatement(document, this.#core.context.addIdToDocuments);
    const { acknowledged } = await writeOne(this.#core, statement, options);
    return new InsertOneResult(acknowledged, statement.id as IdOf<T>);
  }

  /**
   * Inserts documents from any iterable, an asynchronous one included: that is read no faster than the server takes
   * documents, so memory stays bounded. The same object twice is the same `_id` twice.
   *
   * @throws BulkWriteError with the index of each failed document and what was inserted.
   */
  insertMany(
    documents: Iterable<T> | AsyncIterable<T>,
    options?: InsertManyOptions,
  ): Promise<InsertManyResult<IdOf<T>>>;
  insertMany(
    this: MakesIds,
    documents: Iterable<WithoutId<T>> | AsyncIterable<WithoutId<T>>,
    options?: InsertManyOptions,
  ): Promise<InsertManyResult<IdOf<T>>>;
  async insertMany(
    documents: Iterable<object> | AsyncIterable<object>,
    options: InsertManyOptions = {},
  ): Promise<InsertManyResult<IdOf<T>>> {
    const { acknowledged, counts } = await insertMany(this.#core, documents, options);
    return new InsertManyResult(acknowledged, counts);
  }

  /**
   * Several writes of different kinds, in order or, with `ordered: false`, grouped by kind and each tried.
   *
   * @throws BulkWriteError with the index of each failed request and what was done.
   */
  async bulkWrite(
    requests: Iterable<BulkWriteModel<T | WithoutId<T>>>,
    options: BulkWriteOptions = {},
  ): Promise<BulkWriteResult<IdOf<T>>> {
    const { acknowledged, counts } = await bulkWrite(this.#core, requests, options);
    return new BulkWriteResult(acknowledged, counts);
  }

  /** Applies operators such as `$set`, or a pipeline, to the first match. */
  updateOne(
    filter: Filter<T>,
    update: UpdateFilter<T>,
    options: UpdateOneOptions = {},
  ): Promise<UpdateResult<IdOf<T>>> {
    return this.#update(filter, update, false, options);
  }

  /** Applies operators such as `$set`, or a pipeline, to all matches. */
  updateMany(
    filter: Filter<T>,
    update: UpdateFilter<T>,
    options: UpdateOptions = {},
  ): Promise<UpdateResult<IdOf<T>>> {
    return this.#update(filter, update, true, options);
  }

  /** Puts a whole document in the place of the first match. */
  async replaceOne(
    filter: Filter<T>,
    replacement: T | WithoutId<T>,
    options: ReplaceOptions = {},
  ): Promise<UpdateResult<IdOf<T>>> {
    requireReplacement(replacement);
    const value = updateStatement(filter, replacement, false, options);
    const outcome = await writeOne(
      this.#core,
      { kind: 'update', value, multi: false, hinted: false },
      options,
    );
    return new UpdateResult(outcome);
  }

  /** Deletes the first match. */
  deleteOne(filter: Filter<T>, options: DeleteOptions = {}): Promise<DeleteResult> {
    return this.#delete(filter, false, options);
  }

  /** Deletes all matches. */
  deleteMany(filter: Filter<T>, options: DeleteOptions = {}): Promise<DeleteResult> {
    return this.#delete(filter, true, options);
  }

  /** The first match, or `null`. */
  async findOne<TResult = WithId<T>>(
    filter: Filter<T> = {},
    options: FindOneOptions = {},
  ): Promise<TResult | null> {
    checkFind(filter, options);
    return (await run(this.#core, findOne(this.#core.namespace, filter, options), options)) as TResult | null;
  }

  /** A cursor over all matches. Nothing is sent before it is read. */
  find<TResult = WithId<T>>(filter: Filter<T> = {}, options: FindOptions = {}): AsyncCursor<TResult> {
    const { context, namespace } = this.#core;
    return new AsyncCursor<TResult>(
      { use: () => context.use(), namespace, filter, plan: cursorPlan(this.#core, options) },
      findOptions(options),
    );
  }

  /** Updates the first match and resolves to it, as it was or (`returnDocument: 'after'`) as it became; else `null`. */
  async findOneAndUpdate(
    filter: Filter<T>,
    update: UpdateFilter<T>,
    options: FindOneAndUpdateOptions = {},
  ): Promise<WithId<T> | null> {
    requireUpdate(update);
    return await this.#findAndModify(filter, { update }, options);
  }

  /** Replaces the first match and resolves to it, as it was or (`returnDocument: 'after'`) as it became; else `null`. */
  async findOneAndReplace(
    filter: Filter<T>,
    replacement: T | WithoutId<T>,
    options: FindOneAndReplaceOptions = {},
  ): Promise<WithId<T> | null> {
    requireReplacement(replacement);
    return await this.#findAndModify(filter, { update: replacement }, options);
  }

  /** Deletes the first match and resolves to it; else `null`. */
  async findOneAndDelete(
    filter: Filter<T>,
    options: FindOneAndDeleteOptions = {},
  ): Promise<WithId<T> | null> {
    return await this.#findAndModify(filter, { remove: true }, options);
  }

  /**
   * A cursor over the result of a pipeline. Nothing is sent before it is read; a pipeline that ends in `$out` or
   * `$merge` has no result and runs when the cursor is read, for example by `toArray()`.
   */
  aggregate<TResult = Document>(
    pipeline: readonly Document[] = [],
    options: AggregateOptions = {},
  ): AsyncCommandCursor<TResult> {
    checkPipeline(pipeline);
    const { batchSize, comment, maxAwaitTimeMS } = options;
    return commandCursor<TResult>(this.#core, aggregate(this.#core.namespace, pipeline, options), options, {
      batchSize,
      comment,
      maxAwaitTimeMS,
    });
  }

  /**
   * Watches the changes of this collection. Resolves once the server has its cursor: no change from then on is missed.
   * Stages of `pipeline` select and shape events; they must leave `_id` as it is.
   *
   * @throws OperationFailure for a standalone server, which has no log, and for stages the server forbids.
   */
  async watch<TEvent = ChangeEvent<WithId<T>>>(
    pipeline: readonly Document[] = [],
    options: WatchOptions = {},
  ): Promise<AsyncChangeStream<TEvent>> {
    return await watch(this.#core, { ...this.#core.namespace, wholeCluster: false }, pipeline, options);
  }

  /** The different values of a field among the matches; elements of arrays count one by one. */
  async distinct<TValue = unknown>(
    field: string,
    filter: Filter<T> = {},
    options: ReadOptions & DistinctOptions = {},
  ): Promise<TValue[]> {
    return (await run(
      this.#core,
      distinct(this.#core.namespace, field, filter, options),
      options,
    )) as TValue[];
  }

  /** How many documents match, counted by an aggregation: exact, in transactions too. */
  async countDocuments(filter: Filter<T> = {}, options: ReadOptions & CountOptions = {}): Promise<number> {
    return await run(this.#core, countDocuments(this.#core.namespace, filter, options), options);
  }

  /**
   * How many documents the collection has, from its metadata: fast, and not exact after an unclean shutdown or on
   * sharded clusters. Servers 5.0.0 to 5.0.8 with the Stable API (`strict`) do not have the command it sends, `count`.
   */
  async estimatedDocumentCount(options: ReadOptions & CommandFields = {}): Promise<number> {
    return await run(this.#core, count(this.#core.namespace, undefined, options), options);
  }

  /**
   * How many documents match, by the `count` command.
   *
   * @deprecated It may be wrong on sharded clusters; use `countDocuments` or `estimatedDocumentCount`.
   */
  async count(filter: Filter<T> = {}, options: ReadOptions & CountOptions = {}): Promise<number> {
    return await run(this.#core, count(this.#core.namespace, filter, options), options);
  }

  /** Creates an index and resolves to its name. Options of the command and properties of the index stand together. */
  async createIndex(
    keys: IndexKeys,
    options: WriteOptions & CreateIndexesOptions & IndexProperties = {},
  ): Promise<string> {
    const {
      session,
      signal,
      timeoutMS,
      codecOptions,
      writeConcern,
      comment,
      maxTimeMS,
      rawData,
      commitQuorum,
      ...index
    } = options;
    const call = { session, signal, timeoutMS, codecOptions, writeConcern };
    const command = { comment, maxTimeMS, rawData, commitQuorum };
    const operation = createIndexes(this.#core.namespace, [{ ...index, key: keys }], command);
    return String((await run(this.#core, operation, call))[0]);
  }

  /** Creates several indexes with one command and resolves to their names. */
  async createIndexes(
    indexes: Iterable<IndexModel>,
    options: WriteOptions & CreateIndexesOptions = {},
  ): Promise<string[]> {
    return [...(await run(this.#core, createIndexes(this.#core.namespace, [...indexes], options), options))];
  }

  /** Drops one index by its name, or by its keys. A collection that does not exist is no error. */
  async dropIndex(index: string | IndexKeys, options: WriteOptions & CommandFields = {}): Promise<void> {
    const which = typeof index === 'string' ? index : indexKeys(index);
    if (which === '*') throw new TypeError('dropIndex drops one index; to drop all of them use dropIndexes');
    await this.#ignoringMissing(run(this.#core, dropIndexes(this.#core.namespace, which, options), options));
  }

  /** Drops all indexes but the one on `_id`. */
  async dropIndexes(options: WriteOptions & CommandFields = {}): Promise<void> {
    await this.#ignoringMissing(run(this.#core, dropIndexes(this.#core.namespace, '*', options), options));
  }

  /** A cursor over the descriptions of the indexes; empty where the collection does not exist. */
  listIndexes(
    options: OperationOptions & CursorOptions & ListIndexesOptions & Pick<HandleOptions, 'codecOptions'> = {},
  ): AsyncCommandCursor<Document> {
    const operation = listIndexes(this.#core.namespace, options);
    return commandCursor(
      this.#core,
      operation,
      options,
      { batchSize: options.batchSize },
      {
        readPreference: ReadPreference.PRIMARY,
        missingIsEmpty: true,
      },
    );
  }

  /** The descriptions of the indexes by their names. */
  async indexInformation(
    options: OperationOptions & ListIndexesOptions = {},
  ): Promise<Record<string, Document>> {
    const information: Record<string, Document> = {};
    for (const index of await this.listIndexes(options).toArray())
      information[String(fieldOf(index, 'name'))] = index;
    return information;
  }

  /** Creates a search index (Atlas) and resolves to its name. */
  async createSearchIndex(
    index: SearchIndexModel,
    options: OperationOptions & CommandFields = {},
  ): Promise<string> {
    return String((await this.createSearchIndexes([index], options))[0]);
  }

  /** Creates search indexes (Atlas) and resolves to their names. */
  async createSearchIndexes(
    indexes: Iterable<SearchIndexModel>,
    options: OperationOptions & CommandFields = {},
  ): Promise<string[]> {
    return [
      ...(await run(this.#core, createSearchIndexes(this.#core.namespace, [...indexes], options), options)),
    ];
  }

  /** Gives a search index (Atlas) another definition. */
  async updateSearchIndex(
    name: string,
    definition: Document,
    options: OperationOptions & CommandFields = {},
  ): Promise<void> {
    await run(this.#core, updateSearchIndex(this.#core.namespace, name, definition, options), options);
  }

  /** Drops a search index (Atlas). A collection that does not exist is no error. */
  async dropSearchIndex(name: string, options: OperationOptions & CommandFields = {}): Promise<void> {
    await this.#ignoringMissing(
      run(this.#core, dropSearchIndex(this.#core.namespace, name, options), options),
    );
  }

  /** A cursor over the search indexes (Atlas), or over the one with that name. */
  listSearchIndexes(name?: string, options: AggregateOptions = {}): AsyncCommandCursor<Document> {
    const stage = { $listSearchIndexes: name === undefined ? {} : { name } };
    // Concerns have no meaning here and are refused (index management specification, "Search Indexes").
    const bare = { ...aggregate(this.#core.namespace, [stage], options), takesReadConcern: false };
    const { batchSize, comment } = options;
    return commandCursor(this.#core, bare, options, { batchSize, comment });
  }

  /** Gives the collection another name and resolves to a handle on it. */
  async rename(newName: string, options: WriteOptions & RenameOptions = {}): Promise<this> {
    const { context, settings, namespace } = this.#core;
    const target = { database: namespace.database, collection: newName };
    const renamed = new AsyncCollection<T>(context, settings, target);
    await run(this.#core, rename(namespace, target, options), options);
    return renamed as this;
  }

  /** Drops the collection with its indexes. One that does not exist is no error. */
  async drop(options: WriteOptions & CommandFields = {}): Promise<void> {
    await this.#ignoringMissing(run(this.#core, drop(this.#core.namespace, options), options));
  }

  /** The options the collection was created with; empty where it does not exist. */
  async options(options: OperationOptions = {}): Promise<Document> {
    const { database, collection } = this.#core.namespace;
    const operation = listCollections(database, { filter: { name: collection } });
    const cursor = commandCursor(
      this.#core,
      operation,
      options,
      {},
      { readPreference: ReadPreference.PRIMARY },
    );
    const [information] = await cursor.toArray();
    return (fieldOf(information, 'options') ?? {}) as Document;
  }

  toString(): string {
    return `AsyncCollection(AsyncDatabase(${this.#core.context.describe()}, '${this.databaseName}'), '${this.name}')`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  async #update(
    filter: object,
    update: object,
    multi: boolean,
    options: UpdateOneOptions,
  ): Promise<UpdateResult<IdOf<T>>> {
    requireUpdate(update);
    const value = updateStatement(filter, update, multi, options);
    return new UpdateResult(
      await writeOne(this.#core, { kind: 'update', value, multi, hinted: false }, options),
    );
  }

  async #delete(filter: object, multi: boolean, options: DeleteOptions): Promise<DeleteResult> {
    const value = deleteStatement(filter, multi, options);
    const hinted = options.hint !== undefined;
    const { acknowledged, n } = await writeOne(this.#core, { kind: 'delete', value, multi, hinted }, options);
    return new DeleteResult(acknowledged, n);
  }

  #findAndModify(
    filter: object,
    modification: { readonly remove: true } | { readonly update: object },
    options: FindOneAndUpdateOptions,
  ): Promise<WithId<T> | null> {
    const operation = findAndModify(this.#core.namespace, filter, modification, options);
    return run(this.#core, operation, options) as Promise<WithId<T> | null>;
  }

  /** Dropping what is not there has the wanted effect (servers before 7.0 report an error). */
  async #ignoringMissing(done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (serverCode(error) !== ErrorCode.NamespaceNotFound) throw error;
    }
  }
}

/** The options of the command and the cursor among those of the call. */
const findOptions = (options: FindOptions): FindCursorOptions => {
  const {
    session: _s,
    signal: _a,
    timeoutMS: _t,
    timeoutMode: _m,
    killOnAbort: _k,
    codecOptions: _c,
    readConcern: _r,
    readPreference: _p,
    ...rest
  } = options;
  return rest;
};
