import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Int32, Long, type Document } from 'bson';
import { PLAIN_EVALUATION } from '../../../lib/testing/query/evaluation.js';
import { compileFilter, type MatchDetails } from '../../../lib/testing/query/matcher.js';
import { compileUpdate } from '../../../lib/testing/query/update/update.js';
import { documentFromFilter } from '../../../lib/testing/query/update/upsert.js';
import { DateTime, type Value } from '../../../lib/testing/query/value.js';
import { canonical, doc, failure, relaxed, value } from '../support/documents.js';

interface Extra {
  readonly filter?: Document;
  readonly arrayFilters?: readonly Document[];
  readonly inserting?: boolean;
  readonly constants?: Document;
  readonly dollarFields?: boolean;
}

const apply = (update: Document | Document[], before: Document, extra: Extra = {}): Value => {
  const compiled = compileUpdate(value(update), {
    evaluation: { ...PLAIN_EVALUATION, now: new DateTime(5n) },
    arrayFilters: extra.arrayFilters?.map((filter) => doc(filter)),
    constants: extra.constants === undefined ? undefined : doc(extra.constants),
    dollarFields: extra.dollarFields ?? true,
    timestamp: () => value(new Date(7)),
  });
  const document = doc(before);
  const details: MatchDetails = { index: undefined };
  if (extra.filter !== undefined) compileFilter(doc(extra.filter), PLAIN_EVALUATION)(document, details);
  return compiled.apply(document, details, extra.inserting ?? false);
};

/** Update, before, after. */
type Row = readonly [update: Document | Document[], before: Document, after: Document, extra?: Extra];

const FIELDS: readonly Row[] = [
  [{ $set: { a: 1 } }, { b: 1 }, { b: 1, a: 1 }],
  [{ $set: { b: 1, a: 1 } }, {}, { a: 1, b: 1 }],
  [{ $set: { 'a.b.c': 1 } }, {}, { a: { b: { c: 1 } } }],
  [{ $set: { 'a.2': 9 } }, { a: [1] }, { a: [1, null, 9] }],
  [{ $set: { 'a.0.b': 9 } }, { a: [{ b: 1, c: 2 }] }, { a: [{ b: 9, c: 2 }] }],
  [{ $set: { 'a.10': 'y', 'a.9': 'x' } }, { a: {} }, { a: { 9: 'x', 10: 'y' } }],
  [
    { $unset: { a: '', 'b.c': '', 'd.0': '', x: '' } },
    { a: 1, b: { c: 1, e: 1 }, d: [1, 2] },
    { b: { e: 1 }, d: [null, 2] },
  ],
  [{ $inc: { a: 2, n: 1 } }, { a: 1 }, { a: 3, n: 1 }],
  [{ $mul: { a: 3, n: 5 } }, { a: 2 }, { a: 6, n: 0 }],
  [{ $min: { a: 1, b: 5, c: 3 } }, { a: 2, b: 4 }, { a: 1, b: 4, c: 3 }],
  [{ $max: { a: 'x', b: 5 } }, { a: 2, b: 4 }, { a: 'x', b: 5 }],
  [{ $rename: { a: 'x.y', nope: 'z' } }, { a: 1, b: 2 }, { b: 2, x: { y: 1 } }],
  [{ $rename: { a: 'b' } }, { a: 1, b: 2 }, { b: 1 }],
  [{ $setOnInsert: { a: 1 } }, {}, {}],
  [{ $setOnInsert: { a: 1 } }, {}, { a: 1 }, { inserting: true }],
  [{ $bit: { a: { and: 6, or: 1 } } }, { a: 12 }, { a: 5 }],
  [{ $bit: { a: { xor: 3 } } }, {}, { a: 3 }],
];

const ARRAYS: readonly Row[] = [
  [{ $push: { a: 1 } }, {}, { a: [1] }],
  [{ $push: { a: [1, 2] } }, { a: [0] }, { a: [0, [1, 2]] }],
  [{ $push: { a: { $each: [5, 1, 3], $sort: -1, $slice: 3 } } }, { a: [4] }, { a: [5, 4, 3] }],
  [{ $push: { a: { $each: [8, 9], $position: 1 } } }, { a: [1, 2] }, { a: [1, 8, 9, 2] }],
  [{ $push: { a: { $each: [9], $position: -1 } } }, { a: [1, 2] }, { a: [1, 9, 2] }],
  [
    { $push: { a: { $each: [{ b: 1 }], $sort: { b: 1 }, $slice: -2 } } },
    { a: [{ b: 3 }, { b: 2 }] },
    { a: [{ b: 2 }, { b: 3 }] },
  ],
  [{ $addToSet: { a: { $each: [1, new Double(2), 3] } } }, { a: [1, 2] }, { a: [1, 2, 3] }],
  [
    { $addToSet: { a: { x: 1, y: 2 } } },
    { a: [{ y: 2, x: 1 }] },
    {
      a: [
        { y: 2, x: 1 },
        { x: 1, y: 2 },
      ],
    },
  ],
  [{ $addToSet: { a: { $each: [] } } }, {}, { a: [] }],
  [{ $pop: { a: 1, b: -1, c: 1 } }, { a: [1, 2], b: [1, 2] }, { a: [1], b: [2] }],
  [{ $pull: { a: { $gte: 2 } } }, { a: [1, 2, 3] }, { a: [1] }],
  [{ $pull: { a: { b: 1 } } }, { a: [{ b: 1, c: 1 }, { b: 2 }, 1] }, { a: [{ b: 2 }, 1] }],
  [{ $pull: { a: 2 } }, { a: [1, 2, 2] }, { a: [1] }],
  [{ $pull: { a: /x/ } }, { a: ['ax', 'b'] }, { a: ['b'] }],
  [{ $pullAll: { a: [1, { b: 1 }] } }, { a: [1, 2, { b: 1 }, { b: 1, c: 1 }] }, { a: [2, { b: 1, c: 1 }] }],
];

