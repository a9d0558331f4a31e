import { inspect } from 'node:util';
import type { CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import { ErrorCode } from '../core/errors/codes.js';
import { serverCode } from '../core/errors/predicates.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import type { AsyncChangeStream } from '../cursors/async-change-stream.js';
import type { AsyncCommandCursor } from '../cursors/async-command-cursor.js';
import type { ChangeEvent } from '../cursors/change-event.js';
import { aggregate, checkPipeline } from '../operations/aggregate.js';
import type { CommandFields } from '../operations/command-fields.js';
import { create, type CreateCollectionOptions } from '../operations/create.js';
import { fieldOf, firstKey } from '../operations/document-shape.js';
import { drop } from '../operations/drop.js';
import { listCollections, type ListCollectionsOptions } from '../operations/list-collections.js';
import { runCommand, runCursorCommand, type UserCommand } from '../operations/run-command.js';
import { validate, type ValidateOptions } from '../operations/validate.js';
import { checkCollectionName, checkDatabaseName } from '../options/names.js';
import type { ReadConcern } from '../options/read-concern.js';
import { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import { isOpen } from '../sessions/transaction-state.js';
import type { AggregateOptions } from './async-collection.js';
import { callSession } from './call-session.js';
import type { ClientContext } from './client-context.js';
import { commandCursor, run, type HandleCore } from './collection-core.js';
import { AsyncCollection } from './collection-handle.js';
import { giveNameAccess } from './name-access.js';
import type { CursorOptions, OperationOptions, WriteOptions } from './operation-options.js';
import { handleSettings, type HandleOptions, type Settings } from './settings.js';
import { watch, type WatchOptions } from './watch.js';

export interface CommandOptions
  extends OperationOptions, Pick<HandleOptions, 'codecOptions' | 'readPreference'> {}

export interface CursorCommandOptions extends CommandOptions, CursorOptions {
  /** Documents per further batch. The command itself says how large its first batch is. */
  readonly batchSize?: number | undefined;
  /** Sent with each getMore, to servers 4.4 and later. */
  readonly comment?: unknown;
  /** `maxTimeMS` of each getMore: how long the server waits for new documents of a tailable awaitData cursor. */
  readonly maxAwaitTimeMS?: number | undefined;
  /** What kind of cursor the command opens; anything but `nonTailable` stays open at its end. */
  readonly cursorType?: 'nonTailable' | 'tailable' | 'tailableAwait' | undefined;
}

export type ListCollectionsCallOptions = OperationOptions &
  CursorOptions &
  ListCollectionsOptions &
  Pick<HandleOptions, 'codecOptions'>;

/** Users of external authentication are kept in this database, whose name no other may have. */
const EXTERNAL = '$external';

/** A database. A plain value: making one touches no network. */
export class AsyncDatabase<TDocument extends object = Document> {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #core: HandleCore;
  readonly #name: string;

  static {
    giveNameAccess<AsyncDatabase<Document>>(this.prototype, (database, name) => database.collection(name));
  }

  /** @internal */
  constructor(context: ClientContext, settings: Settings, name: string) {
    if (name !== EXTERNAL) checkDatabaseName(name);
    this.#core = { context, settings };
    this.#name = name;
  }

  get name(): string {
    return this.#name;
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

  /** The same database with other settings; what is left out stays as it is here. */
  withOptions(options: HandleOptions): this {
    const { context, settings } = this.#core;
    return new AsyncDatabase<TDocument>(context, handleSettings(settings, options), this.#name) as this;
  }

  /** A collection of this database, whatever its name; `db.name` is short for it. */
  collection<T extends object = TDocument>(name: string, options?: HandleOptions): AsyncCollection<T> {
    const { context, settings } = this.#core;
    const own = options === undefined ? settings : handleSettings(settings, options);
    return new AsyncCollection<T>(context, own, { database: this.#name, collection: name });
  }

  /** The same as `collection`. */
  getCollection<T extends object = TDocument>(name: string, options?: HandleOptions): AsyncCollection<T> {
    return this.collection<T>(name, options);
  }

  /**
   * Runs a command and resolves to the server's reply. `command('ping')` is short for `command({ping: 1})`. No concern
   * is inherited; reads go to the primary unless `readPreference` is given here. Nothing is retried.
   */
  async command(command: UserCommand, options: CommandOptions = {}): Promise<Document> {
    return await run(this.#core, runCommand(this.#name, command), withPrimary(this.#core.context, options));
  }

  /** A cursor over the result of a command that answers with one. The command is sent when the cursor is read. */
  runCursorCommand<TResult = Document>(
    command: UserCommand,
    options: CursorCommandOptions = {},
  ): AsyncCommandCursor<TResult> {
    const { batchSize, comment, maxAwaitTimeMS, cursorType = 'nonTailable' } = options;
    return commandCursor<TResult>(
      this.#core,
      runCursorCommand(this.#name, command),
      withPrimary(this.#core.context, options),
      { batchSize, comment, maxAwaitTimeMS },
      { tailable: cursorType !== 'nonTailable', awaitData: cursorType === 'tailableAwait' },
    );
  }

  /** A cursor over the result of a pipeline that needs no collection, such as `$currentOp` or `$documents`. */
  aggregate<TResult = Document>(
    pipeline: readonly Document[],
    options: AggregateOptions = {},
  ): AsyncCommandCursor<TResult> {
    checkPipeline(pipeline);
    const { batchSize, comment, maxAwaitTimeMS } = options;
    const operation = aggregate({ database: this.#name }, pipeline, options);
    return commandCursor<TResult>(this.#core, operation, options, { batchSize, comment, maxAwaitTimeMS });
  }

  /**
   * Watches the changes of all collections of this database, system collections left out. Resolves once the server has its cursor: no change from then on is missed.
   * Stages of `pipeline` select and shape events; they must leave `_id` as it is. Servers 4.0 and later.
   *
   * @throws OperationFailure for a standalone server, which has no log, and for stages the server forbids.
   */
  async watch<TEvent = ChangeEvent<Document>>(
    pipeline: readonly Document[] = [],
    options: WatchOptions = {},
  ): Promise<AsyncChangeStream<TEvent>> {
    return await watch(this.#core, { database: this.#name, wholeCluster: false }, pipeline, options);
  }

  /**
   * Creates a collection, a view or a time-series collection and resolves to a handle on it. Inserting into a
   * collection that does not exist creates it, too.
   */
  async createCollection<T extends object = TDocument>(
    name: string,
    options: WriteOptions & CreateCollectionOptions = {},
  ): Promise<AsyncCollection<T>> {
    const collection = this.collection<T>(name);
    await run(this.#core, create({ database: this.#name, collection: name }, options), options);
    return collection;
  }

  /** A cursor over the descriptions of the collections and views. */
  listCollections(options: ListCollectionsCallOptions = {}): AsyncCommandCursor<Document> {
    return commandCursor(
      this.#core,
      listCollections(this.#name, options),
      options,
      { batchSize: options.batchSize },
      { readPreference: ReadPreference.PRIMARY },
    );
  }

  /** The names of the collections and views. */
  async listCollectionNames(options: ListCollectionsCallOptions = {}): Promise<string[]> {
    // A filter on more than the name needs the whole descriptions (enumerating collections specification).
    const nameOnly = options.nameOnly ?? isAboutNames(options.filter);
    const collections = await this.listCollections({
      ...options,
      nameOnly: nameOnly ? true : undefined,
    }).toArray();
    return collections.map((collection) => String(fieldOf(collection, 'name')));
  }

  /** Drops a collection, given by name or handle. One that does not exist is no error. */
  async dropCollection(
    nameOrCollection: string | { readonly name: string; readonly databaseName: string },
    options: WriteOptions & CommandFields = {},
  ): Promise<void> {
    const collection = collectionName(nameOrCollection);
    try {
      await run(this.#core, drop({ database: this.#name, collection }, options), options);
    } catch (error) {
      if (serverCode(error) !== ErrorCode.NamespaceNotFound) throw error;
    }
  }

  /**
   * Has the server check the data and indexes of a collection and resolves to its report.
   *
   * @throws OperationFailure where the collection is damaged; `details` holds the report.
   */
  async validateCollection(
    nameOrCollection: string | { readonly name: string; readonly databaseName: string },
    options: CommandOptions & ValidateOptions = {},
  ): Promise<Document> {
    const collection = collectionName(nameOrCollection);
    return await run(
      this.#core,
      validate({ database: this.#name, collection }, options),
      withPrimary(this.#core.context, options),
    );
  }

  toString(): string {
    return `AsyncDatabase(${this.#core.context.describe()}, '${this.#name}')`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * Generic commands do not inherit a read preference (server selection specification, "Generic command method"), except
 * that of their transaction.
 */
const withPrimary = <TOptions extends CommandOptions>(
  context: ClientContext,
  options: TOptions,
): TOptions => {
  if (options.readPreference !== undefined) return options;
  if (isOpen(callSession(context, options.session)?.transactionState ?? 'none')) return options;
  return { ...options, readPreference: ReadPreference.PRIMARY };
};

const isAboutNames = (filter: Document | undefined): boolean => {
  if (filter === undefined) return true;
  const keys = filter instanceof Map ? [...filter.keys()] : Object.keys(filter);
  return keys.length === 0 || (keys.length === 1 && firstKey(filter) === 'name');
};

const collectionName = (nameOrCollection: unknown): string => {
  const name =
    typeof nameOrCollection === 'object' && nameOrCollection !== null && 'databaseName' in nameOrCollection
      ? (nameOrCollection as { readonly name?: unknown }).name
      : nameOrCollection;
  checkCollectionName(name);
  return name as string;
};
