import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { inspect, promisify } from 'node:util';
import {
  AsyncMongoClient,
  BulkWriteError,
  CodecOptions,
  Decimal128,
  InvalidBSON,
  InvalidDocument,
  ObjectId,
  RawBSONDocument,
  SON,
  TypeRegistry,
  ZonedDateTime,
  type AsyncCollection,
  type AsyncMongoClientOptions,
  type Document,
} from '../../lib/index.js';
import { spawnDeployment, type SpawnedDeployment } from '../../lib/testing.js';
import { cursorReply, type ScriptedRequest } from '../support/scripted-server.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import { bytesOf, documentsSent, keysInOrder, raw, rawDocument, replyWithDocuments } from './raw-bson.js';

afterEach(closeAll);

const counts = ({ sequences }: ScriptedRequest): Document => ({
  n: Object.values(sequences)[0]?.length ?? 0,
});

/** A server that finds exactly the bytes it was sent last, or those it was given. */
const echo = async (options: AsyncMongoClientOptions = {}) => {
  const stored: { bytes: readonly Uint8Array[] } = { bytes: [] };
  const { server, client } = await serverAndClient(
    {
      script: {
        insert: (request) => {
          stored.bytes = documentsSent(request).map((bytes) => Buffer.from(bytes));
          return counts(request);
        },
        find: (request) => replyWithDocuments(request, stored.bytes),
        aggregate: (request) => replyWithDocuments(request, stored.bytes),
        getMore: (request) => replyWithDocuments(request, stored.bytes, { batch: 'nextBatch' }),
      },
    },
    options,
  );
  const collection: AsyncCollection = client.db('d').collection('c');
  const lastInsert = (): Buffer =>
    documentsSent(server.received('insert').at(-1) as ScriptedRequest)[0] as Buffer;
  return { server, client, collection, stored, lastInsert };
};

const NESTED = rawDocument(
  [3, 'sub', rawDocument([1, 'b', raw.double(1)], [1, 'a', raw.double(2)])],
  [4, 'list', rawDocument([3, '0', rawDocument([1, 'x', raw.double(1)])])],
);

