import { describe, expect, it } from '@jest/globals';
import { Double, Long, type Document } from 'bson';
import { PLAIN_EVALUATION, type Evaluation } from '../../../lib/testing/query/evaluation.js';
import { compilePipeline } from '../../../lib/testing/query/pipeline/pipeline.js';
import type { Value } from '../../../lib/testing/query/value.js';
import { canonical, doc, failure, relaxed, value } from '../support/documents.js';

const OTHERS: Readonly<Record<string, readonly Document[]>> = {
  items: [
    { _id: 1, k: 1, name: 'one' },
    { _id: 2, k: [1, 2], name: 'both' },
    { _id: 3, name: 'none' },
  ],
  staff: [
    { _id: 'a', boss: null },
    { _id: 'b', boss: 'a' },
    { _id: 'c', boss: 'b' },
  ],
};

const evaluation: Evaluation = {
  ...PLAIN_EVALUATION,
  source: { read: (name) => (OTHERS[name] ?? []).map(doc) },
};

const run = (pipeline: readonly Document[], documents: readonly Document[]): readonly Value[] => [
  ...compilePipeline(
    pipeline.map((stage) => value(stage)),
    evaluation,
  )(documents.map(doc)),
];

type Row = readonly [
  pipeline: readonly Document[],
  documents: readonly Document[],
  expected: readonly Document[],
];

const NUMBERS = [1, 2, 3, 4].map((n) => ({ _id: n, n, even: n % 2 === 0 }));

const ROWS: readonly Row[] = [
  [[{ $match: { n: { $gt: 2 } } }, { $project: { n: 1, _id: 0 } }], NUMBERS, [{ n: 3 }, { n: 4 }]],
  [[{ $sort: { n: -1 } }, { $skip: 1 }, { $limit: 1 }], NUMBERS, [{ _id: 3, n: 3, even: false }]],
  [
    [{ $group: { _id: '$even', sum: { $sum: '$n' }, all: { $push: '$n' }, first: { $first: '$n' } } }],
    NUMBERS,
    [
      { _id: false, sum: 4, all: [1, 3], first: 1 },
      { _id: true, sum: 6, all: [2, 4], first: 2 },
    ],
  ],
  [
    [
      {
        $group: {
          _id: null,
          top: { $topN: { n: 2, sortBy: { n: -1 }, output: '$n' } },
          avg: { $avg: '$n' },
          c: { $count: {} },
        },
      },
    ],
    NUMBERS,
    [{ _id: null, top: [4, 3], avg: 2.5, c: 4 }],
  ],
  [
    [{ $group: { _id: '$x' } }],
    [{ x: 1 }, { x: new Double(1) }, { x: Long.ONE }, {}, { x: null }],
    [{ _id: 1 }, { _id: null }],
  ],
  [[{ $count: 'n' }], NUMBERS, [{ n: 4 }]],
  [[{ $match: { n: 9 } }, { $count: 'n' }], NUMBERS, []],
  [
    [{ $sortByCount: '$even' }],
    [...NUMBERS, { even: true }],
    [
      { _id: true, count: 3 },
      { _id: false, count: 2 },
    ],
  ],
  [
    [{ $bucket: { groupBy: '$n', boundaries: [0, 2, 4], default: 'more' } }],
    NUMBERS,
    [
      { _id: 0, count: 1 },
      { _id: 2, count: 2 },
      { _id: 'more', count: 1 },
    ],
  ],
  [
    [{ $bucketAuto: { groupBy: '$n', buckets: 2 } }],
    NUMBERS,
    [
      { _id: { min: 1, max: 3 }, count: 2 },
      { _id: { min: 3, max: 4 }, count: 2 },
    ],
  ],
  [
    [{ $unwind: '$a' }],
    [{ _id: 1, a: [1, 2] }, { _id: 2, a: [] }, { _id: 3, a: 5 }, { _id: 4 }],
    [
      { _id: 1, a: 1 },
      { _id: 1, a: 2 },
      { _id: 3, a: 5 },
    ],
  ],
  [
    [{ $unwind: { path: '$a', includeArrayIndex: 'i', preserveNullAndEmptyArrays: true } }],
    [{ a: ['x'] }, { a: [] }, {}],
    [{ a: 'x', i: 0 }, { i: null }, { i: null }],
  ],
  [
    [{ $addFields: { 'a.b': '$n', c: { d: 1 } } }],
    [{ n: 1, a: { x: 1 } }],
    [{ n: 1, a: { x: 1, b: 1 }, c: { d: 1 } }],
  ],
  [[{ $set: { 'a.b': 1 } }], [{ a: [{ x: 1 }, 5] }], [{ a: [{ x: 1, b: 1 }, { b: 1 }] }]],
  [[{ $unset: ['a.b', 'c'] }], [{ a: { b: 1, x: 1 }, c: 1 }], [{ a: { x: 1 } }]],
  [[{ $replaceRoot: { newRoot: '$a' } }], [{ a: { x: 1 } }], [{ x: 1 }]],
  [[{ $replaceWith: { $mergeObjects: [{ x: 0, y: 0 }, '$a'] } }], [{ a: { x: 1 } }], [{ x: 1, y: 0 }]],
  [
    [
      {
        $facet: {
          small: [{ $match: { n: { $lt: 2 } } }, { $project: { n: 1, _id: 0 } }],
          count: [{ $count: 'n' }],
        },
      },
    ],
    NUMBERS,
    [{ small: [{ n: 1 }], count: [{ n: 4 }] }],
  ],
  [
    [{ $redact: { $cond: [{ $eq: ['$secret', true] }, '$$PRUNE', '$$DESCEND'] } }],
    [{ a: { secret: true }, b: [{ secret: true }, { x: 1 }] }],
    [{ b: [{ x: 1 }] }],
  ],
  [
    [
      { $lookup: { from: 'items', localField: 'k', foreignField: 'k', as: 'found' } },
      { $project: { names: '$found.name', _id: 0 } },
    ],
    [{ k: 1 }, { k: 2 }, {}],
    [{ names: ['one', 'both'] }, { names: ['both'] }, { names: ['none'] }],
  ],
  [
    [
      {
        $lookup: {
          from: 'items',
          let: { k: '$k' },
          pipeline: [{ $match: { $expr: { $eq: ['$k', '$$k'] } } }, { $project: { name: 1, _id: 0 } }],
          as: 'found',
        },
      },
    ],
    [{ k: 1 }],
    [{ k: 1, found: [{ name: 'one' }] }],
  ],
  [
    [
      {
        $graphLookup: {
          from: 'staff',
          startWith: '$boss',
          connectFromField: 'boss',
          connectToField: '_id',
          as: 'chain',
          depthField: 'd',
        },
      },
      { $project: { chain: { $sortArray: { input: '$chain', sortBy: { d: 1 } } } } },
      { $project: { ids: '$chain._id' } },
    ],
    [{ _id: 'c', boss: 'b' }],
    [{ _id: 'c', ids: ['b', 'a'] }],
  ],
  [
    [{ $unionWith: { coll: 'items', pipeline: [{ $match: { _id: 3 } }] } }],
    [{ _id: 0 }],
    [{ _id: 0 }, { _id: 3, name: 'none' }],
  ],
  [[{ $documents: [{ a: 1 }, { a: { $add: [1, 1] } }] }], [], [{ a: 1 }, { a: 2 }]],
  [
    [
      {
        $setWindowFields: {
          sortBy: { n: 1 },
          output: { total: { $sum: '$n', window: { documents: ['unbounded', 'current'] } } },
        },
      },
      { $project: { total: 1, _id: 0 } },
    ],
    NUMBERS,
    [{ total: 1 }, { total: 3 }, { total: 6 }, { total: 10 }],
  ],
  [
    [{ $densify: { field: 'n', range: { step: 1, bounds: 'full' } } }, { $project: { n: 1, _id: 0 } }],
    [{ n: 1 }, { n: 3 }],
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  ],
  [[{ $fill: { output: { a: { value: 0 } } } }], [{ a: 1 }, {}], [{ a: 1 }, { a: 0 }]],
];

