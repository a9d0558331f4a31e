import {
  ReadPreference,
  ReadConcern,
  WriteConcern,
  type AbstractCursor,
  type BulkWriteResult,
  type ChangeStream,
  type ClientBulkWriteResult,
  type ClientSession,
  type Collection,
  type Db,
  type GridFSBucket,
  type MongoClient,
} from 'mongodb';
import type { OperationTable } from './driver.js';
import type { Doc } from './format.js';
import { hexBytes } from './match.js';

type Args = Record<string, any>;

/** The three options that are objects in a file become the package's classes; the rest passes unchanged. */
export const concerns = (options: Doc): Doc => {
  const { readConcern, readPreference, writeConcern, ...rest } = options as Args;
  return {
    ...rest,
    ...(readConcern !== undefined && { readConcern: ReadConcern.fromOptions(readConcern) }),
    ...(readPreference !== undefined && {
      readPreference: new ReadPreference(readPreference.mode, readPreference.tagSets, {
        ...(readPreference.maxStalenessSeconds !== undefined && {
          maxStalenessSeconds: readPreference.maxStalenessSeconds,
        }),
        ...(readPreference.hedge !== undefined && { hedge: readPreference.hedge }),
      }),
    }),
    ...(writeConcern !== undefined && {
      writeConcern: new WriteConcern(writeConcern.w, writeConcern.wtimeoutMS, writeConcern.journal),
    }),
  };
};

const CURSOR_TYPES: Record<string, Doc> = {
  nonTailable: {},
  tailable: { tailable: true },
  tailableAwait: { tailable: true, awaitData: true },
};

const cursorOptions = ({ cursorType, ...options }: Args): Args => ({
  ...concerns(options),
  ...(cursorType !== undefined && CURSOR_TYPES[cursorType]),
});

const returnDocument = (options: Args): Args => {
  const { returnDocument: wanted, ...rest } = options;
  if (wanted === undefined) return concerns(rest);
  const value = String(wanted).toLowerCase();
  if (value !== 'before' && value !== 'after')
    throw new Error(`returnDocument is neither before nor after: ${String(wanted)}`);
  return { ...concerns(rest), returnDocument: value };
};

/** Sends the first command of a cursor at once without taking a document from it. */
const started = async <T extends AbstractCursor | ChangeStream>(cursor: T): Promise<T> => {
  const owner = cursor as unknown as {
    cursor?: { cursorInit(): Promise<void> };
    cursorInit?(): Promise<void>;
  };
  await (owner.cursor ?? (owner as { cursorInit(): Promise<void> })).cursorInit();
  return cursor;
};

export const bulkResultDocument = (result: BulkWriteResult): Doc => ({
  insertedCount: result.insertedCount,
  matchedCount: result.matchedCount,
  modifiedCount: result.modifiedCount,
  deletedCount: result.deletedCount,
  upsertedCount: result.upsertedCount,
  upsertedIds: result.upsertedIds,
  insertedIds: result.insertedIds,
});

export const clientBulkResultDocument = (result: ClientBulkWriteResult): Doc => {
  const { acknowledged, insertResults, updateResults, deleteResults, ...counts } = result;
  if (!acknowledged) return { acknowledged };
  const plain = (map: ReadonlyMap<number, any> | undefined): Doc | undefined =>
    map &&
    Object.fromEntries(
      [...map].map(([index, { didUpsert: _own, ...entry }]: [number, Doc]) => [index, entry]),
    );
  return {
    acknowledged,
    ...counts,
    insertResults: plain(insertResults),
    updateResults: plain(updateResults),
    deleteResults: plain(deleteResults),
  };
};

/** The package says `upsertedId: null` where nothing was upserted; in the format the field is then unset. */
const updateResult = (result: { upsertedId?: unknown }): Doc => {
  const { upsertedId, ...rest } = result;
  return upsertedId == null ? rest : { ...rest, upsertedId };
};

const readAll = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const runCursorCommand = (db: Db, args: Args): AbstractCursor => {
  const { command, commandName: _name, batchSize, maxTimeMS, comment, ...options } = args;
  const cursor = db.runCursorCommand(command, concerns(options));
  if (batchSize !== undefined) cursor.setBatchSize(batchSize);
  if (maxTimeMS !== undefined) cursor.setMaxTimeMS(maxTimeMS);
  if (comment !== undefined) cursor.setComment(comment);
  return cursor;
};