describe('document classes', () => {
  it('[CODEC-1] documentClass is the class of documents and of those inside; arrays stay arrays', async () => {
    const { collection, stored } = await echo({ documentClass: Map });
    stored.bytes = [NESTED];
    const found = (await collection.findOne()) as unknown as Map<string, any>;
    expect(found).toBeInstanceOf(Map);
    expect(found.get('sub')).toBeInstanceOf(Map);
    expect(Array.isArray(found.get('list'))).toBe(true);
    expect(found.get('list')[0]).toBeInstanceOf(Map);
    const { collection: plain, stored: same } = await echo();
    same.bytes = [NESTED];
    expect(await plain.findOne()).toEqual({ sub: { b: 1, a: 2 }, list: [{ x: 1 }] });
  });

  it.each([Number, 5, 'Map', Date, () => ({})])('[CODEC-3] %p is no document class', (documentClass) => {
    expect(
      () => new AsyncMongoClient('mongodb://h', { connect: false, documentClass: documentClass as any }),
    ).toThrow(TypeError);
  });

  it('[CODEC-4] one handle has its own codec options, the others keep theirs', async () => {
    const { client, collection, stored } = await echo();
    stored.bytes = [NESTED];
    const codecOptions = new CodecOptions({ documentClass: SON });
    const derived = [
      collection.withOptions({ codecOptions }),
      client.getDatabase('d', { codecOptions }).collection('c'),
      client.db('d').getCollection('c', { codecOptions }),
    ];
    for (const handle of derived) expect(await handle.findOne()).toBeInstanceOf(SON);
    expect(await collection.findOne()).not.toBeInstanceOf(Map);
    expect(await client.db('d').collection('c').findOne()).not.toBeInstanceOf(Map);
  });

  it('[CODEC-5] SON keeps keys in stored order and prints it', async () => {
    const { collection, stored } = await echo({ documentClass: SON });
    stored.bytes = [NESTED, rawDocument([1, '2', raw.double(1)], [1, '1', raw.double(1)])];
    const [nested, numbered] = (await collection.find().toArray()) as unknown as SON[];
    expect([...(nested?.get('sub') as SON).keys()]).toEqual(['b', 'a']);
    expect([...(numbered?.keys() ?? [])]).toEqual(['2', '1']);
    expect(inspect(nested?.get('sub'))).toBe("SON([ [ 'b', 1 ], [ 'a', 2 ] ])");
    expect(nested?.toObject()).toEqual({ sub: { b: 1, a: 2 }, list: [{ x: 1 }] });
  });

  it('[CODEC-6] ordered documents are taken everywhere and sent in their order', async () => {
    const { server, client, collection, lastInsert } = await echo();
    const ordered = new SON([
      ['2', 1],
      ['1', 1],
    ]);
    const bodyOf = (name: string): Buffer => server.received(name).at(-1)?.bytes as Buffer;
    const inOrder = Buffer.concat([
      Buffer.from('\x102\0'),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('\x101\0'),
    ]);
    await collection.findOne(ordered);
    expect(bodyOf('find').includes(inOrder)).toBe(true);
    await collection.insertOne(new SON(ordered));
    expect(keysInOrder(lastInsert())).toEqual(['_id', '2', '1']);
    server.on('update', { n: 1, nModified: 1 });
    await collection.updateOne(ordered, new Map([['$set', ordered]]) as any);
    expect(bodyOf('update').indexOf(inOrder)).not.toBe(bodyOf('update').lastIndexOf(inOrder));
    server.on('anything', {});
    await client.db('d').command(
      new SON<unknown>([
        ['anything', 1],
        ['z', ordered],
        ['a', 1],
      ]),
    );
    expect(Object.keys(server.received('anything')[0]?.body ?? {}).slice(0, 3)).toEqual([
      'anything',
      'z',
      'a',
    ]);
    expect(bodyOf('anything').includes(inOrder)).toBe(true);
  });

  it('[CODEC-7] codec options are immutable and copied with changes', () => {
    const options = new CodecOptions({ documentClass: Map });
    expect(() => {
      (options as any).tzAware = true;
    }).toThrow(TypeError);
    const copy = options.withOptions({ tzAware: true });
    expect([options.tzAware, copy.tzAware, copy.documentClass]).toEqual([false, true, Map]);
    expect(inspect(copy)).toMatch(/CodecOptions.*documentClass: Map.*tzAware: true/);
  });

  it('[CODEC-25] raw documents hold exactly the bytes of the server, and are sent as they are', async () => {
    const { server, collection, stored, lastInsert } = await echo({ documentClass: RawBSONDocument });
    stored.bytes = [NESTED, bytesOf({ x: 1 })];
    const found = (await collection.find().toArray()) as unknown as RawBSONDocument[];
    expect(found.map((document) => Buffer.from(document.raw))).toEqual(stored.bytes);
    expect(found[0]).toBeInstanceOf(RawBSONDocument);
    expect(found[0]?.keys()).toEqual(['sub', 'list']);
    expect(found[1]?.get('x')).toBe(1);
    await collection.insertOne(found[0] as object);
    expect(lastInsert()).toEqual(NESTED);
    await collection.insertMany([found[0] as object]);
    expect(lastInsert()).toEqual(NESTED);
    expect(server.received('insert')).toHaveLength(2);
  });

  it('[CODEC-26] codec options hold for every kind of result, and for one command where it says so', async () => {
    const { server, client, collection, stored } = await echo({ documentClass: Map });
    stored.bytes = [NESTED];
    server.on('findAndModify', { value: { _id: 1 }, lastErrorObject: { n: 1 } });
    for (const result of [
      await collection.findOne(),
      (await collection.find().toArray())[0],
      (await collection.aggregate([]).toArray())[0],
      await client.db('d').runCursorCommand({ find: 'c' }).next(),
      await collection.findOneAndUpdate({}, { $set: { x: 1 } }),
      await collection.findOneAndReplace({}, { x: 1 }),
      await collection.findOneAndDelete({}),
      await client.db('d').command('ping'),
    ]) {
      expect(result).toBeInstanceOf(Map);
    }
    server.on('find', (request) => replyWithDocuments(request, [], { id: 5n }));
    expect(await collection.find().next()).toBeInstanceOf(Map);
    server.on('distinct', { values: [{ a: 1 }] });
    expect((await collection.distinct('x'))[0]).toBeInstanceOf(Map);
    server.on('update', { n: 1, nModified: 0, upserted: [{ index: 0, _id: { a: 1 } }] });
    const updated = await collection.updateOne({}, { $set: { x: 1 } }, { upsert: true });
    expect(updated.upsertedId).toBeInstanceOf(Map);
    const bulk = await collection.bulkWrite([
      { updateOne: { filter: {}, update: { $set: { x: 1 } }, upsert: true } },
    ]);
    expect(bulk.upsertedIds[0]).toBeInstanceOf(Map);
    const codecOptions = new CodecOptions();
    expect(await client.db('d').command('ping', { codecOptions })).toEqual({ ok: 1 });
  });
});

