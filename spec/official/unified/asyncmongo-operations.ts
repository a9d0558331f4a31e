import type { AsyncCollection } from '../../../lib/client/async-collection.js';
import type { AsyncDatabase } from '../../../lib/client/async-database.js';
import type { AsyncClientSession } from '../../../lib/client/session.js';
import type { AsyncMongoClient } from '../../../lib/index.js';
import type { OperationTable } from './driver.js';
import type { Doc } from './format.js';

type Args = Record<string, any>;
interface Cursor {
  next(): Promise<unknown>;
  tryNext(): Promise<unknown>;
  close(options?: Args): Promise<void>;
}

/** A cursor whose first command was sent, and the document that came with it: the file reads that one first. */
export class StartedCursor {
  readonly #cursor: Cursor;
  #first: unknown;

  private constructor(cursor: Cursor, first: unknown) {
    this.#cursor = cursor;
    this.#first = first;
  }

  static async start(cursor: Cursor): Promise<StartedCursor> {
    return new StartedCursor(cursor, await cursor.tryNext());
  }

  #takeFirst(): unknown {
    const first = this.#first;
    this.#first = null;
    return first;
  }

  async next(): Promise<unknown> {
    return this.#takeFirst() ?? (await this.#cursor.next());
  }

  async tryNext(): Promise<unknown> {
    return this.#takeFirst() ?? (await this.#cursor.tryNext());
  }

  close(options?: Args): Promise<void> {
    return this.#cursor.close(options);
  }
}

const CURSOR_TYPES: Record<string, Doc> = {
  nonTailable: {},
  tailable: { tailable: true },
  tailableAwait: { tailable: true, awaitData: true },
};

const findOptions = ({ cursorType, ...options }: Args): Args => ({
  ...options,
  ...(cursorType !== undefined && CURSOR_TYPES[cursorType]),
});

const cursorCommandOptions = ({ maxTimeMS, ...options }: Args): Args => ({
  ...options,
  // The format's name for the time limit of each getMore.
  ...(maxTimeMS !== undefined && { maxAwaitTimeMS: maxTimeMS }),
});

const returnDocument = (options: Args): Args => {
  const { returnDocument: wanted, ...rest } = options;
  if (wanted === undefined) return rest;
  const value = String(wanted).toLowerCase();
  if (value !== 'before' && value !== 'after')
    throw new Error(`returnDocument is neither before nor after: ${String(wanted)}`);
  return { ...rest, returnDocument: value };
};

/** A result as a document; what is null or not there to read is unset in the format. */
export const resultDocument = (result: object): Doc =>
  Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));

type Client = AsyncMongoClient;
type Database = AsyncDatabase;
type Collection = AsyncCollection;

const clientOperations: OperationTable = {
  'client.listDatabases': async (client: Client, options) => (await client.listDatabases(options)).toArray(),
  'client.listDatabaseNames': (client: Client, options) => client.listDatabaseNames(options),
  'client.dropDatabase': (client: Client, { database, ...options }) => client.dropDatabase(database, options),
  'client.createChangeStream': (client: Client, { pipeline, ...options }) => client.watch(pipeline, options),
  'client.appendMetadata': (client: Client, { driverInfoOptions }) =>
    Promise.resolve(client.appendMetadata(driverInfoOptions)),
  'client.close': (client: Client) => client.close(),
};

const databaseOperations: OperationTable = {
  'database.aggregate': (db: Database, { pipeline, ...options }) => db.aggregate(pipeline, options).toArray(),
  'database.createChangeStream': (db: Database, { pipeline, ...options }) => db.watch(pipeline, options),
  'database.createCollection': (db: Database, { collection, ...options }) =>
    db.createCollection(collection, options),
  'database.dropCollection': (db: Database, { collection, ...options }) =>
    db.dropCollection(collection, options),
  'database.listCollections': (db: Database, options) => db.listCollections(options).toArray(),
  'database.listCollectionNames': (db: Database, options) => db.listCollectionNames(options),
  'database.runCommand': (db: Database, { command, commandName: _name, ...options }) =>
    db.command(command, options),
  'database.modifyCollection': (db: Database, { collection, session, writeConcern, timeoutMS, ...changes }) =>
    db.command(
      { collMod: collection, ...changes, ...(writeConcern !== undefined && { writeConcern }) },
      { session, timeoutMS },
    ),
  'database.runCursorCommand': (db: Database, { command, commandName: _name, ...options }) =>
    db.runCursorCommand(command, cursorCommandOptions(options)).toArray(),
  'database.createCommandCursor': (db: Database, { command, commandName: _name, ...options }) =>
    StartedCursor.start(db.runCursorCommand(command, cursorCommandOptions(options))),
};