const upload = (
  open: (filename: string, options: Args) => NodeJS.WritableStream & { id: unknown },
  args: Args,
): Promise<unknown> => {
  const { filename, source, disableMD5: _noLongerAnOption, ...options } = args;
  const stream = open(filename, options);
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('finish', () => resolve(stream.id));
    stream.end(hexBytes(source.$$hexBytes, 'upload source'));
  });
};

const clientOperations: OperationTable = {
  'client.listDatabases': async (client: MongoClient, args) =>
    (await client.db('admin').admin().listDatabases(concerns(args))).databases,
  'client.clientBulkWrite': async (client: MongoClient, { models, ...options }) => {
    const flat = models.map((model: Record<string, Doc>) => {
      const [name, fields] = Object.entries(model)[0] as [string, Doc];
      return { name, ...fields };
    });
    return clientBulkResultDocument(await client.bulkWrite(flat, concerns(options)));
  },
  'client.createChangeStream': (client: MongoClient, { pipeline, ...options }) =>
    started(client.watch(pipeline, concerns(options))),
  'client.dropDatabase': (client: MongoClient, { database, ...options }) =>
    client.db(database).dropDatabase(concerns(options)),
  'client.appendMetadata': (client: MongoClient, { driverInfoOptions }) =>
    Promise.resolve(client.appendMetadata(driverInfoOptions)),
  'client.close': (client: MongoClient) => client.close(),
};

const databaseOperations: OperationTable = {
  'database.aggregate': (db: Db, { pipeline, ...options }) =>
    db.aggregate(pipeline, cursorOptions(options)).toArray(),
  'database.createChangeStream': (db: Db, { pipeline, ...options }) =>
    started(db.watch(pipeline, concerns(options))),
  'database.createCollection': (db: Db, { collection, ...options }) =>
    db.createCollection(collection, concerns(options)),
  'database.dropCollection': async (db: Db, { collection, ...options }) =>
    void (await db.dropCollection(collection, concerns(options))),
  'database.listCollections': (db: Db, { filter, ...options }) =>
    db.listCollections(filter ?? {}, cursorOptions(options)).toArray(),
  'database.runCommand': (db: Db, { command, commandName: _name, ...options }) =>
    db.command(command, concerns(options)),
  'database.runCursorCommand': (db: Db, args) => runCursorCommand(db, args).toArray(),
  'database.createCommandCursor': (db: Db, args) => started(runCursorCommand(db, args)),
};

const collectionReads: OperationTable = {
  'collection.aggregate': (collection: Collection, { pipeline, ...options }) =>
    collection.aggregate(pipeline, cursorOptions(options)).toArray(),
  'collection.count': (collection: Collection, { filter, ...options }) =>
    collection.count(filter, concerns(options)),
  'collection.countDocuments': (collection: Collection, { filter, ...options }) =>
    collection.countDocuments(filter, concerns(options)),
  'collection.estimatedDocumentCount': (collection: Collection, options) =>
    collection.estimatedDocumentCount(concerns(options)),
  'collection.createChangeStream': (collection: Collection, { pipeline, ...options }) =>
    started(collection.watch(pipeline, concerns(options))),
  'collection.createFindCursor': (collection: Collection, { filter, ...options }) =>
    started(collection.find(filter, cursorOptions(options))),
  'collection.distinct': (collection: Collection, { fieldName, filter, ...options }) =>
    collection.distinct(fieldName, filter, concerns(options)),
  'collection.find': (collection: Collection, { filter, ...options }) =>
    collection.find(filter, cursorOptions(options)).toArray(),
  'collection.findOne': (collection: Collection, { filter, ...options }) =>
    collection.findOne(filter, cursorOptions(options)),
};

