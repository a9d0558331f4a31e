import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../lib/bson/document.js';
import { aggregate, checkPipeline } from '../../lib/operations/aggregate.js';
import { count, countDocuments } from '../../lib/operations/count.js';
import { createIndexes } from '../../lib/operations/create-indexes.js';
import { deleteDocuments } from '../../lib/operations/delete.js';
import { distinct } from '../../lib/operations/distinct.js';
import { findAndModify } from '../../lib/operations/find-and-modify.js';
import { checkFind, find, findOne } from '../../lib/operations/find.js';
import { getMore } from '../../lib/operations/get-more.js';
import { indexKeys, indexName } from '../../lib/operations/index-keys.js';
import type { BuildTarget, Operation } from '../../lib/operations/operation.js';
import { runCommand } from '../../lib/operations/run-command.js';
import { sortDocument } from '../../lib/operations/sort.js';

const ns = { database: 'd', collection: 'c' };

const server = (maxWireVersion = 25, unacknowledged = false): BuildTarget => ({
  limits: {
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    maxWireVersion,
  },
  unacknowledged,
});

const body = (operation: Operation<unknown>, target = server()): Document => operation.build(target).body;

describe('find', () => {
  it('sends what was set and nothing else', () => {
    expect(body(find(ns, { x: 1 }, {}))).toEqual({ find: 'c', filter: { x: 1 } });
    const options = { batchSize: undefined, comment: undefined, let: undefined, sort: undefined };
    expect(Object.keys(body(find(ns, {}, options)))).toEqual(['find', 'filter']);
  });

  it('turns a negative limit into a single batch', () => {
    expect(body(find(ns, {}, { limit: -5 }))).toMatchObject({ limit: 5, singleBatch: true });
    expect(body(find(ns, {}, { limit: 0 }))).not.toHaveProperty('limit');
    expect(body(findOne(ns, {}, { skip: 2 }))).toMatchObject({ limit: 1, singleBatch: true, skip: 2 });
  });

  it('asks for one more than the limit, so that no empty cursor stays open', () => {
    expect(body(find(ns, {}, { limit: 4, batchSize: 4 }))).toMatchObject({ limit: 4, batchSize: 5 });
    expect(body(find(ns, {}, { limit: 4, batchSize: 3 }))).toMatchObject({ limit: 4, batchSize: 3 });
  });

  it('[CUR-3] takes noCursorTimeout as a boolean only', () => {
    expect(body(find(ns, {}, { noCursorTimeout: true }))).toMatchObject({ noCursorTimeout: true });
    expect(() => {
      checkFind({}, { noCursorTimeout: 1000 as never });
    }).toThrow(TypeError);
  });

  it('[DATA-18] passes a projection on as it is, booleans too', () => {
    expect(body(find(ns, {}, { projection: { dt: false } }))).toMatchObject({ projection: { dt: false } });
  });

  it('refuses an undefined in the filter and names its path', () => {
    expect(() => {
      checkFind({ a: { b: [{ c: undefined }] } }, {});
    }).toThrow(/filter\.a\.b\.0\.c/);
  });
});

describe('getMore', () => {
  it('carries the comment to servers 4.4 and later only', () => {
    expect(body(getMore(7n, ns, { comment: 'why' }), server(9))).toEqual({
      getMore: 7n,
      collection: 'c',
      comment: 'why',
    });
    expect(body(getMore(7n, ns, { comment: 'why' }), server(8))).toEqual({ getMore: 7n, collection: 'c' });
  });

  it('sends maxAwaitTimeMS as maxTimeMS and leaves a batch size of 0 out', () => {
    expect(body(getMore(7n, ns, { maxAwaitTimeMS: 50, batchSize: 0 }))).toEqual({
      getMore: 7n,
      collection: 'c',
      maxTimeMS: 50,
    });
  });
});

describe('aggregate', () => {
  it('leaves the batch size out where the pipeline writes, and lets secondaries of 5.0 run it', () => {
    const writing = aggregate(ns, [{ $match: {} }, { $merge: 'other' }], { batchSize: 2 });
    expect(body(writing)).toMatchObject({ cursor: {} });
    expect(writing).toMatchObject({
      retry: 'none',
      takesWriteConcern: true,
      readPreferenceFromWireVersion: 13,
    });
    const reading = aggregate(ns, [{ $match: {} }], { batchSize: 2 });
    expect(body(reading)).toMatchObject({ aggregate: 'c', cursor: { batchSize: 2 } });
    expect(reading).toMatchObject({ retry: 'read', takesWriteConcern: false });
    expect(body(aggregate({ database: 'd' }, [], {}))).toMatchObject({ aggregate: 1 });
  });

  it('refuses what is no pipeline, and undefined within it', () => {
    expect(() => {
      checkPipeline({ $match: {} });
    }).toThrow(/array/);
    expect(() => {
      checkPipeline([{ $match: { owner: undefined } }]);
    }).toThrow(/pipeline\.0\.\$match\.owner/);
  });
});

