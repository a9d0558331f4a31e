import type { AsyncClientSession, AsyncCollection, AsyncMongoClient } from '../../lib/index.js';

export interface SessionMethod {
  readonly name: string;
  /** The first command that it sends. */
  readonly command: string;
  /** `read` and `write` are what causal consistency is about; `other` has no concern, or is not among the data's commands. */
  readonly kind: 'read' | 'write' | 'other';
  call(collection: AsyncCollection, options: SessionArgument): Promise<unknown>;
}

export interface SessionArgument {
  readonly session?: AsyncClientSession | null | undefined;
}

type Call = (
  collection: AsyncCollection,
  options: SessionArgument,
  client: AsyncMongoClient,
) => Promise<unknown> | unknown;

const clients = new WeakMap<AsyncCollection, AsyncMongoClient>();

/** A collection whose methods can be called through the table, those of its database and client included. */
export const callable = (client: AsyncMongoClient, database: string, name: string): AsyncCollection => {
  const collection = client.db(database).collection(name);
  clients.set(collection, client);
  return collection;
};

const method = (kind: SessionMethod['kind'], name: string, command: string, call: Call): SessionMethod => ({
  name,
  command,
  kind,
  call: async (collection, options) => {
    await call(collection, options, clients.get(collection) as AsyncMongoClient);
  },
});

const SET = { $set: { x: 1 } };

/** Every public method that takes a session and sends a command. */
export const SESSION_METHODS: readonly SessionMethod[] = [
  method('read', 'findOne', 'find', (c, options) => c.findOne({}, options)),
  method('read', 'find', 'find', (c, options) => c.find({}, options).toArray()),
  method('read', 'aggregate', 'aggregate', (c, options) => c.aggregate([], options).toArray()),
  method('read', 'distinct', 'distinct', (c, options) => c.distinct('x', {}, options)),
  method('read', 'countDocuments', 'aggregate', (c, options) => c.countDocuments({}, options)),
  method('read', 'estimatedDocumentCount', 'count', (c, options) => c.estimatedDocumentCount(options)),
  method('read', 'count', 'count', (c, options) => c.count({}, options)),
  method('write', 'insertOne', 'insert', (c, options) => c.insertOne({ x: 1 }, options)),
  method('write', 'insertMany', 'insert', (c, options) => c.insertMany([{ x: 1 }], options)),
  method('write', 'updateOne', 'update', (c, options) => c.updateOne({}, SET, options)),
  method('write', 'updateMany', 'update', (c, options) => c.updateMany({}, SET, options)),
  method('write', 'replaceOne', 'update', (c, options) => c.replaceOne({}, { x: 1 }, options)),
  method('write', 'deleteOne', 'delete', (c, options) => c.deleteOne({}, options)),
  method('write', 'deleteMany', 'delete', (c, options) => c.deleteMany({}, options)),
  method('write', 'findOneAndUpdate', 'findAndModify', (c, options) => c.findOneAndUpdate({}, SET, options)),
  method('write', 'findOneAndReplace', 'findAndModify', (c, options) =>
    c.findOneAndReplace({}, { x: 1 }, options),
  ),
  method('write', 'findOneAndDelete', 'findAndModify', (c, options) => c.findOneAndDelete({}, options)),
  method('write', 'bulkWrite', 'insert', (c, options) =>
    c.bulkWrite([{ insertOne: { document: { x: 1 } } }], options),
  ),
  method('other', 'watch', 'aggregate', async (c, options) => {
    await using stream = await c.watch([], options);
    void stream;
  }),
  method('other', 'createIndex', 'createIndexes', (c, options) => c.createIndex({ x: 1 }, options)),
  method('other', 'createIndexes', 'createIndexes', (c, options) =>
    c.createIndexes([{ key: { x: 1 } }], options),
  ),
  method('other', 'listIndexes', 'listIndexes', (c, options) => c.listIndexes(options).toArray()),
  method('other', 'indexInformation', 'listIndexes', (c, options) => c.indexInformation(options)),
  method('other', 'dropIndex', 'dropIndexes', (c, options) => c.dropIndex('x_1', options)),
  method('other', 'dropIndexes', 'dropIndexes', (c, options) => c.dropIndexes(options)),
  method('other', 'createSearchIndex', 'createSearchIndexes', (c, options) =>
    c.createSearchIndex({ definition: {} }, options),
  ),
  method('other', 'createSearchIndexes', 'createSearchIndexes', (c, options) =>
    c.createSearchIndexes([{ definition: {} }], options),
  ),
  method('other', 'updateSearchIndex', 'updateSearchIndex', (c, options) =>
    c.updateSearchIndex('x', {}, options),
  ),
  method('other', 'dropSearchIndex', 'dropSearchIndex', (c, options) => c.dropSearchIndex('x', options)),
  method('other', 'listSearchIndexes', 'aggregate', (c, options) =>
    c.listSearchIndexes(undefined, options).toArray(),
  ),
  method('other', 'options', 'listCollections', (c, options) => c.options(options)),
  method('other', 'rename', 'renameCollection', (c, options) => c.rename('other', options)),
  method('other', 'drop', 'drop', (c, options) => c.drop(options)),
  method('other', 'db.command', 'ping', (c, options, client) =>
    client.db(c.databaseName).command('ping', options),
  ),
  method('other', 'db.runCursorCommand', 'find', (c, options, client) =>
    client.db(c.databaseName).runCursorCommand({ find: c.name }, options).toArray(),
  ),
  method('other', 'db.aggregate', 'aggregate', (c, options, client) =>
    client
      .db(c.databaseName)
      .aggregate([{ $documents: [{ x: 1 }] }], options)
      .toArray(),
  ),
  method('other', 'db.watch', 'aggregate', async (c, options, client) => {
    await using stream = await client.db(c.databaseName).watch([], options);
    void stream;
  }),
  method('other', 'db.createCollection', 'create', (c, options, client) =>
    client.db(c.databaseName).createCollection(`${c.name}2`, options),
  ),
  method('other', 'db.listCollections', 'listCollections', (c, options, client) =>
    client.db(c.databaseName).listCollections(options).toArray(),
  ),
  method('other', 'db.listCollectionNames', 'listCollections', (c, options, client) =>
    client.db(c.databaseName).listCollectionNames(options),
  ),
  method('other', 'db.dropCollection', 'drop', (c, options, client) =>
    client.db(c.databaseName).dropCollection(c.name, options),
  ),
  method('other', 'db.validateCollection', 'validate', (c, options, client) =>
    client.db(c.databaseName).validateCollection(c.name, options),
  ),
  method('other', 'client.listDatabases', 'listDatabases', (_, options, client) =>
    client.listDatabases(options),
  ),
  method('other', 'client.listDatabaseNames', 'listDatabases', (_, options, client) =>
    client.listDatabaseNames(options),
  ),
  method('other', 'client.serverInfo', 'buildInfo', (_, options, client) => client.serverInfo(options)),
  method('other', 'client.ping', 'ping', (_, options, client) => client.ping(options)),
  method('other', 'client.watch', 'aggregate', async (_, options, client) => {
    await using stream = await client.watch([], options);
    void stream;
  }),
  method('other', 'client.dropDatabase', 'dropDatabase', (c, options, client) =>
    client.dropDatabase(c.databaseName, options),
  ),
];
