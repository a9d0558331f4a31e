import { describe, expect, it } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, type Document } from 'bson';
import { PLAIN_EVALUATION } from '../../../lib/testing/query/evaluation.js';
import { compileFilter, type MatchDetails } from '../../../lib/testing/query/matcher.js';
import { parseCollation } from '../../../lib/testing/query/collation.js';
import { doc, failure } from '../support/documents.js';

const matches = (filter: Document, document: Document): boolean =>
  compileFilter(doc(filter), PLAIN_EVALUATION)(doc(document));

/** Filter, documents that match, documents that do not. */
type Row = readonly [filter: Document, yes: readonly Document[], no: readonly Document[]];

const COMPARISON: readonly Row[] = [
  [
    { a: 1 },
    [
      { a: 1 },
      { a: new Double(1) },
      { a: Long.fromNumber(1) },
      { a: Decimal128.fromString('1.0') },
      { a: [3, 1] },
    ],
    [{ a: '1' }, { a: true }, { a: [[1]] }, {}],
  ],
  [{ a: null }, [{}, { a: null }, { a: [1, null] }], [{ a: 0 }, { a: [] }]],
  [
    { a: { b: 1, c: 2 } },
    [{ a: { b: 1, c: 2 } }, { a: [{ b: 1, c: 2 }] }],
    [{ a: { c: 2, b: 1 } }, { a: { b: 1 } }],
  ],
  [{ a: [1, 2] }, [{ a: [1, 2] }, { a: [[1, 2], 3] }], [{ a: [2, 1] }, { a: [1, 2, 3] }]],
  [
    { a: { $gt: 1 } },
    [{ a: 2 }, { a: Decimal128.fromString('1.0001') }, { a: [0, 2] }],
    [{ a: 1 }, { a: '2' }, { a: null }, {}, { a: NaN }],
  ],
  [{ a: { $gte: 1, $lt: 3 } }, [{ a: 1 }, { a: [0, 5] }], [{ a: 3 }, { a: [] }]],
  [{ a: { $lte: 'b' } }, [{ a: 'a' }, { a: 'b' }], [{ a: 'c' }, { a: 1 }]],
  [{ a: { $lte: null } }, [{ a: null }, {}], [{ a: 1 }]],
  [{ a: { $gt: new MinKey() } }, [{ a: 1 }, { a: null }], [{ a: new MinKey() }, {}]],
  [{ a: { $lt: new MaxKey() } }, [{ a: 'x' }], [{ a: new MaxKey() }]],
  [{ a: NaN }, [{ a: NaN }], [{ a: 0 }]],
  [{ a: { $lt: 5 } }, [{ a: 4 }], [{ a: NaN }]],
  [{ a: { $ne: 1 } }, [{ a: 2 }, {}, { a: [2] }], [{ a: 1 }, { a: [1, 2] }]],
  [
    { a: { $in: [1, null, /^x/] } },
    [{ a: 1 }, {}, { a: null }, { a: 'xy' }, { a: [7, 1] }],
    [{ a: 'yx' }, { a: 2 }],
  ],
  [{ a: { $nin: [1, null] } }, [{ a: 2 }], [{ a: 1 }, {}, { a: [1] }]],
  [
    { a: { $eq: Long.fromString('9007199254740993') } },
    [{ a: Long.fromString('9007199254740993') }],
    [{ a: new Double(9007199254740992) }],
  ],
];