describe('decoding', () => {
  it('[CODEC-11] a date beyond Date rejects the find, names the field and points at datetimeConversion', async () => {
    const { collection, stored } = await echo();
    for (const date of [2n ** 62n, -(2n ** 62n), 8_640_000_000_000_001n]) {
      stored.bytes = [rawDocument([9, 'dt', raw.int64(date)])];
      const error = await rejectionOf(collection.findOne());
      expect(error).toBeInstanceOf(InvalidBSON);
      expect(String(error)).toMatch(/datetimeConversion/);
      expect(String(error)).toMatch(/\bdt\b/);
      expect((error as Error).cause).toBeInstanceOf(RangeError);
    }
    for (const date of [8_640_000_000_000_000n, -8_640_000_000_000_000n, 0n]) {
      stored.bytes = [rawDocument([9, 'dt', raw.int64(date)])];
      expect(Number((await collection.findOne())?.['dt'])).toBe(Number(date));
    }
  });

  const BROKEN = rawDocument([1, '_id', raw.double(3)], [2, 'name', raw.text('a?b')]);
  BROKEN[BROKEN.indexOf('?')] = 0xff;

  it('[CODEC-20] a byte that is no UTF-8 rejects the find, with its offset; in keys, too', async () => {
    const { collection, stored } = await echo();
    const badKey = rawDocument([1, 'k?', raw.double(1)]);
    badKey[badKey.indexOf('?')] = 0xff;
    for (const bytes of [BROKEN, badKey]) {
      stored.bytes = [bytes];
      const error = (await rejectionOf(collection.findOne())) as InvalidBSON;
      expect(error).toBeInstanceOf(InvalidBSON);
      expect(typeof error.offset).toBe('number');
    }
  });

  it('a poisoned document among five: field, _id and collection are named, and the other four can be read', async () => {
    const { collection, stored } = await echo();
    const good = [1, 2, 4, 5].map((_id) => bytesOf({ _id, name: 'ok' }));
    stored.bytes = [...good.slice(0, 2), BROKEN, ...good.slice(2)];
    const cursor = collection.find();
    const read: unknown[] = [];
    const errors: unknown[] = [];
    for (let step = 0; step < 5; step++) {
      try {
        read.push((await cursor.next())?.['_id']);
      } catch (error) {
        errors.push(error);
      }
    }
    expect(read).toEqual([1, 2, 4, 5]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name: 'InvalidBSON', path: 'name', documentId: 3, namespace: 'd.c' });
    expect(await cursor.next()).toBeNull();
  });

  it('[DATA-10] keys that are names of built-in members are data', async () => {
    const { collection, stored, lastInsert } = await echo();
    const bytes = rawDocument(
      [1, 'toString', raw.double(1)],
      [1, 'constructor', raw.double(2)],
      [3, '__proto__', rawDocument([1, 'a', raw.double(1)])],
      [1, 'hasOwnProperty', raw.double(3)],
    );
    stored.bytes = [bytes];
    const found = (await collection.findOne()) as Document;
    expect(Object.keys(found)).toEqual(['toString', 'constructor', '__proto__', 'hasOwnProperty']);
    expect(Object.getOwnPropertyDescriptor(found, '__proto__')?.value).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(({} as any).a).toBeUndefined();
    expect((found as any).a).toBeUndefined();
    await collection.insertOne(found);
    expect(keysInOrder(lastInsert())).toEqual([
      '_id',
      'toString',
      'constructor',
      '__proto__',
      'hasOwnProperty',
    ]);
  });

  it('[DATA-18] a field that cannot be decoded is left out by projection', async () => {
    const { server, collection, stored } = await echo();
    stored.bytes = [rawDocument([1, '_id', raw.double(1)], [9, 'dt', raw.int64(2n ** 62n)])];
    await rejectionOf(collection.find().toArray());
    server.on('find', (request) =>
      request.command['projection']?.dt === false
        ? replyWithDocuments(request, [rawDocument([1, '_id', raw.double(1)])])
        : undefined,
    );
    expect(await collection.find({}, { projection: { dt: false } }).toArray()).toEqual([{ _id: 1 }]);
    expect(server.received('find').at(-1)?.command['projection']).toEqual({ dt: false });
  });
});

