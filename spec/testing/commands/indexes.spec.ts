import { describe, expect, it } from '@jest/globals';
import { Double, type Document } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

const official = withOfficialClient();

const create = (...indexes: Document[]): Promise<Document> =>
  official.db.command({ createIndexes: 'things', indexes });

describe('createIndexes', () => {
  it('counts what was there, what was made and says when nothing was to do', async () => {
    expect(await create({ key: { a: 1 }, name: 'a_1' })).toMatchObject({
      numIndexesBefore: 1,
      numIndexesAfter: 2,
      createdCollectionAutomatically: true,
    });
    expect(await create({ key: { a: 1 }, name: 'a_1' })).toMatchObject({
      numIndexesBefore: 2,
      numIndexesAfter: 2,
      createdCollectionAutomatically: false,
      note: 'all indexes already exist',
    });
    expect(await create({ key: { _id: 1 }, name: '_id_' })).toMatchObject({ numIndexesAfter: 2 });
  });

  it('lists indexes with their options', async () => {
    await create(
      { key: { a: 1, b: -1 }, name: 'ab', unique: true, partialFilterExpression: { a: { $gt: 0 } } },
      { key: { t: 1 }, name: 't', expireAfterSeconds: 10, sparse: true },
      { key: { s: 'text' }, name: 's_text' },
      { key: { g: '2dsphere' }, name: 'g' },
      { key: { h: 'hashed' }, name: 'h' },
      { key: { c: 1 }, name: 'c', collation: { locale: 'de' } },
    );
    const listed = await official.collection.indexes();
    expect(listed.map(({ name }) => name)).toEqual(['_id_', 'ab', 't', 's_text', 'g', 'h', 'c']);
    expect(listed[1]).toEqual({
      v: 2,
      key: { a: 1, b: -1 },
      name: 'ab',
      unique: true,
      partialFilterExpression: { a: { $gt: 0 } },
    });
    expect(listed[2]).toEqual({ v: 2, key: { t: 1 }, name: 't', expireAfterSeconds: 10, sparse: true });
    expect(listed[3]).toMatchObject({
      key: { _fts: 'text', _ftsx: 1 },
      weights: { s: 1 },
      default_language: 'english',
    });
    expect(listed[6]).toMatchObject({ collation: { locale: 'de', strength: 3 } });
  });

  it.each<[Document, number]>([
    [{ key: { a: 1 } }, 9],
    [{ name: 'x' }, 9],
    [{ key: {}, name: 'x' }, 67],
    [{ key: { a: 0 }, name: 'x' }, 67],
    [{ key: { a: 'nope' }, name: 'x' }, 67],
    [{ key: { a: true }, name: 'x' }, 67],
    [{ key: { $a: 1 }, name: 'x' }, 67],
    [{ key: { 'a..b': 1 }, name: 'x' }, 67],
    [{ key: { a: 1 }, name: '*' }, 2],
    [{ key: { a: 1 }, name: 'x', nope: 1 }, 197],
    [{ key: { a: 1 }, name: 'x', sparse: true, partialFilterExpression: {} }, 67],
    [{ key: { a: 1 }, name: 'x', expireAfterSeconds: 'x' }, 67],
    [{ key: { a: 1, b: 1 }, name: 'x', expireAfterSeconds: 1 }, 67],
    [{ key: { _id: 1 }, name: '_id_', unique: true }, 197],
  ])('refuses %j', async (index, code) => {
    expect(await rejection(create(index))).toMatchObject({ code });
  });

  it.each<[Document, number]>([
    [{ key: { b: 1 }, name: 'a_1' }, 86],
    [{ key: { a: 1 }, name: 'a_1', unique: true }, 86],
    [{ key: { a: 1 }, name: 'other' }, 85],
    [{ key: { a: 1 }, name: 'a_1', expireAfterSeconds: 5 }, 85],
  ])('finds the conflict of %j with an index', async (index, code) => {
    await create({ key: { a: 1 }, name: 'a_1' });
    expect(await rejection(create(index))).toMatchObject({ code });
  });

  it('makes none of its indexes when one fails on a duplicate', async () => {
    await official.collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    expect(
      await rejection(create({ key: { b: 1 }, name: 'b' }, { key: { a: 1 }, name: 'a', unique: true })),
    ).toMatchObject({
      code: 11000,
      message: expect.stringContaining('index: a dup key: { a: 1 }'),
    });
    expect(await official.collection.indexes()).toHaveLength(1);
  });
});