const POSITIONS: readonly Row[] = [
  [{ $set: { 'a.$': 9 } }, { a: [1, 5, 6] }, { a: [1, 9, 6] }, { filter: { a: { $gt: 4 } } }],
  [
    { $inc: { 'a.$.n': 1 } },
    {
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 1 },
      ],
    },
    {
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 2 },
      ],
    },
    { filter: { 'a.k': 2 } },
  ],
  [{ $inc: { 'a.$[]': 10 } }, { a: [1, 2] }, { a: [11, 12] }],
  [{ $set: { 'a.$[big]': 0 } }, { a: [1, 7, 9] }, { a: [1, 0, 0] }, { arrayFilters: [{ big: { $gt: 5 } }] }],
  [
    { $set: { 'a.$[x].b.$[y]': 0 } },
    {
      a: [
        { k: 1, b: [1, 2] },
        { k: 2, b: [2] },
      ],
    },
    {
      a: [
        { k: 1, b: [1, 0] },
        { k: 2, b: [2] },
      ],
    },
    { arrayFilters: [{ 'x.k': 1 }, { y: 2 }] },
  ],
];

const WHOLE: readonly Row[] = [
  [{ x: 1 }, { _id: 1, a: 1 }, { _id: 1, x: 1 }],
  [[{ $set: { b: { $add: ['$a', '$$c'] } } }, { $unset: 'a' }], { a: 1 }, { b: 6 }, { constants: { c: 5 } }],
  [[{ $replaceWith: { n: '$a' } }], { a: 1 }, { n: 1 }],
];

/** Update, before, message. */
const REFUSED: readonly (readonly [Document | Document[], Document, string, Extra?])[] = [
  [{ $foo: { a: 1 } }, {}, '9: Unknown modifier: $foo'],
  [{ $set: 5 }, {}, '9: Modifiers operate on fields but we found type int instead'],
  [{ $set: {} }, {}, "9: '$set' is empty", { dollarFields: false }],
  [{ $set: { a: 1, 'a.b': 1 } }, {}, "40: Updating the path 'a.b' would create a conflict at 'a'"],
  [{ $set: { a: 1 }, $inc: { a: 1 } }, {}, "40: Updating the path 'a' would create a conflict at 'a'"],
  [{ $rename: { a: 'b' }, $set: { b: 1 } }, {}, '40: Updating the path'],
  [{ $set: { 'a.b': 1 } }, { a: 5 }, "28: Cannot create field 'b' in element {a: 5}"],
  [{ $set: { 'a.b': 1 } }, { a: [1] }, "28: Cannot create field 'b' in element {a: [ 1 ]}"],
  [{ $set: { '': 1 } }, {}, '56: An empty update path is not valid.'],
  [{ $set: { 'a.': 1 } }, {}, "56: The update path 'a.' contains an empty field name, which is not allowed."],
  [{ $set: { $a: 1 } }, {}, "52: The dollar ($) prefixed field '$a'"],
  [{ $inc: { a: 'x' } }, {}, '14: Cannot increment with non-numeric argument: { a: "x" }'],
  [
    { $inc: { a: 1 } },
    { _id: 1, a: 'x' },
    "14: Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'a' of non-numeric type string",
  ],
  [
    { $inc: { a: Long.MAX_VALUE } },
    { a: Long.MAX_VALUE },
    '2: Failed to apply $inc operations to current value',
  ],
  [
    { $push: { a: 1 } },
    { _id: 1, a: 5 },
    "2: The field 'a' must be an array but is of type int in document {_id: 1}",
  ],
  [
    { $push: { a: { $each: 1 } } },
    {},
    '2: The argument to $each in $push must be an array but it was of type: int',
  ],
  [{ $push: { a: { $each: [], $foo: 1 } } }, {}, '2: Unrecognized clause in $push: $foo'],
  [{ $addToSet: { a: 1 } }, { a: 5 }, '2: Cannot apply $addToSet to non-array field'],
  [{ $pop: { a: 2 } }, {}, '9: $pop expects 1 or -1, found: 2'],
  [{ $pullAll: { a: 1 } }, {}, '2: $pullAll requires an array argument but was given a int'],
  [{ $bit: { a: { and: 1.5 } } }, {}, '2: The $bit modifier field must be an Integer(32/64 bit)'],
  [{ $rename: { a: 'a' } }, {}, '2: The source and target field for $rename must differ'],
  [{ $rename: { 'a.b': 'c' } }, { a: [{ b: 1 }] }, '2: The source field cannot be an array element'],
  [
    { $set: { 'a.$': 1 } },
    { a: [1] },
    '2: The positional operator did not find the match needed from the query.',
  ],
  [{ $set: { 'a.$[]': 1 } }, { a: 1 }, '2: Cannot apply array updates to non-array element a: 1'],
  [
    { $set: { 'a.$[]': 1 } },
    {},
    "2: The path 'a' must exist in the document in order to apply array updates.",
  ],
  [{ $set: { 'a.$[x]': 1 } }, { a: [] }, "2: No array filter found for identifier 'x' in path 'a.$[x]'"],
  [
    { $set: { a: 1 } },
    {},
    "9: The array filter for identifier 'x' was not used in the update",
    { arrayFilters: [{ x: 1 }] },
  ],
  [
    { $set: { 'a.$[x]': 1 } },
    {},
    '9: Found multiple array filters with the same top-level field name x',
    { arrayFilters: [{ x: 1 }, { x: 2 }] },
  ],
  [{ a: 1, $set: { b: 1 } }, {}, "52: The dollar ($) prefixed field '$set'"],
  [
    { a: { $b: 1 } },
    {},
    "52: The dollar ($) prefixed field '$b' in 'a.$b' is not valid for storage.",
    { dollarFields: false },
  ],
  [[{ $match: {} }], {}, '72: $match is not allowed to be used within an update'],
];