describe('identifiers', () => {
  it('[DATA-1] [DATA-2] [DATA-6] a new ObjectId is first on the wire and last in the caller’s document', async () => {
    const { server, collection, lastInsert } = await echo();
    const documents: Document[] = [{ x: 1 }, { x: 1 }, { x: 1 }];
    const [one = {}, two = {}, three = {}] = documents;
    const { insertedId } = await collection.insertOne(one);
    expect(insertedId).toBeInstanceOf(ObjectId);
    expect(one['_id']).toBe(insertedId);
    expect(Object.keys(one)).toEqual(['x', '_id']);
    // int32 length, then type 7 and the key `_id`.
    expect(lastInsert().subarray(4, 9).toString('latin1')).toBe('\x07_id\0');
    expect(lastInsert().subarray(9, 21).toString('hex')).toBe(insertedId.toHexString());
    await collection.insertMany([two]);
    expect(keysInOrder(lastInsert())).toEqual(['_id', 'x']);
    await collection.bulkWrite([{ insertOne: { document: three } }]);
    expect(keysInOrder(lastInsert())).toEqual(['_id', 'x']);
    for (const document of documents) expect(document['_id']).toBeInstanceOf(ObjectId);
    const map = new Map<string, unknown>([['x', 1]]);
    const son = new SON<unknown>([['x', 1]]);
    await collection.insertMany([map, son]);
    for (const document of [map, son]) expect(document.get('_id')).toBeInstanceOf(ObjectId);
    for (const bytes of documentsSent(server.received('insert').at(-1) as ScriptedRequest)) {
      expect(keysInOrder(bytes)).toEqual(['_id', 'x']);
    }
    expect(keysInOrder((await sent({ x: 1, _id: 5 })) as Buffer)).toEqual(['_id', 'x']);

    async function sent(document: Document): Promise<Buffer> {
      await collection.insertOne(document);
      return lastInsert();
    }
  });

  it('[DATA-4] a generator of one and the same object makes duplicates', async () => {
    const { server, collection } = await echo();
    const ids = new Set<string>();
    server.on('insert', ({ sequences }) => {
      const documents = sequences['documents'] ?? [];
      const at = documents.findIndex(({ _id }) => {
        const known = ids.has(String(_id));
        ids.add(String(_id));
        return known;
      });
      return at < 0
        ? { n: documents.length }
        : { n: at, writeErrors: [{ index: at, code: 11_000, errmsg: 'E11000 duplicate key' }] };
    });
    const distinct = function* (): Generator<Document> {
      for (let x = 0; x < 10; x++) yield { x };
    };
    expect((await collection.insertMany(distinct())).insertedCount).toBe(10);
    const document: Document = {};
    const same = function* (): Generator<Document> {
      for (let x = 0; x < 10; x++) yield document;
    };
    const error = await rejectionOf(collection.insertMany(same()));
    expect(error).toBeInstanceOf(BulkWriteError);
    expect(error).toMatchObject({ code: 11_000 });
    expect((error as BulkWriteError).writeErrors[0]?.index).toBe(1);
  });

  it('[DATA-5] an _id of any type stays; undefined is none, null is one', async () => {
    const { collection, lastInsert } = await echo();
    const typeAndKey = (): string => lastInsert().subarray(4, 9).toString('latin1');
    await collection.insertOne({ _id: 5 });
    expect(lastInsert()).toEqual(bytesOf({ _id: 5 }));
    const document: Document = { _id: undefined };
    const { insertedId } = await collection.insertOne(document);
    expect(typeAndKey()).toBe('\x07_id\0');
    expect(document['_id']).toBe(insertedId);
    await collection.insertOne({ _id: null });
    expect(lastInsert()).toEqual(bytesOf({ _id: null }));
    await collection.insertOne({ _id: 'text' });
    expect(lastInsert()).toEqual(bytesOf({ _id: 'text' }));
  });

  it('[DATA-7] a frozen document is inserted without being touched', async () => {
    const { collection, lastInsert } = await echo();
    for (const document of [
      Object.freeze({ x: 1 }),
      Object.preventExtensions({ x: 1 }),
      Object.seal({ x: 1 }),
    ]) {
      const { insertedId } = await collection.insertOne(document);
      expect(insertedId).toBeInstanceOf(ObjectId);
      expect(document).toEqual({ x: 1 });
      expect(keysInOrder(lastInsert())).toEqual(['_id', 'x']);
      expect(lastInsert().subarray(9, 21).toString('hex')).toBe(String(insertedId));
    }
  });
});