const ELEMENT: readonly Row[] = [
  [{ a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
  [{ a: { $exists: false } }, [{}, { b: 1 }], [{ a: null }]],
  [{ 'a.b': { $exists: true } }, [{ a: { b: 1 } }, { a: [{}, { b: 1 }] }], [{ a: [] }, { a: 1 }]],
  [{ a: { $type: 'number' } }, [{ a: 1 }, { a: 1.5 }, { a: Long.ONE }, { a: [1] }], [{ a: '1' }]],
  [{ a: { $type: ['string', 16] } }, [{ a: 'x' }, { a: new Int32(1) }], [{ a: new Double(1) }]],
  [{ a: { $type: 'array' } }, [{ a: [] }, { a: [1] }], [{ a: 1 }]],
  [{ a: { $type: 10 } }, [{ a: null }], [{}]],
  [{ a: { $type: -1 } }, [{ a: new MinKey() }], [{ a: new MaxKey() }]],
];

const LOGICAL: readonly Row[] = [
  [{ $and: [{ a: 1 }, { b: 2 }] }, [{ a: 1, b: 2 }], [{ a: 1 }]],
  [{ $or: [{ a: 1 }, { b: 2 }] }, [{ b: 2 }], [{ a: 2 }]],
  [{ $nor: [{ a: 1 }, { b: 2 }] }, [{ a: 2 }], [{ b: 2 }]],
  [{ a: { $not: { $gt: 1 } } }, [{ a: 1 }, {}, { a: 'x' }], [{ a: 2 }, { a: [0, 2] }]],
  [{ a: { $not: /x/ } }, [{ a: 'y' }, {}], [{ a: 'x' }]],
  [{}, [{}, { a: 1 }], []],
  [{ $comment: 'why', a: 1 }, [{ a: 1 }], [{ a: 2 }]],
];

const EVALUATION: readonly Row[] = [
  [{ a: /^ab/i }, [{ a: 'ABc' }, { a: ['x', 'abc'] }], [{ a: 'xab' }, { a: 1 }]],
  [{ a: { $regex: 'A.c', $options: 'is' } }, [{ a: 'a\nc' }], [{ a: 'bc' }]],
  [{ a: { $regex: '^b', $options: 'm' } }, [{ a: 'a\nb' }], [{ a: 'ab' }]],
  [{ a: { $regex: 'a b # both', $options: 'x' } }, [{ a: 'ab' }], [{ a: 'a b' }]],
  [{ a: { $regex: '(?i)ab' } }, [{ a: 'AB' }], [{ a: 'b' }]],
  [{ a: { $mod: [4, 1] } }, [{ a: 5 }, { a: 5.9 }, { a: Long.fromNumber(9) }], [{ a: 4 }, { a: 'x' }, {}]],
  [
    { $expr: { $gt: ['$a', '$b'] } },
    [
      { a: 2, b: 1 },
      { a: 'x', b: 1 },
    ],
    [{ a: 1, b: 1 }],
  ],
  [
    { $jsonSchema: { required: ['a'], properties: { a: { bsonType: 'int', minimum: 1 } } } },
    [{ a: 1 }],
    [{ a: 0 }, { a: 1.5 }, {}],
  ],
];

const ARRAYS: readonly Row[] = [
  [{ a: { $all: [1, 2] } }, [{ a: [2, 3, 1] }], [{ a: [1] }, { a: 1 }]],
  [{ a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: [] }]],
  [{ a: { $all: [] } }, [], [{ a: [] }, {}]],
  [
    { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 2 } }] } },
    [{ a: [{ b: 1 }, { b: 2 }] }],
    [{ a: [{ b: 1 }] }],
  ],
  [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, [{ a: [0, 2] }], [{ a: [0, 4] }, { a: 2 }]],
  [{ a: { $elemMatch: { b: 1, c: 2 } } }, [{ a: [{ b: 1, c: 2 }] }], [{ a: [{ b: 1 }, { c: 2 }] }]],
  [{ a: { $elemMatch: { $or: [{ b: 1 }, { b: 2 }] } } }, [{ a: [{ b: 2 }] }], [{ a: [{ b: 3 }] }]],
  [{ a: { $size: 2 } }, [{ a: [1, 2] }], [{ a: [1] }, { a: 'xy' }, { a: [[1, 2]] }]],
];

const PATHS: readonly Row[] = [
  [
    { 'a.b': 1 },
    [{ a: { b: 1 } }, { a: [{ b: 2 }, { b: 1 }] }, { a: { b: [1] } }],
    [{ a: 1 }, { 'a.b': 1 }, { a: [[{ b: 1 }]] }],
  ],
  [{ 'a.0': 1 }, [{ a: [1, 2] }, { a: { 0: 1 } }, { a: [{ 0: 1 }] }], [{ a: [2, 1] }, { a: [[1]] }]],
  [{ 'a.1.b': 1 }, [{ a: [{}, { b: 1 }] }], [{ a: [{ b: 1 }] }]],
  [
    { 'a.b': null },
    [{}, { a: 1 }, { a: [{}, { b: 1 }] }, { a: { b: null } }],
    [{ a: [] }, { a: [1] }, { a: [{ b: 1 }] }],
  ],
  [{ 'a.b': { $ne: 1 } }, [{ a: [{ b: 2 }] }, {}], [{ a: [{ b: 2 }, { b: 1 }] }]],
];

