import { beforeEach, describe, expect, it } from '@jest/globals';
import { serialize, Timestamp, type Document } from 'bson';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import { PLAIN_EVALUATION } from '../../../lib/testing/query/evaluation.js';
import type { LogWrite } from '../../../lib/testing/replication/replication-log.js';
import { compileUpdate } from '../../../lib/testing/query/update/update.js';
import type { Collection } from '../../../lib/testing/store/collection.js';
import { deleteDocuments } from '../../../lib/testing/store/delete-documents.js';
import { findRecords } from '../../../lib/testing/store/find-records.js';
import { indexKeys } from '../../../lib/testing/store/index-keys.js';
import { Store } from '../../../lib/testing/store/store.js';
import { updateDocuments } from '../../../lib/testing/store/update-documents.js';
import { insertDocument, type WriteContext } from '../../../lib/testing/store/write-context.js';
import { parseVersion } from '../../../lib/testing/versions.js';
import { doc, failure, relaxed } from '../support/documents.js';

let log: LogWrite[];
let store: Store;
let write: WriteContext;
const check = (): void => undefined;

beforeEach(() => {
  log = [];
  store = new Store({
    runtime: nodeRuntime,
    log: { append: (entry) => log.push(entry) },
    version: parseVersion('8.2'),
  });
  write = { store, bypassValidation: false, timestamp: () => new Timestamp({ t: 1, i: 1 }), check };
});

const insert = (collection: Collection, ...documents: Document[]): void => {
  for (const document of documents) insertDocument(collection, serialize(document), write);
};

const update = (collection: Collection, filter: Document, change: Document, multi = false): void => {
  const compiled = compileUpdate(doc(change), {
    evaluation: PLAIN_EVALUATION,
    arrayFilters: undefined,
    constants: undefined,
    dollarFields: true,
    timestamp: () => null,
  });
  const statement = {
    filter: doc(filter),
    update: compiled,
    multi,
    upsert: false,
    evaluation: PLAIN_EVALUATION,
  };
  updateDocuments(collection, { ...statement, hint: undefined, sort: undefined }, write);
};

const ids = (collection: Collection, filter: Document): unknown[] =>
  [...findRecords({ collection, filter: doc(filter), evaluation: PLAIN_EVALUATION, check })].map(({ raw }) =>
    raw.doc.get('_id'),
  );

const shown = ({ op, ns, o, o2, before, after }: LogWrite): unknown => ({
  op,
  ns,
  o: relaxed(o instanceof Map ? o : o.doc),
  ...(o2 && { o2: relaxed(o2) }),
  ...(before && { before: relaxed(before.doc) }),
  ...(after && { after: relaxed(after.doc) }),
});