describe('values on the wire and back', () => {
  const roundTrip = async (value: unknown, options: AsyncMongoClientOptions = {}) => {
    const { collection, lastInsert } = await echo(options);
    await collection.insertOne({ _id: 1, v: value });
    return { bytes: lastInsert(), value: ((await collection.findOne()) as Document)['v'] as unknown };
  };
  const withValue = (type: number, value: Uint8Array): Buffer =>
    rawDocument([0x10, '_id', Buffer.from([1, 0, 0, 0])], [type, 'v', value]);

  it('[DATA-8] the order of keys is kept both ways', async () => {
    const [one, two] = [await roundTrip({ b: 1, a: 1 }), await roundTrip({ a: 1, b: 1 })];
    expect(one.bytes).not.toEqual(two.bytes);
    expect(Object.keys(one.value as object)).toEqual(['b', 'a']);
    expect(Object.keys(two.value as object)).toEqual(['a', 'b']);
  });

  it.each(['9.99', 'NaN', 'Infinity', '-Infinity', '0E-6176', '-0', '1234567890123456789012345678901234'])(
    '[DATA-11] Decimal128 %s',
    async (text) => {
      const decimal = Decimal128.fromString(text);
      const { bytes, value } = await roundTrip(decimal);
      expect(bytes).toEqual(withValue(0x13, decimal.bytes));
      expect(String(value)).toBe(String(decimal));
      expect((value as Decimal128).bytes).toEqual(decimal.bytes);
    },
  );

  class BigDecimalLike {
    readonly digits: string;
    constructor(text: string) {
      this.digits = text;
    }
  }

  it('[DATA-12] decimals of other libraries are refused, or converted by a codec', async () => {
    const { server, collection } = await echo();
    expect(await rejectionOf(collection.insertOne({ p: new BigDecimalLike('9.99') }))).toBeInstanceOf(
      InvalidDocument,
    );
    expect(server.received('insert')).toHaveLength(0);
    const typeRegistry = new TypeRegistry([
      {
        jsType: BigDecimalLike,
        transformJs: (value: BigDecimalLike) => Decimal128.fromString(value.digits),
        bsonType: Decimal128,
        transformBson: (value: Decimal128) => new BigDecimalLike(String(value)),
      },
    ] as any);
    const { bytes, value } = await roundTrip(new BigDecimalLike('9.99'), { typeRegistry });
    expect(bytes).toEqual(withValue(0x13, Decimal128.fromString('9.99').bytes));
    expect(value).toEqual(new BigDecimalLike('9.99'));
  });

  it.each([9.99, 0.1, -0, 5e-324, 1.7976931348623157e308, 2 ** 31, 2 ** 53 + 2])(
    '[DATA-13] the number %p',
    async (number) => {
      const { bytes, value } = await roundTrip(number);
      expect(bytes).toEqual(withValue(1, raw.double(number)));
      expect(Object.is(value, number)).toBe(true);
    },
  );

  it.each([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])('[DATA-13] the integer %p', async (number) => {
    const { bytes, value } = await roundTrip(number);
    const expected = Buffer.alloc(4);
    expected.writeInt32LE(number);
    expect(bytes).toEqual(withValue(0x10, expected));
    expect(value).toBe(number);
  });

  class PlainDateLike {
    readonly year = 2024;
    toString(): string {
      return '2024-02-29';
    }
  }

  it('[DATA-14] a date without time is refused, or converted by a codec', async () => {
    const { collection } = await echo();
    expect(await rejectionOf(collection.insertOne({ d: new PlainDateLike() }))).toBeInstanceOf(
      InvalidDocument,
    );
    const typeRegistry = new TypeRegistry([
      { jsType: PlainDateLike, transformJs: (value: PlainDateLike) => String(value) },
    ] as any);
    expect((await roundTrip(new PlainDateLike(), { typeRegistry })).value).toBe('2024-02-29');
  });

  it('[DATA-15] a date is an instant, in any time zone of the process', async () => {
    const date = new Date('2024-01-01T00:00:00+09:00');
    const { bytes, value } = await roundTrip(date);
    expect(bytes).toEqual(withValue(9, raw.int64(1_704_034_800_000n)));
    expect(value).toEqual(date);
    const aware = await roundTrip(date, { tzAware: true });
    expect(aware.value).toBeInstanceOf(ZonedDateTime);
    expect((aware.value as ZonedDateTime).toDate()).toEqual(date);
    const script = path.join(import.meta.dirname, 'fixtures', 'date-round-trip.ts');
    const runs = await Promise.all(
      ['UTC', 'Asia/Tokyo', 'America/Lima'].map(async (TZ) => {
        const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
          env: { ...process.env, TZ },
        });
        return JSON.parse(stdout) as { hex: string; iso: string; offset: number };
      }),
    );
    expect(runs.map(({ offset }) => offset)).toEqual([0, -540, 300]);
    for (const { hex, iso } of runs) {
      expect(hex).toBe(rawDocument([9, 'at', raw.int64(1_704_034_800_000n)]).toString('hex'));
      expect(iso).toBe('2023-12-31T15:00:00.000Z');
    }
  }, 30_000);

  it('[DATA-16] an invalid date is refused', async () => {
    const { server, collection } = await echo();
    expect(await rejectionOf(collection.insertOne({ d: new Date(NaN) }))).toBeInstanceOf(InvalidDocument);
    expect(server.received('insert')).toHaveLength(0);
  });

  it('ids are equal by value, survive assertion libraries, and cost little', async () => {
    const { collection } = await echo();
    const _id = new ObjectId();
    await collection.insertOne({ _id });
    const found = (await collection.findOne()) as { _id: ObjectId };
    expect(found._id).not.toBe(_id);
    expect(found._id.equals(_id)).toBe(true);
    expect(found._id).toEqual(_id);
    expect(new Map([[_id.toHexString(), 1]]).get(found._id.toHexString())).toBe(1);
  });
});