describe('gates by server version', () => {
  const hinted = deleteDocuments(
    ns,
    { statements: [], start: 0, ordered: true, multi: false, hinted: true, inputIndex: (i) => i },
    {},
  );
  const modified = findAndModify(ns, {}, { remove: true }, { hint: '_id_' });

  it.each([
    ['delete', hinted],
    ['findAndModify', modified],
  ])('refuses an unacknowledged %s with a hint before 4.4', (_name, operation) => {
    expect(() => operation.check?.(server(8, true))).toThrow(/hint/);
    expect(() => operation.check?.(server(8, false))).not.toThrow();
    expect(() => operation.check?.(server(9, true))).not.toThrow();
  });

  it('refuses commitQuorum before 4.4', () => {
    const operation = createIndexes(ns, [{ key: { x: 1 } }], { commitQuorum: 'majority' });
    expect(() => operation.check?.(server(8))).toThrow(/commitQuorum/);
    expect(() => operation.check?.(server(9))).not.toThrow();
  });

  it('sends rawData to servers 8.2 and later only', () => {
    for (const operation of [
      find(ns, {}, { rawData: true }),
      aggregate(ns, [], { rawData: true }),
      count(ns, {}, { rawData: true }),
      distinct(ns, 'x', {}, { rawData: true }),
      modified,
    ] as Operation<unknown>[]) {
      expect(body(operation, server(26))).not.toHaveProperty('rawData');
    }
    expect(body(find(ns, {}, { rawData: true }), server(27))).toMatchObject({ rawData: true });
  });
});

describe('other commands', () => {
  it('counts documents by an aggregation', () => {
    expect(body(countDocuments(ns, { x: 1 }, { skip: 1, limit: 2 }))).toMatchObject({
      pipeline: [{ $match: { x: 1 } }, { $skip: 1 }, { $limit: 2 }, { $group: { _id: 1, n: { $sum: 1 } } }],
    });
  });

  it('maps returnDocument and projection of findAndModify', () => {
    const operation = findAndModify(
      ns,
      {},
      { update: { $set: { x: 1 } } },
      { returnDocument: 'after', projection: { x: 1 } },
    );
    expect(body(operation)).toMatchObject({ new: true, fields: { x: 1 } });
    expect(() => findAndModify(ns, {}, { remove: true }, { returnDocument: 'later' as never })).toThrow(
      TypeError,
    );
  });

  it('takes a command by its name, and refuses one without', () => {
    expect(body(runCommand('d', 'ping'))).toEqual({ ping: 1 });
    expect(body(runCommand('d', new Map([['ping', 1]])))).toEqual({ ping: 1 });
    expect(() => runCommand('d', {})).toThrow(TypeError);
    expect(() => runCommand('d', 5 as never)).toThrow(TypeError);
  });
});

describe('index keys and sorts', () => {
  it('names an index by its keys in their order', () => {
    expect(indexName(indexKeys({ name: 1, dob: -1 }))).toBe('name_1_dob_-1');
    expect(indexName(indexKeys('name'))).toBe('name_1');
    expect(indexName(indexKeys(['a', 'b']))).toBe('a_1_b_1');
    expect(
      indexName(
        indexKeys([
          ['a', -1],
          ['b', 'text'],
        ]),
      ),
    ).toBe('a_-1_b_text');
    expect(indexName(indexKeys(['a', -1]))).toBe('a_-1');
    expect(
      indexName(
        indexKeys(
          new Map([
            ['2', 1],
            ['1', -1],
          ]),
        ),
      ),
    ).toBe('2_1_1_-1');
    expect(() => indexKeys({})).toThrow(TypeError);
  });

  it('reads every form of a sort', () => {
    const order = new Map([['x', -1]]);
    for (const sort of [{ x: -1 }, { x: 'desc' }, ['x', -1], [['x', 'descending']], order] as const) {
      expect(sortDocument(sort)).toEqual(order);
    }
    expect(sortDocument('x')).toEqual(new Map([['x', 1]]));
    expect(sortDocument({ score: { $meta: 'textScore' } })).toEqual(
      new Map([['score', { $meta: 'textScore' }]]),
    );
    expect(() => sortDocument({ x: 'up' })).toThrow(/asc/);
    expect(() => sortDocument(5 as never)).toThrow(TypeError);
  });
});
