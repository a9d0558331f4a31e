import { describe, expect, it } from '@jest/globals';
import { DuplicateKeyError, OperationFailure } from '../../lib/index.js';
import { has, useServer } from './server.js';

const server = useServer('integration_admin');

describe('indexes', () => {
  it('are created with a name made of their keys', async () => {
    expect(await server.db.collection('indexed').createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
  });

  it('are listed with the one of _id', async () => {
    const collection = server.db.collection('listed');
    await collection.createIndex({ x: 1 }, { name: 'mine' });
    const names = (await (await collection.listIndexes()).toArray()).map((index) => index['name']);
    expect(names.toSorted()).toEqual(['_id_', 'mine']);
  });

  it('are described by name', async () => {
    const collection = server.db.collection('described');
    await collection.createIndex({ y: -1 });
    expect(Object.keys(await collection.indexInformation()).toSorted()).toEqual(['_id_', 'y_-1']);
  });

  it('are dropped by name', async () => {
    const collection = server.db.collection('dropped');
    await collection.createIndex({ z: 1 });
    await collection.dropIndex('z_1');
    expect(await (await collection.listIndexes()).toArray()).toHaveLength(1);
  });

  it('that are unique refuse the second document, and name the key', async () => {
    const collection = server.db.collection('unique');
    await collection.createIndex({ email: 1 }, { unique: true });
    await collection.insertOne({ email: 'a@example.org' });
    const failure = await collection.insertOne({ email: 'a@example.org' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DuplicateKeyError);
    expect(failure).toMatchObject({ code: 11000, namespace: 'integration_admin.unique', command: 'insert' });
  });

  const updates = has('duplicate key code of an update') ? it : it.skip;
  updates('that are unique refuse an update that would make a duplicate', async () => {
    const collection = server.db.collection('unique_update');
    await collection.createIndex({ k: 1 }, { unique: true });
    await collection.insertMany([{ k: 1 }, { k: 2 }]);
    await expect(collection.updateOne({ k: 2 }, { $set: { k: 1 } })).rejects.toMatchObject({ code: 11000 });
  });
});

describe('collections and databases', () => {
  it('are created and listed', async () => {
    await server.db.createCollection('made');
    expect(await server.db.listCollectionNames()).toContain('made');
  });

  it('are dropped, and dropping what is not there is no error', async () => {
    await server.db.collection('short_lived').insertOne({ x: 1 });
    await server.db.dropCollection('short_lived');
    await server.db.collection('never_there').drop();
    expect(await server.db.listCollectionNames()).not.toContain('short_lived');
  });

  it('are renamed', async () => {
    await server.db.collection('before').insertOne({ x: 1 });
    await server.db.collection('before').rename('after');
    expect(await server.db.collection('after').countDocuments({})).toBe(1);
  });

  it('are listed by the client', async () => {
    await server.db.collection('anything').insertOne({ x: 1 });
    expect(await server.client.listDatabaseNames()).toContain('integration_admin');
  });

  it('are empty when they do not exist', async () => {
    expect(await server.db.collection('nowhere').find({}).toArray()).toEqual([]);
  });
});

describe('commands', () => {
  it('pings by name and by document', async () => {
    expect(await server.db.command('ping')).toMatchObject({ ok: 1 });
    expect(await server.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('reports an unknown command with its code, name and namespace', async () => {
    const failure = await server.db.command({ noSuchCommand: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OperationFailure);
    expect(failure).toMatchObject({ code: 59, codeName: 'CommandNotFound', command: 'noSuchCommand' });
  });

  it('tells the version of the server', async () => {
    expect((await server.client.serverInfo())['version']).toMatch(/^\d+\.\d+/);
  });

  it('serves a hundred callers at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => server.db.command('ping')));
    expect(replies.every((reply) => reply['ok'] === 1)).toBe(true);
  });

  it('writes without acknowledgement', async () => {
    const collection = server.db.collection('unacknowledged');
    const result = await collection.insertOne({ x: 1 }, { writeConcern: { w: 0 } });
    expect(result.acknowledged).toBe(false);
    for (let tries = 0; (await collection.countDocuments({})) === 0 && tries < 500; tries++);
    expect(await collection.countDocuments({})).toBe(1);
  });
});
