import { afterEach, describe, expect, it } from '@jest/globals';
import type { AsyncCollection, AsyncDatabase, AsyncMongoClient } from '../../lib/index.js';
import { cursorReply } from '../support/scripted-server.js';
import { clientOf, closeAll, deadAddress, rejectionOf, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

interface Handles {
  readonly client: AsyncMongoClient;
  readonly db: AsyncDatabase;
  readonly collection: AsyncCollection;
}

const stream = async function* () {
  for (let x = 0; x < 5; x++) yield { x };
};

/** Every public method that talks to a server, called in such a way that the call stands in this file. */
const CALLS: Readonly<Record<string, (handles: Handles) => Promise<unknown>>> = {
  'client.ping': async ({ client }) => await client.ping(),
  'client.serverInfo': async ({ client }) => await client.serverInfo(),
  'client.listDatabases': async ({ client }) => await client.listDatabases(),
  'client.listDatabaseNames': async ({ client }) => await client.listDatabaseNames(),
  'client.dropDatabase': async ({ client }) => await client.dropDatabase('d'),
  'db.command': async ({ db }) => await db.command('ping'),
  'db.aggregate': async ({ db }) => await db.aggregate([]).toArray(),
  'db.runCursorCommand': async ({ db }) => await db.runCursorCommand('find').next(),
  'db.createCollection': async ({ db }) => await db.createCollection('c'),
  'db.listCollections': async ({ db }) => await db.listCollections().toArray(),
  'db.listCollectionNames': async ({ db }) => await db.listCollectionNames(),
  'db.dropCollection': async ({ db }) => await db.dropCollection('c'),
  'db.validateCollection': async ({ db }) => await db.validateCollection('c'),
  insertOne: async ({ collection }) => await collection.insertOne({}),
  insertMany: async ({ collection }) => await collection.insertMany([{}]),
  'insertMany of a stream': async ({ collection }) => await collection.insertMany(stream()),
  bulkWrite: async ({ collection }) => await collection.bulkWrite([{ deleteOne: { filter: {} } }]),
  updateOne: async ({ collection }) => await collection.updateOne({}, { $set: { x: 1 } }),
  updateMany: async ({ collection }) => await collection.updateMany({}, { $set: { x: 1 } }),
  replaceOne: async ({ collection }) => await collection.replaceOne({}, {}),
  deleteOne: async ({ collection }) => await collection.deleteOne({}),
  deleteMany: async ({ collection }) => await collection.deleteMany({}),
  findOne: async ({ collection }) => await collection.findOne(),
  'find().next': async ({ collection }) => await collection.find().next(),
  'find().tryNext': async ({ collection }) => await collection.find().tryNext(),
  'find().hasNext': async ({ collection }) => await collection.find().hasNext(),
  'find().toArray': async ({ collection }) => await collection.find().toArray(),
  'find().explain': async ({ collection }) => await collection.find().explain(),
  'for await': async ({ collection }) => {
    for await (const _document of collection.find());
  },
  'aggregate().toArray': async ({ collection }) => await collection.aggregate([]).toArray(),
  findOneAndUpdate: async ({ collection }) => await collection.findOneAndUpdate({}, { $set: { x: 1 } }),
  findOneAndReplace: async ({ collection }) => await collection.findOneAndReplace({}, {}),
  findOneAndDelete: async ({ collection }) => await collection.findOneAndDelete({}),
  distinct: async ({ collection }) => await collection.distinct('x'),
  countDocuments: async ({ collection }) => await collection.countDocuments(),
  estimatedDocumentCount: async ({ collection }) => await collection.estimatedDocumentCount(),
  createIndex: async ({ collection }) => await collection.createIndex('x'),
  createIndexes: async ({ collection }) => await collection.createIndexes([{ key: 'x' }]),
  dropIndex: async ({ collection }) => await collection.dropIndex('x_1'),
  dropIndexes: async ({ collection }) => await collection.dropIndexes(),
  listIndexes: async ({ collection }) => await collection.listIndexes().toArray(),
  indexInformation: async ({ collection }) => await collection.indexInformation(),
  createSearchIndex: async ({ collection }) => await collection.createSearchIndex({ definition: {} }),
  createSearchIndexes: async ({ collection }) => await collection.createSearchIndexes([{ definition: {} }]),
  updateSearchIndex: async ({ collection }) => await collection.updateSearchIndex('x', {}),
  dropSearchIndex: async ({ collection }) => await collection.dropSearchIndex('x'),
  listSearchIndexes: async ({ collection }) => await collection.listSearchIndexes().toArray(),
  rename: async ({ collection }) => await collection.rename('e'),
  drop: async ({ collection }) => await collection.drop(),
  options: async ({ collection }) => await collection.options(),
};

const firstFrames = (error: unknown): string =>
  ((error as Error).stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .join('\n');

const handlesOf = (client: AsyncMongoClient): Handles => {
  const db = client.db('d');
  return { client, db, collection: db.collection('c') };
};

describe('the stack of an error', () => {
  it.each(Object.entries(CALLS))('shows the line that called %s among its first six', async (_name, call) => {
    const { server, client } = await serverAndClient();
    server.on('*', ({ commandName }) =>
      /hello|ismaster/i.test(commandName) ? undefined : { ok: 0, code: 1, errmsg: 'refused' },
    );
    const error = await rejectionOf(call(handlesOf(client)));
    expect(error).toMatchObject({ code: 1, message: expect.stringContaining('refused') });
    expect(firstFrames(error)).toContain('stack.spec.ts');
  });

  it('shows it for lost connections, unreachable servers and later batches too', async () => {
    const { server, client } = await serverAndClient({}, { retryReads: false });
    server.on('find', () => 'close');
    expect(firstFrames(await rejectionOf(CALLS['findOne']!(handlesOf(client))))).toContain('stack.spec.ts');
    server.on('find', cursorReply('d.c', [{ x: 1 }], { id: 7n }));
    server.on('getMore', { ok: 0, code: 1, errmsg: 'refused' });
    expect(firstFrames(await rejectionOf(CALLS['for await']!(handlesOf(client))))).toContain('stack.spec.ts');
    const dead = clientOf(`mongodb://${await deadAddress()}`, { serverSelectionTimeoutMS: 30 });
    const calls = [async () => await dead.connect(), async () => await dead.serverInfo()];
    for (const call of calls) expect(firstFrames(await rejectionOf(call()))).toContain('stack.spec.ts');
  });
});
