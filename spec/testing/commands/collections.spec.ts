import { describe, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const official = withOfficialClient();

describe('collections', () => {
  it('are made, listed, renamed and dropped', async () => {
    const { db } = official;
    await db.createCollection('a', { capped: true, size: 5000, max: 2 });
    await db.collection<Document & { _id: number }>('b').insertOne({ _id: 1 });
    const listed = await db.listCollections().toArray();
    expect(listed.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'collection'],
      ['b', 'collection'],
    ]);
    expect(listed[0]).toMatchObject({
      options: { capped: true, size: 5000, max: 2 },
      info: { readOnly: false },
      idIndex: { name: '_id_' },
    });
    expect(await db.listCollections({ name: 'b' }, { nameOnly: true }).toArray()).toEqual([
      { name: 'b', type: 'collection' },
    ]);
    expect(await rejection(db.renameCollection('b', 'a'))).toMatchObject({ code: 48 });
    await db.renameCollection('b', 'c');
    expect(await db.collection('c').countDocuments()).toBe(1);
    expect(await rejection(db.renameCollection('nope', 'x'))).toMatchObject({ code: 26 });
    const rename = { renameCollection: 'spec.c', to: 'spec.c' };
    expect(await rejection(official.client.db('admin').command(rename))).toMatchObject({ code: 20 });
    expect(await db.command({ drop: 'c' })).toMatchObject({ nIndexesWas: 1, ns: 'spec.c' });
    expect(await db.command({ drop: 'c' })).toMatchObject({ ok: 1 });
    expect(await rejection(db.createCollection('a'))).toMatchObject({
      code: 48,
      codeName: 'NamespaceExists',
    });
  });

  it.each<[string, Document, number]>([
    ['', {}, 73],
    ['a$b', {}, 73],
    ['.a', {}, 73],
    ['x'.repeat(300), {}, 73],
    ['a', { capped: true }, 72],
    ['a', { size: 'x' }, 14],
    ['a', { pipeline: [] }, 72],
    ['a', { collation: {} }, 0],
    ['a', { validator: { $nope: 1 } }, 2],
    ['a', { nope: 1 }, 40415],
  ])('%s with %j', async (name, options, code) => {
    const made = official.db.command({ create: name, ...options });
    if (code === 0) expect(await made).toMatchObject({ ok: 1 });
    else expect(await rejection(made)).toMatchObject({ code });
  });

  it('have figures', async () => {
    const { db, collection } = official;
    await collection.insertMany([{ _id: 1 }, { _id: 2 }]);
    await collection.createIndex({ a: 1 });
    expect(await db.command({ collStats: 'things' })).toMatchObject({
      ns: 'spec.things',
      count: 2,
      size: 28,
      avgObjSize: 14,
      nindexes: 2,
    });
    expect(await db.stats()).toMatchObject({
      db: 'spec',
      collections: 1,
      objects: 2,
      dataSize: 28,
      indexes: 2,
    });
    expect(await db.command({ validate: 'things' })).toMatchObject({ valid: true, nrecords: 2, nIndexes: 2 });
    expect(await rejection(db.command({ validate: 'nope' }))).toMatchObject({ code: 26 });
    const databases = await official.client.db('admin').admin().listDatabases({ nameOnly: true });
    expect(databases.databases.map(({ name }) => name)).toEqual(['admin', 'config', 'local', 'spec']);
  });

  it('compare by their own collation', async () => {
    const { db } = official;
    const collection = await db.createCollection<Document & { _id: string }>('c', {
      collation: { locale: 'en', strength: 2 },
    });
    await collection.insertOne({ _id: 'A', k: 'x' });
    expect(await collection.findOne({ _id: 'a' })).toMatchObject({ _id: 'A' });
    expect(await rejection(collection.insertOne({ _id: 'a' }))).toMatchObject({ code: 11000 });
    expect(await collection.findOne({ k: 'X' }, { collation: { locale: 'simple' } })).toBeNull();
  });
});