describe('the store', () => {
  it('writes every change to the log, commands included', () => {
    const collection = store.collectionForWrite('db', 'c');
    insert(collection, { _id: 1, a: 1 });
    update(collection, { _id: 1 }, { $set: { a: 1 } });
    update(collection, { _id: 1 }, { $set: { a: 2 } });
    update(collection, { _id: 1 }, { b: 3 });
    deleteDocuments(
      collection,
      { filter: new Map(), single: false, evaluation: PLAIN_EVALUATION, hint: undefined },
      write,
    );
    store.rename(collection, 'db', 'd');
    store.dropDatabase('db');
    expect(log.map(shown)).toEqual([
      { op: 'c', ns: 'db.$cmd', o: { create: 'c' } },
      { op: 'i', ns: 'db.c', o: { _id: 1, a: 1 } },
      { op: 'u', ns: 'db.c', o: {}, o2: { _id: 1 }, before: { _id: 1, a: 1 }, after: { _id: 1, a: 2 } },
      {
        op: 'u',
        ns: 'db.c',
        o: { _id: 1, b: 3 },
        o2: { _id: 1 },
        before: { _id: 1, a: 2 },
        after: { _id: 1, b: 3 },
      },
      { op: 'd', ns: 'db.c', o: { _id: 1 }, before: { _id: 1, b: 3 } },
      { op: 'c', ns: 'db.$cmd', o: { renameCollection: 'db.c', to: 'db.d' } },
      { op: 'c', ns: 'db.$cmd', o: { drop: 'd' } },
      { op: 'c', ns: 'db.$cmd', o: { dropDatabase: 1 } },
    ]);
    expect(log.filter(({ op }) => op !== 'c').every(({ ui }) => ui === collection.uuid)).toBe(true);
  });

  it('keeps a copy of what it was given', () => {
    const collection = store.collectionForWrite('db', 'c');
    const bytes = serialize({ _id: 1, text: 'kept' });
    insertDocument(collection, bytes, write);
    bytes.fill(0xff);
    expect(relaxed([...collection.records.values()][0]?.doc)).toEqual({ _id: 1, text: 'kept' });
  });

  it('finds by index what a scan finds, after updates and deletes too', () => {
    const indexed = store.collectionForWrite('db', 'indexed');
    const plain = store.collectionForWrite('db', 'plain');
    for (const collection of [indexed, plain]) {
      insert(collection, ...Array.from({ length: 60 }, (_, i) => ({ _id: i, a: i % 7, l: [i % 3, i % 5] })));
    }
    for (const key of ['a', 'l']) {
      indexed.createIndex({
        name: key,
        key: doc({ [key]: 1 }),
        unique: false,
        sparse: false,
        partialFilter: undefined,
        collation: undefined,
        document: new Map(),
      });
    }
    for (const collection of [indexed, plain]) {
      update(collection, { a: 3 }, { $set: { a: 4 } }, true);
      update(collection, { l: 4 }, { $pop: { l: 1 } }, true);
      const statement = {
        filter: doc({ a: 5 }),
        single: false,
        evaluation: PLAIN_EVALUATION,
        hint: undefined,
      };
      deleteDocuments(collection, statement, write);
    }
    for (const filter of [
      { a: 4 },
      { a: 3 },
      { a: { $in: [1, 5, 6] } },
      { l: 2 },
      { l: 4 },
      { a: 4, l: 1 },
    ]) {
      expect(new Set(ids(indexed, filter))).toEqual(new Set(ids(plain, filter)));
    }
  });

  it('lets the oldest documents of a capped collection go, by count and by size', () => {
    store.create('db', 'c', doc({ create: 'c', capped: true, size: 4096, max: 3 }));
    const collection = store.collectionForWrite('db', 'c');
    insert(collection, ...[1, 2, 3, 4, 5].map((_id) => ({ _id })));
    expect(ids(collection, {})).toEqual([3, 4, 5]);
    insert(collection, { _id: 6, x: 'y'.repeat(4000) }, { _id: 7, x: 'y'.repeat(4000) });
    expect(ids(collection, {})).toEqual([7]);
    expect(collection.recordOf(1)).toBeUndefined();
  });

  it('refuses names of databases that differ in case only', () => {
    store.collectionForWrite('Db', 'c');
    expect(failure(() => store.collectionForWrite('db', 'c'))).toContain(
      '13297: db already exists with different case',
    );
    expect(failure(() => store.collectionForWrite('a/b', 'c'))).toContain('73: Invalid database name');
  });
});

describe('index keys', () => {
  it.each<[Document, string[], unknown[]]>([
    [{ a: 1 }, ['a'], [[1]]],
    [{}, ['a'], [['missing']]],
    [{ a: [1, 2] }, ['a'], [[1], [2]]],
    [{ a: [] }, ['a'], [['missing']]],
    [{ a: [[1, 2]] }, ['a'], [[[1, 2]]]],
    [{ a: [{ b: 1 }, { b: [2, 3] }, 5] }, ['a.b'], [[1], [2], [3], ['missing']]],
    [
      { a: [{ b: 1, c: 2 }, { b: 3 }] },
      ['a.b', 'a.c'],
      [
        [1, 2],
        [3, 'missing'],
      ],
    ],
    [
      { a: [1, 2], b: 5 },
      ['b', 'a'],
      [
        [5, 1],
        [5, 2],
      ],
    ],
    [{ a: [{ b: 1 }, { b: 2 }] }, ['a.1.b'], [[2]]],
  ])('of %j by %j', (document, paths, expected) => {
    const keys = indexKeys(
      doc(document),
      paths,
      paths.map((path) => path.split('.')),
    );
    expect(keys.map((key) => key.map(relaxed))).toEqual(expected);
  });
});