const BITS: readonly Row[] = [
  [
    { a: { $bitsAllSet: 5 } },
    [{ a: 7 }, { a: new Double(5) }, { a: Long.fromNumber(13) }],
    [{ a: 4 }, { a: 5.5 }, { a: 'x' }],
  ],
  [{ a: { $bitsAllClear: [0, 1] } }, [{ a: 4 }], [{ a: 1 }]],
  [
    { a: { $bitsAnySet: new Binary(Buffer.from([0b110])) } },
    [{ a: 2 }, { a: new Binary(Buffer.from([4])) }],
    [{ a: 1 }],
  ],
  [{ a: { $bitsAnyClear: [70] } }, [{ a: 1 }], [{ a: -1 }]],
];

describe('filters', () => {
  for (const [name, rows] of Object.entries({
    COMPARISON,
    ELEMENT,
    LOGICAL,
    EVALUATION,
    ARRAYS,
    PATHS,
    BITS,
  })) {
    describe(name.toLowerCase(), () => {
      it.each(rows.map((row, i) => [i, row] as const))('row %i: %j', (_i, [filter, yes, no]) => {
        expect(yes.filter((document) => !matches(filter, document))).toEqual([]);
        expect(no.filter((document) => matches(filter, document))).toEqual([]);
      });
    });
  }

  it('compares strings by the collation', () => {
    const evaluation = { ...PLAIN_EVALUATION, collation: parseCollation(doc({ locale: 'en', strength: 2 })) };
    const predicate = compileFilter(doc({ a: { $in: ['X'] }, b: { $gte: 'a' } }), evaluation);
    expect(predicate(doc({ a: 'x', b: 'A' }))).toBe(true);
    expect(predicate(doc({ a: 'y', b: 'A' }))).toBe(false);
  });

  it('keeps the fields of a DBRef apart from operators', () => {
    const id = new ObjectId();
    expect(matches({ a: { $ref: 'c', $id: id } }, { a: { $ref: 'c', $id: id } })).toBe(true);
  });

  it.each([
    [{ 'a.b': 2 }, { a: [{ b: 1 }, { b: 2 }] }, 1],
    [{ a: { $gt: 1 } }, { a: [1, 5, 6] }, 1],
    [{ a: { $elemMatch: { b: 2 } } }, { a: [{ b: 1 }, { b: 2 }] }, 1],
    [{ x: 1 }, { x: 1, a: [1] }, undefined],
  ])('tells the array position of %j', (filter, document, index) => {
    const details: MatchDetails = { index: undefined };
    expect(compileFilter(doc(filter), PLAIN_EVALUATION)(doc(document), details)).toBe(true);
    expect(details.index).toBe(index);
  });

  it.each([
    [{ $foo: 1 }, '2: unknown top level operator: $foo'],
    [{ a: { $foo: 1 } }, '2: unknown operator: $foo'],
    [{ a: { $gt: 1, b: 2 } }, '2: unknown operator: b'],
    [{ $and: [] }, '2: $and argument must be a non-empty array'],
    [{ $or: {} }, '2: $or must be an array'],
    [{ $or: [1] }, "2: $or argument's entries must be objects"],
    [{ a: { $in: 1 } }, '2: $in needs an array'],
    [{ a: { $in: [{ $gt: 1 }] } }, '2: cannot nest $ under $in'],
    [{ a: { $not: {} } }, '2: $not cannot be empty'],
    [{ a: { $size: -1 } }, '2: Failed to parse $size. Expected a non-negative number'],
    [{ a: { $mod: [0, 1] } }, '2: divisor cannot be 0'],
    [{ a: { $regex: '(' } }, '51091: Regular expression is invalid'],
    [{ a: { $regex: 'a', $options: 'q' } }, '51108: invalid flag in regex options: q'],
    [{ a: { $options: 'i' } }, '2: $options needs a $regex'],
    [{ a: { $type: 'nope' } }, '2: Unknown type name alias: nope'],
    [{ a: { $elemMatch: 1 } }, '2: $elemMatch needs an Object'],
    [{ $text: { $search: 'x' } }, '27: text index required for $text query'],
    [{ $where: '1' }, '2: $where is not allowed in this context'],
    [{ a: { $near: [0, 0] } }, '2: The embedded deployment does not evaluate the geospatial operator $near'],
    [{ $expr: '$$nope' }, '17276: Use of undefined variable: nope'],
    [{ $jsonSchema: { nope: 1 } }, '9: Unknown $jsonSchema keyword: nope'],
  ])('refuses %j', (filter, message) => {
    expect(failure(() => compileFilter(doc(filter), PLAIN_EVALUATION))).toContain(message);
  });
});