describe('validators', () => {
  it('refuse documents and say why', async () => {
    const { db } = official;
    const collection = await db.createCollection<Document & { _id: number }>('v', {
      validator: { $jsonSchema: { required: ['a'] } },
    });
    expect(await rejection(collection.insertOne({ _id: 1 }))).toMatchObject({
      code: 121,
      message: 'Document failed validation',
      errInfo: {
        failingDocumentId: 1,
        details: {
          operatorName: '$jsonSchema',
          schemaRulesNotSatisfied: [{ operatorName: 'required', missingProperties: ['a'] }],
        },
      },
    });
    await collection.insertOne({ _id: 1 }, { bypassDocumentValidation: true });
    await collection.insertOne({ _id: 2, a: 1 });
    expect(await rejection(collection.updateOne({ _id: 2 }, { $unset: { a: 1 } }))).toMatchObject({
      code: 121,
    });
    expect(await rejection(collection.updateOne({ _id: 1 }, { $set: { b: 1 } }))).toMatchObject({
      code: 121,
    });
    await db.command({ collMod: 'v', validationLevel: 'moderate' });
    expect(await collection.updateOne({ _id: 1 }, { $set: { b: 1 } })).toMatchObject({ modifiedCount: 1 });
    await db.command({ collMod: 'v', validationAction: 'warn' });
    expect(await collection.insertOne({ _id: 3 })).toMatchObject({ insertedId: 3 });
  });
});

describe('views', () => {
  it('read through their pipeline and take no writes', async () => {
    const { db, collection } = official;
    await collection.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 5 },
      { _id: 3, n: 7 },
    ]);
    await db.createCollection('big', { viewOn: 'things', pipeline: [{ $match: { n: { $gt: 2 } } }] });
    await db.createCollection('bigger', { viewOn: 'big', pipeline: [{ $match: { n: { $gt: 6 } } }] });
    const view = db.collection('big');
    expect(
      await view.find({}, { sort: { n: -1 }, limit: 1, projection: { n: 1, _id: 0 } }).toArray(),
    ).toEqual([{ n: 7 }]);
    expect(await view.countDocuments()).toBe(2);
    expect(await view.estimatedDocumentCount()).toBe(2);
    expect(await view.distinct('n')).toEqual([5, 7]);
    expect(await db.collection('bigger').find().toArray()).toEqual([{ _id: 3, n: 7 }]);
    expect(await rejection(view.insertOne({}))).toMatchObject({ code: 166 });
    expect(await rejection(view.updateOne({}, { $set: { a: 1 } }))).toMatchObject({ code: 166 });
    expect(await rejection(view.indexes())).toMatchObject({ code: 166 });
    expect((await db.listCollections({ type: 'view' }).toArray()).map(({ name }) => name as string)).toEqual([
      'big',
      'bigger',
    ]);
    await db.command({ collMod: 'big', viewOn: 'things', pipeline: [] });
    expect(await view.countDocuments()).toBe(3);
  });
});

describe('time series and clustered collections', () => {
  it('show their options', async () => {
    const { db } = official;
    await db.createCollection('series', { timeseries: { timeField: 't' } });
    await db.createCollection('clustered', { clusteredIndex: { key: { _id: 1 }, unique: true, name: 'c' } });
    const listed = Object.fromEntries(
      (await db.listCollections().toArray()).map((entry) => [entry.name, entry]),
    );
    expect(listed['series']).toMatchObject({
      type: 'timeseries',
      options: { timeseries: { timeField: 't', granularity: 'seconds' } },
    });
    expect(listed['system.buckets.series']).toBeDefined();
    expect(await db.collection('clustered').indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: 'c', unique: true, clustered: true },
    ]);
  });
});

describe('an older server', () => {
  const old = withOfficialClient({ version: '4.4' });

  it('knows neither let nor timeseries, and cannot drop what is not there', async () => {
    const { db, collection } = old;
    expect(await rejection(db.command({ drop: 'nope' }))).toMatchObject({
      code: 26,
      message: 'ns not found',
    });
    expect(await rejection(db.command({ create: 'c', timeseries: { timeField: 't' } }))).toMatchObject({
      code: 40415,
    });
    expect(await rejection(collection.find({}, { let: { a: 1 } }).toArray())).toMatchObject({ code: 9 });
    expect(await rejection(collection.insertOne({ _id: 1, $a: 1 }))).toMatchObject({ code: 2 });
    await db.createCollection('capped', { capped: true, size: 4096 });
    expect(await db.command({ delete: 'capped', deletes: [{ q: {}, limit: 0 }] })).toMatchObject({
      writeErrors: [{ code: 20 }],
    });
  });
});