describe('unique indexes', () => {
  it('count numbers by value, missing as null, arrays by element, each document once', async () => {
    const { collection } = official;
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertMany([{ _id: 1, a: 1 }, { _id: 2 }, { _id: 3, a: [5, 5, 6] }]);
    for (const a of [new Double(1), null, [6], 5]) {
      expect(await rejection(collection.insertOne({ _id: 9, a }))).toMatchObject({
        code: 11000,
        keyPattern: { a: 1 },
      });
    }
    expect(await collection.insertOne({ _id: 9, a: [7, 8] })).toMatchObject({ insertedId: 9 });
    await collection.deleteOne({ _id: 3 });
    expect(await collection.insertOne({ _id: 3, a: 5 })).toMatchObject({ insertedId: 3 });
  });

  it('sparse ones pass over missing fields, partial ones over other documents', async () => {
    const { collection } = official;
    await collection.createIndexes([
      { key: { s: 1 }, name: 's', unique: true, sparse: true },
      { key: { p: 1 }, name: 'p', unique: true, partialFilterExpression: { on: true } },
    ]);
    await collection.insertMany([
      { _id: 1, p: 1, on: true },
      { _id: 2, p: 1 },
      { _id: 3, p: 1 },
    ]);
    expect(await rejection(collection.insertOne({ _id: 4, p: 1, on: true }))).toMatchObject({ code: 11000 });
    expect(await rejection(collection.updateOne({ _id: 2 }, { $set: { on: true } }))).toMatchObject({
      code: 11000,
    });
  });

  it('compound ones pair the fields of one array element', async () => {
    const { collection } = official;
    await collection.createIndex({ 'l.a': 1, 'l.b': 1 }, { unique: true });
    await collection.insertOne({
      _id: 1,
      l: [
        { a: 1, b: 1 },
        { a: 2, b: 2 },
      ],
    });
    expect(await collection.insertOne({ _id: 2, l: [{ a: 1, b: 2 }] })).toMatchObject({ insertedId: 2 });
    expect(await rejection(collection.insertOne({ _id: 3, l: { a: 2, b: 2 } }))).toMatchObject({
      code: 11000,
      keyValue: { 'l.a': 2, 'l.b': 2 },
    });
  });

  it('refuse parallel arrays', async () => {
    const { collection } = official;
    await collection.createIndex({ a: 1, b: 1 });
    expect(await rejection(collection.insertOne({ _id: 1, a: [1], b: [2] }))).toMatchObject({ code: 171 });
  });

  it('come about by collMod, once nothing speaks against it', async () => {
    const { db, collection } = official;
    await collection.createIndex({ a: 1 });
    await collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    const modify = (change: Document) => db.command({ collMod: 'things', index: { name: 'a_1', ...change } });
    expect(await modify({ prepareUnique: true })).toMatchObject({ prepareUnique_new: true });
    expect(await rejection(collection.insertOne({ _id: 3, a: 1 }))).toMatchObject({ code: 11000 });
    expect(await rejection(modify({ unique: true }))).toMatchObject({
      code: 359,
      errorResponse: { violations: [{ ids: [1, 2] }] },
    });
    await collection.deleteOne({ _id: 2 });
    expect(await modify({ unique: true })).toMatchObject({ unique_new: true });
    expect((await collection.indexes())[1]).toEqual({ v: 2, key: { a: 1 }, name: 'a_1', unique: true });
    expect(await modify({ expireAfterSeconds: 5 })).toMatchObject({ expireAfterSeconds_new: 5 });
  });
});

describe('dropIndexes', () => {
  it('drops by name, by key and all but that of _id', async () => {
    const { db, collection } = official;
    await collection.createIndexes([
      { key: { a: 1 }, name: 'a' },
      { key: { b: 1 }, name: 'b' },
      { key: { c: 1 }, name: 'c' },
    ]);
    const drop = (index: unknown) => db.command({ dropIndexes: 'things', index });
    expect(await drop('a')).toMatchObject({ nIndexesWas: 4 });
    expect(await drop({ b: 1 })).toMatchObject({ nIndexesWas: 3 });
    expect(await rejection(drop('a'))).toMatchObject({ code: 27, message: 'index not found with name [a]' });
    expect(await rejection(drop({ z: 1 }))).toMatchObject({
      code: 27,
      message: "can't find index with key: { z: 1 }",
    });
    expect(await rejection(drop('_id_'))).toMatchObject({ code: 72 });
    expect(await drop('*')).toMatchObject({ nIndexesWas: 2 });
    expect(await collection.indexes()).toHaveLength(1);
    expect(await rejection(db.command({ dropIndexes: 'nope', index: '*' }))).toMatchObject({ code: 26 });
    expect(await rejection(db.collection('nope').indexes())).toMatchObject({ code: 26 });
  });
});

describe('search indexes', () => {
  it('are refused as by a server without Atlas Search', async () => {
    const { collection } = official;
    expect(
      await rejection(collection.createSearchIndex({ definition: { mappings: { dynamic: true } } })),
    ).toMatchObject({ code: 31082, message: expect.stringContaining('Atlas') });
    expect(await rejection(collection.dropSearchIndex('x'))).toMatchObject({ code: 31082 });
    expect(await rejection(collection.updateSearchIndex('x', {}))).toMatchObject({ code: 31082 });
    await collection.insertOne({ _id: 1 });
    expect(await rejection(collection.listSearchIndexes().toArray())).toMatchObject({ code: 31082 });
  });
});