const collectionReads: OperationTable = {
  'collection.createChangeStream': (collection: Collection, { pipeline, ...options }) =>
    collection.watch(pipeline, options),
  'collection.aggregate': (collection: Collection, { pipeline, ...options }) =>
    collection.aggregate(pipeline, options).toArray(),
  'collection.count': (collection: Collection, { filter, ...options }) => collection.count(filter, options),
  'collection.countDocuments': (collection: Collection, { filter, ...options }) =>
    collection.countDocuments(filter, options),
  'collection.estimatedDocumentCount': (collection: Collection, options) =>
    collection.estimatedDocumentCount(options),
  'collection.createFindCursor': (collection: Collection, { filter, ...options }) =>
    StartedCursor.start(collection.find(filter, findOptions(options))),
  'collection.distinct': (collection: Collection, { fieldName, filter, ...options }) =>
    collection.distinct(fieldName, filter, options),
  'collection.find': (collection: Collection, { filter, ...options }) =>
    collection.find(filter, findOptions(options)).toArray(),
  'collection.findOne': (collection: Collection, { filter, ...options }) =>
    collection.findOne(filter, options),
};

const collectionWrites: OperationTable = {
  'collection.bulkWrite': async (collection: Collection, { requests, ...options }) =>
    resultDocument(await collection.bulkWrite(requests, options)),
  'collection.deleteMany': async (collection: Collection, { filter, ...options }) =>
    resultDocument(await collection.deleteMany(filter, options)),
  'collection.deleteOne': async (collection: Collection, { filter, ...options }) =>
    resultDocument(await collection.deleteOne(filter, options)),
  'collection.findOneAndDelete': (collection: Collection, { filter, ...options }) =>
    collection.findOneAndDelete(filter, options),
  'collection.findOneAndReplace': async (collection: Collection, { filter, replacement, ...options }) =>
    collection.findOneAndReplace(filter, replacement, returnDocument(options)),
  'collection.findOneAndUpdate': async (collection: Collection, { filter, update, ...options }) =>
    collection.findOneAndUpdate(filter, update, returnDocument(options)),
  'collection.insertMany': async (collection: Collection, { documents, ...options }) =>
    resultDocument(await collection.insertMany(documents, options)),
  'collection.insertOne': async (collection: Collection, { document, ...options }) =>
    resultDocument(await collection.insertOne(document, options)),
  'collection.replaceOne': async (collection: Collection, { filter, replacement, ...options }) =>
    resultDocument(await collection.replaceOne(filter, replacement, options)),
  'collection.updateMany': async (collection: Collection, { filter, update, ...options }) =>
    resultDocument(await collection.updateMany(filter, update, options)),
  'collection.updateOne': async (collection: Collection, { filter, update, ...options }) =>
    resultDocument(await collection.updateOne(filter, update, options)),
};

const indexOperations: OperationTable = {
  'collection.createIndex': (collection: Collection, { keys, ...options }) =>
    collection.createIndex(keys, options),
  'collection.dropIndex': (collection: Collection, { name, ...options }) =>
    collection.dropIndex(name, options),
  'collection.dropIndexes': (collection: Collection, options) => collection.dropIndexes(options),
  'collection.listIndexes': (collection: Collection, options) => collection.listIndexes(options).toArray(),
  'collection.listIndexNames': async (collection: Collection, options) =>
    Object.keys(await collection.indexInformation(options)),
  'collection.rename': async (collection: Collection, { to, ...options }) =>
    void (await collection.rename(to, options)),
  'collection.createSearchIndex': (collection: Collection, { model }) => collection.createSearchIndex(model),
  'collection.createSearchIndexes': (collection: Collection, { models }) =>
    collection.createSearchIndexes(models),
  'collection.dropSearchIndex': (collection: Collection, { name }) => collection.dropSearchIndex(name),
  'collection.updateSearchIndex': (collection: Collection, { name, definition }) =>
    collection.updateSearchIndex(name, definition),
  'collection.listSearchIndexes': (collection: Collection, { name, aggregationOptions }) =>
    collection.listSearchIndexes(name, aggregationOptions).toArray(),
};

const sessionOperations: OperationTable = {
  'session.startTransaction': async (session: AsyncClientSession, options) =>
    session.startTransaction(options),
  'session.commitTransaction': (session: AsyncClientSession, options) => session.commitTransaction(options),
  'session.abortTransaction': (session: AsyncClientSession, options) => session.abortTransaction(options),
  'session.withTransaction': (session: AsyncClientSession, { callback, ...options }) =>
    session.withTransaction(callback, options),
  'session.getSnapshotTime': (session: AsyncClientSession) => Promise.resolve(session.snapshotTime),
  'session.endSession': (session: AsyncClientSession) => session.endSession(),
};

const cursorOperations: OperationTable = {
  'cursor.iterateUntilDocumentOrError': (cursor: Cursor) => cursor.next(),
  'cursor.iterateOnce': (cursor: Cursor) => cursor.tryNext(),
  'cursor.close': (cursor: Cursor, options) => cursor.close(options).catch(() => undefined),
};

export const asyncmongoOperations: OperationTable = {
  ...clientOperations,
  ...databaseOperations,
  ...collectionReads,
  ...collectionWrites,
  ...indexOperations,
  ...sessionOperations,
  ...cursorOperations,
};