describe('updates', () => {
  for (const [name, rows] of Object.entries({ FIELDS, ARRAYS, POSITIONS, WHOLE })) {
    describe(name.toLowerCase(), () => {
      it.each(rows.map((row, i) => [i, row] as const))('row %i: %j', (_i, [update, before, after, extra]) => {
        const result = apply(update, before, extra);
        expect(relaxed(result)).toEqual(relaxed(doc(after)));
        expect(Object.keys(relaxed(result) as object)).toEqual(Object.keys(relaxed(doc(after)) as object));
      });
    });
  }

  it.each([
    [new Int32(2147483647), new Int32(1), { $numberLong: '2147483648' }],
    [new Int32(1), Long.fromString('1'), { $numberLong: '2' }],
    [Long.fromString('1'), new Double(1.5), { $numberDouble: '2.5' }],
    [new Double(1.5), Decimal128.fromString('1.1'), { $numberDecimal: '2.60000000000000' }],
  ])('$inc of %j by %j has the wider type', (before, by, after) => {
    const result = apply({ $inc: { a: by } }, { a: before });
    expect((canonical(result) as { a: unknown }).a).toEqual(after);
  });

  it('$currentDate sets a date or a timestamp', () => {
    expect(relaxed(apply({ $currentDate: { a: true, b: { $type: 'date' } } }, {}))).toEqual({
      a: { $date: '1970-01-01T00:00:00.005Z' },
      b: { $date: '1970-01-01T00:00:00.005Z' },
    });
  });

  it('gives the same document back where nothing changes', () => {
    const document = doc({ a: 1, b: [1], c: [1] });
    const update = compileUpdate(
      doc({ $unset: { x: 1 }, $addToSet: { b: 1 }, $pull: { c: 5 }, $max: { a: 0 } }),
      {
        evaluation: PLAIN_EVALUATION,
        arrayFilters: undefined,
        constants: undefined,
        dollarFields: true,
        timestamp: () => null,
      },
    );
    expect(update.apply(document, undefined, false)).toBe(document);
  });

  it.each(REFUSED.map((row) => [row] as const))('refuses %j', ([update, before, message, extra]) => {
    expect(failure(() => apply(update, before, extra))).toContain(message);
  });
});

describe('the document of an upsert', () => {
  it.each([
    [
      { a: 1, 'b.c': 2 },
      { a: 1, b: { c: 2 } },
    ],
    [
      { a: { $gt: 1 }, b: { $eq: 2 }, c: { $in: [3] }, d: { $in: [1, 2] } },
      { b: 2, c: 3 },
    ],
    [{ $and: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }],
    [{ $or: [{ a: 1 }] }, { a: 1 }],
    [{ $or: [{ a: 1 }, { a: 2 }] }, {}],
    [{ a: /x/ }, {}],
  ])('of %j', (filter, expected) => {
    expect(relaxed(documentFromFilter(doc(filter)))).toEqual(expected);
  });

  it('is refused where the filter names a path twice', () => {
    expect(failure(() => documentFromFilter(doc({ $and: [{ a: 1 }, { a: 2 }] })))).toBe(
      "54: cannot infer query fields to set, path 'a' is matched twice",
    );
  });
});
