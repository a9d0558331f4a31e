/** What the format says of one operation, whichever driver runs it. */
export interface OperationShape {
  /** The arguments a file may give; another one is an error ("Executing an Operation"). */
  readonly arguments: readonly string[];
  /** Those of them that must be given. */
  readonly required: readonly string[];
  /** The result is a list of root-level documents. */
  readonly documents?: true;
}

/** Names in a row; one with `!` must be given. */
const takes = (names: string): OperationShape => {
  const list = names.split(' ').filter((name) => name !== '');
  return {
    arguments: list.map((name) => name.replace('!', '')),
    required: list.filter((name) => name.startsWith('!')).map((name) => name.slice(1)),
  };
};
const yields = (names: string): OperationShape => ({ ...takes(names), documents: true });

const READ = 'session comment timeoutMS maxTimeMS readConcern readPreference rawData';
const WRITE = 'session comment timeoutMS maxTimeMS writeConcern rawData';
const CURSOR = `${READ} batchSize timeoutMode maxAwaitTimeMS cursorType`;
const FIND = `${CURSOR} !filter sort projection skip limit hint min max showRecordId returnKey let allowDiskUse allowPartialResults collation noCursorTimeout oplogReplay`;
const AGGREGATE = `${CURSOR} pipeline let allowDiskUse bypassDocumentValidation collation hint writeConcern`;
const WATCH = `${CURSOR} pipeline fullDocument fullDocumentBeforeChange showExpandedEvents resumeAfter startAfter startAtOperationTime collation`;
const FIND_AND_MODIFY = `${WRITE} filter sort projection hint collation let upsert returnDocument arrayFilters bypassDocumentValidation`;
const UPDATE = `${WRITE} filter upsert hint collation let sort bypassDocumentValidation`;
const RUN_CURSOR = `${CURSOR} !command commandName`;
const INDEX = `${WRITE} commitQuorum`;
const UPLOAD = 'filename source chunkSizeBytes metadata contentType disableMD5 timeoutMS';

/** Keys are `kind.operation`. */
export const OPERATIONS: Readonly<Record<string, OperationShape>> = {
  'client.listDatabases': yields(`${READ} filter nameOnly authorizedDatabases`),
  'client.listDatabaseNames': takes(`${READ} filter authorizedDatabases`),
  'client.listDatabaseObjects': yields(`${READ} filter`),
  'client.clientBulkWrite': takes(`${WRITE} !models ordered verboseResults let bypassDocumentValidation`),
  'client.createChangeStream': takes(WATCH),
  'client.dropDatabase': takes(`${WRITE} database`),
  'client.appendMetadata': takes('driverInfoOptions'),
  'client.close': takes(''),

  'database.aggregate': yields(AGGREGATE),
  'database.createChangeStream': takes(WATCH),
  'database.createCollection': takes(
    `${WRITE} collection capped size max viewOn pipeline collation timeseries expireAfterSeconds clusteredIndex changeStreamPreAndPostImages encryptedFields validator validationLevel validationAction storageEngine indexOptionDefaults`,
  ),
  'database.dropCollection': takes(`${WRITE} collection encryptedFields`),
  'database.listCollections': yields(`${CURSOR} filter nameOnly authorizedCollections`),
  'database.listCollectionNames': takes(`${READ} filter`),
  'database.listCollectionObjects': yields(`${READ} filter`),
  'database.modifyCollection': takes(
    `${WRITE} collection changeStreamPreAndPostImages index validator validationLevel validationAction`,
  ),
  'database.runCommand': takes(`${READ} !command commandName`),
  'database.runCursorCommand': yields(RUN_CURSOR),
  'database.createCommandCursor': takes(RUN_CURSOR),

  'collection.aggregate': yields(AGGREGATE),
  'collection.bulkWrite': takes(`${WRITE} !requests ordered let bypassDocumentValidation`),
  'collection.count': takes(`${READ} filter skip limit hint collation`),
  'collection.countDocuments': takes(`${READ} filter skip limit hint collation`),
  'collection.estimatedDocumentCount': takes(READ),
  'collection.createChangeStream': takes(WATCH),
  'collection.createFindCursor': takes(FIND),
  'collection.createIndex': takes(
    `${INDEX} keys name unique sparse expireAfterSeconds partialFilterExpression collation hidden`,
  ),
  'collection.createSearchIndex': takes('model timeoutMS'),
  'collection.createSearchIndexes': takes('models timeoutMS'),
  'collection.deleteMany': takes(`${WRITE} filter hint collation let`),
  'collection.deleteOne': takes(`${WRITE} filter hint collation let`),
  'collection.distinct': takes(`${READ} !fieldName filter hint collation`),
  'collection.dropIndex': takes(`${INDEX} name`),
  'collection.dropIndexes': takes(INDEX),
  'collection.dropSearchIndex': takes('name timeoutMS'),
  'collection.find': yields(FIND),
  'collection.findOne': takes(FIND),
  'collection.findOneAndDelete': takes(FIND_AND_MODIFY),
  'collection.findOneAndReplace': takes(`${FIND_AND_MODIFY} !replacement`),
  'collection.findOneAndUpdate': takes(`${FIND_AND_MODIFY} update`),
  'collection.insertMany': takes(`${WRITE} !documents ordered bypassDocumentValidation`),
  'collection.insertOne': takes(`${WRITE} !document bypassDocumentValidation`),
  'collection.listIndexes': yields(CURSOR),
  'collection.listIndexNames': takes(CURSOR),
  'collection.listSearchIndexes': yields('name aggregationOptions timeoutMS'),
  'collection.mapReduce': takes(`${READ} map reduce out`),
  'collection.rename': takes(`${WRITE} to dropTarget`),
  'collection.replaceOne': takes(`${UPDATE} !replacement`),
  'collection.updateMany': takes(`${UPDATE} !update arrayFilters`),
  'collection.updateOne': takes(`${UPDATE} !update arrayFilters`),
  'collection.updateSearchIndex': takes('name definition timeoutMS'),

  'session.startTransaction': takes('readConcern writeConcern readPreference maxCommitTimeMS timeoutMS'),
  'session.commitTransaction': takes('timeoutMS'),
  'session.abortTransaction': takes('timeoutMS'),
  'session.withTransaction': takes(
    'callback readConcern writeConcern readPreference maxCommitTimeMS timeoutMS',
  ),
  'session.endSession': takes(''),
  'session.getSnapshotTime': takes(''),

  'bucket.upload': takes(UPLOAD),
  'bucket.uploadWithId': takes(`${UPLOAD} id`),
  'bucket.download': takes('id timeoutMS'),
  'bucket.downloadByName': takes('filename revision timeoutMS'),
  'bucket.delete': takes('id timeoutMS'),
  'bucket.deleteByName': takes('filename timeoutMS'),
  'bucket.rename': takes('id newFilename timeoutMS'),
  'bucket.renameByName': takes('filename newFilename timeoutMS'),
  'bucket.find': yields(FIND),
  'bucket.drop': takes('timeoutMS'),

  'cursor.iterateUntilDocumentOrError': takes(''),
  'cursor.iterateOnce': takes(''),
  'cursor.close': takes('timeoutMS'),
};

/** Whether some kind of entity has an operation of this name. */
export const isKnownOperation = (name: string): boolean =>
  Object.keys(OPERATIONS).some((key) => key.endsWith(`.${name}`));