const collectionWrites: OperationTable = {
  'collection.bulkWrite': async (collection: Collection, { requests, ...options }) =>
    bulkResultDocument(await collection.bulkWrite(requests, concerns(options))),
  'collection.deleteMany': (collection: Collection, { filter, ...options }) =>
    collection.deleteMany(filter, concerns(options)),
  'collection.deleteOne': (collection: Collection, { filter, ...options }) =>
    collection.deleteOne(filter, concerns(options)),
  'collection.findOneAndDelete': (collection: Collection, { filter, ...options }) =>
    collection.findOneAndDelete(filter, concerns(options)),
  'collection.findOneAndReplace': async (collection: Collection, { filter, replacement, ...options }) =>
    collection.findOneAndReplace(filter, replacement, returnDocument(options)),
  'collection.findOneAndUpdate': async (collection: Collection, { filter, update, ...options }) =>
    collection.findOneAndUpdate(filter, update, returnDocument(options)),
  'collection.insertMany': (collection: Collection, { documents, ...options }) =>
    collection.insertMany(documents, concerns(options)),
  'collection.insertOne': (collection: Collection, { document, ...options }) =>
    collection.insertOne(document, concerns(options)),
  'collection.replaceOne': async (collection: Collection, { filter, replacement, ...options }) =>
    updateResult(await collection.replaceOne(filter, replacement, concerns(options))),
  'collection.updateMany': async (collection: Collection, { filter, update, ...options }) =>
    updateResult(await collection.updateMany(filter, update, concerns(options))),
  'collection.updateOne': async (collection: Collection, { filter, update, ...options }) =>
    updateResult(await collection.updateOne(filter, update, concerns(options))),
};

const indexOperations: OperationTable = {
  'collection.createIndex': (collection: Collection, { keys, ...options }) =>
    collection.createIndex(keys, concerns(options)),
  'collection.dropIndex': (collection: Collection, { name, ...options }) =>
    collection.dropIndex(name, concerns(options)),
  'collection.dropIndexes': (collection: Collection, options) => collection.dropIndexes(concerns(options)),
  'collection.listIndexes': (collection: Collection, options) =>
    collection.listIndexes(cursorOptions(options)).toArray(),
  'collection.rename': async (collection: Collection, { to, ...options }) =>
    void (await collection.rename(to, concerns(options))),
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
  'session.startTransaction': async (session: ClientSession, options) =>
    session.startTransaction(concerns(options)),
  'session.commitTransaction': (session: ClientSession, options) => session.commitTransaction(options),
  'session.abortTransaction': (session: ClientSession, options) => session.abortTransaction(options),
  'session.withTransaction': (session: ClientSession, { callback, ...options }) =>
    session.withTransaction(callback, concerns(options)),
  'session.endSession': (session: ClientSession) => session.endSession(),
  'session.getSnapshotTime': (session: ClientSession) =>
    Promise.resolve((session as { snapshotTime?: unknown }).snapshotTime),
};

const bucketOperations: OperationTable = {
  'bucket.upload': (bucket: GridFSBucket, args) =>
    upload((filename, options) => bucket.openUploadStream(filename, options), args),
  'bucket.uploadWithId': (bucket: GridFSBucket, { id, ...args }) =>
    upload((filename, options) => bucket.openUploadStreamWithId(id, filename, options), args),
  'bucket.download': (bucket: GridFSBucket, { id, ...options }) =>
    readAll(bucket.openDownloadStream(id, options)),
  'bucket.downloadByName': (bucket: GridFSBucket, { filename, ...options }) =>
    readAll(bucket.openDownloadStreamByName(filename, options)),
  'bucket.delete': (bucket: GridFSBucket, { id, ...options }) =>
    bucket.delete(id, options as { timeoutMS: number }),
  'bucket.rename': (bucket: GridFSBucket, { id, newFilename, ...options }) =>
    bucket.rename(id, newFilename, options as { timeoutMS: number }),
  'bucket.find': (bucket: GridFSBucket, { filter, ...options }) =>
    bucket.find(filter, concerns(options)).toArray(),
  'bucket.drop': (bucket: GridFSBucket, options) => bucket.drop(options as { timeoutMS: number }),
};

const cursorOperations: OperationTable = {
  'cursor.iterateUntilDocumentOrError': (cursor: AbstractCursor | ChangeStream) => cursor.next(),
  'cursor.iterateOnce': (cursor: AbstractCursor | ChangeStream) => cursor.tryNext(),
  'cursor.close': (cursor: AbstractCursor | ChangeStream) => cursor.close().catch(() => undefined),
};

export const officialOperations: OperationTable = {
  ...clientOperations,
  ...databaseOperations,
  ...collectionReads,
  ...collectionWrites,
  ...indexOperations,
  ...sessionOperations,
  ...bucketOperations,
  ...cursorOperations,
};