describe('pipelines', () => {
  it.each(ROWS.map((row) => [row] as const))('%j', ([pipeline, documents, expected]) => {
    expect(run(pipeline, documents).map(relaxed)).toEqual(expected);
  });

  it('sum integers exactly and keep their type', () => {
    const [sums] = run(
      [{ $group: { _id: null, int: { $sum: 1 }, long: { $sum: '$l' }, double: { $sum: '$d' } } }],
      [
        { l: Long.fromString('9007199254740993'), d: 0.1 },
        { l: 1, d: 0.2 },
        { l: 1, d: 0.3 },
      ],
    );
    expect(canonical(sums)).toEqual({
      _id: null,
      int: { $numberInt: '3' },
      long: { $numberLong: '9007199254740995' },
      double: { $numberDouble: '0.6' },
    });
  });

  it('leaves fields that a delegated stage does not touch as they were', () => {
    const [first] = run(
      [{ $setWindowFields: { sortBy: { n: 1 }, output: { r: { $rank: {} } } } }],
      [{ n: 1, big: Long.fromString('9007199254740993'), x: new Double(1) }],
    );
    expect(canonical(first)).toMatchObject({
      big: { $numberLong: '9007199254740993' },
      x: { $numberDouble: '1.0' },
      r: { $numberInt: '1' },
    });
  });

  it('takes as many documents as are asked for', () => {
    let taken = 0;
    const source = function* () {
      for (;;) {
        taken += 1;
        yield doc({ n: taken });
      }
    };
    const stage = compilePipeline([value({ $match: { n: { $gt: 2 } } }), value({ $limit: 2 })], evaluation);
    expect([...stage(source())].map(relaxed)).toEqual([{ n: 3 }, { n: 4 }]);
    expect(taken).toBe(4);
  });

  it.each<[readonly Document[], string]>([
    [[{ $nope: 1 }], "40324: Unrecognized pipeline stage name: '$nope'"],
    [
      [{ $match: {}, $limit: 1 }],
      '40323: A pipeline stage specification object must contain exactly one field.',
    ],
    [[{ $limit: 0 }], '15958: the limit must be positive'],
    [[{ $group: {} }], '15955: a group specification must include an _id'],
    [[{ $group: { _id: 1, x: 1 } }], "40234: The field 'x' must be an accumulator object"],
    [[{ $group: { _id: 1, x: { $nope: 1 } } }], "15952: unknown group operator '$nope'"],
    [[{ $out: 'x' }, { $match: {} }], '40601: $out can only be the final stage in the pipeline'],
    [
      [{ $match: {} }, { $changeStream: {} }],
      '40602: $changeStream is only valid as the first stage in a pipeline',
    ],
    [[{ $search: {} }], '31082: '],
    [[{ $geoNear: {} }], '5107200: '],
    [[{ $unwind: 'a' }], "28818: path option to $unwind stage should be prefixed with a '$'"],
    [[{ $project: {} }], '51272: Invalid $project'],
    [[{ $lookup: { as: 'x', from: 'y' } }], '9: $lookup requires either'],
    [[{ $facet: {} }], '40169: '],
  ])('%j is refused', (pipeline, message) => {
    expect(failure(() => run(pipeline, []))).toContain(message);
  });
});