describe('on a deployment', () => {
  let deployment: SpawnedDeployment;
  beforeAll(async () => {
    deployment = await spawnDeployment({ topology: 'standalone' });
  }, 60_000);
  afterAll(() => deployment.stop());

  it('[DATA-9] an embedded document matches exactly in its stored order, dotted fields match in any', async () => {
    const collection = clientOf(deployment.uri).db('requirements').collection('ordered');
    await collection.insertOne({
      _id: 1,
      subdocument: new SON<unknown>([
        ['b', 1],
        ['a', 1],
      ]),
    });
    await collection.insertOne({ _id: 2, subdocument: { b: 1, a: 1, more: true } });
    const ids = async (filter: Document): Promise<unknown[]> =>
      (await collection.find(filter, { sort: { _id: 1 } }).toArray()).map(({ _id }) => _id as unknown);
    expect(
      await ids({
        subdocument: new SON([
          ['b', 1],
          ['a', 1],
        ]),
      }),
    ).toEqual([1]);
    expect(
      await ids({
        subdocument: new SON([
          ['a', 1],
          ['b', 1],
        ]),
      }),
    ).toEqual([]);
    expect(await ids({ 'subdocument.a': 1, 'subdocument.b': 1 })).toEqual([1, 2]);
  });

  it('[DATA-3] the same object twice is a duplicate key at index 1', async () => {
    const collection = clientOf(deployment.uri).db('requirements').collection('twice');
    const document: Document = {};
    const error = (await rejectionOf(collection.insertMany([document, document]))) as BulkWriteError;
    expect(error).toBeInstanceOf(BulkWriteError);
    expect(error).toMatchObject({ code: 11_000 });
    expect(error.writeErrors[0]?.index).toBe(1);
    expect(document['_id']).toBeInstanceOf(ObjectId);
  });

  it('[DATA-19] text is no ObjectId: it finds nothing, and malformed text throws', async () => {
    const collection = clientOf(deployment.uri).db('requirements').collection('ids');
    const { insertedId } = await collection.insertOne({ x: 1 });
    const text = String(insertedId);
    expect(ObjectId.isValid(text)).toBe(true);
    expect(await collection.findOne({ _id: text as any })).toBeNull();
    expect(await collection.findOne({ _id: new ObjectId(text) })).toEqual({ _id: insertedId, x: 1 });
    expect(ObjectId.isValid('zz')).toBe(false);
    expect(() => new ObjectId('zz')).toThrow();
  });

  it('[CUR-1] iterates over several batches in order', async () => {
    const collection = clientOf(deployment.uri).db('requirements').collection('many');
    await collection.insertMany(Array.from({ length: 250 }, (_, _id) => ({ _id })));
    const read: unknown[] = [];
    for await (const { _id } of collection.find({}, { batchSize: 100, sort: { _id: 1 } })) read.push(_id);
    expect(read).toEqual(Array.from({ length: 250 }, (_, _id) => _id));
  });
});

describe('cursor replies', () => {
  it('[CUR-3] noCursorTimeout is sent as it is; a number is a mistake', async () => {
    const { server, client } = await serverAndClient({ script: { find: cursorReply('d.c', []) } });
    const collection = client.db('d').collection('c');
    await collection.find({}, { noCursorTimeout: true }).toArray();
    expect(server.received('find')[0]?.command['noCursorTimeout']).toBe(true);
    expect(
      await rejectionOf((async () => collection.find({}, { noCursorTimeout: 5 as any }).toArray())()),
    ).toBeInstanceOf(TypeError);
  });
});
