import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID, type Document } from 'bson';
import { PLAIN_EVALUATION } from '../../../lib/testing/query/evaluation.js';
import { compileExpression, evaluateTop } from '../../../lib/testing/query/expression/expression.js';
import { canonical, doc, failure, value } from '../support/documents.js';

const evaluate = (expression: unknown, document: Document = {}): unknown =>
  canonical(
    evaluateTop(compileExpression(value(expression), PLAIN_EVALUATION), doc(document), PLAIN_EVALUATION),
  );

const int = (number: number): unknown => ({ $numberInt: String(number) });
const long = (number: number): unknown => ({ $numberLong: String(number) });
const double = (text: string): unknown => ({ $numberDouble: text });
const date = (text: string): unknown => ({ $date: { $numberLong: String(Date.parse(text)) } });

type Row = readonly [expression: unknown, expected: unknown, document?: Document];

const DAY = new Date('2024-02-29T13:14:15.016Z');

const PATHS: readonly Row[] = [
  ['$a.b', int(1), { a: { b: 1 } }],
  ['$a.b', [int(1), int(3)], { a: [{ b: 1 }, {}, { b: 3 }, 5] }],
  ['$a.b', 'missing', { a: 1 }],
  ['$$ROOT', { a: int(1) }, { a: 1 }],
  ['$$CURRENT.a', int(1), { a: 1 }],
  ['$$REMOVE', 'missing'],
  [{ x: '$a', y: '$nope' }, { x: int(1) }, { a: 1 }],
  [['$a', '$nope'], [int(1), null], { a: 1 }],
  [{ $literal: '$a' }, '$a'],
];

const ARITHMETIC: readonly Row[] = [
  [{ $add: [1, 2] }, int(3)],
  [{ $add: [2147483647, 1] }, long(2147483648)],
  [{ $add: [Long.MAX_VALUE, 1] }, double('9223372036854775808.0')],
  [{ $add: [1, new Double(0.5)] }, double('1.5')],
  [{ $add: [1, null] }, null],
  [{ $add: [DAY, 1000] }, date('2024-02-29T13:14:16.016Z')],
  [{ $subtract: [DAY, new Date('2024-02-29T13:14:15Z')] }, long(16)],
  [{ $subtract: [1, 2] }, int(-1)],
  [{ $multiply: [65536, 65536] }, long(4294967296)],
  [{ $divide: [6, 3] }, double('2.0')],
  [{ $divide: [Decimal128.fromString('1'), 8] }, { $numberDecimal: '0.125' }],
  [{ $mod: [7, 3] }, int(1)],
  [{ $mod: [-7, 3] }, int(-1)],
  [{ $mod: [7.5, 2] }, double('1.5')],
  [{ $abs: new Int32(-2147483648) }, long(2147483648)],
  [{ $round: [2.5, 0] }, double('2.0')],
  [{ $round: [1234, -2] }, int(1200)],
  [{ $trunc: [-1.79, 1] }, double('-1.7')],
  [{ $ceil: 1.2 }, double('2.0')],
  [{ $floor: -1.2 }, double('-2.0')],
  [{ $pow: [2, 31] }, long(2147483648)],
  [{ $sqrt: 16 }, double('4.0')],
  [{ $bitAnd: [12, 10] }, int(8)],
  [{ $bitNot: 0 }, int(-1)],
  [{ $sum: [1, '$a', 'x'] }, double('3.5'), { a: 2.5 }],
  [{ $sum: '$a' }, long(6), { a: [1, 2, Long.fromNumber(3)] }],
  [{ $avg: [1, 2] }, double('1.5')],
  [{ $max: [1, 'a', null] }, 'a'],
  [{ $min: '$a' }, int(1), { a: [3, 1] }],
  [{ $stdDevPop: [1, 3] }, double('1.0')],
];

const COMPARISON: readonly Row[] = [
  [{ $eq: ['$a', new Double(1)] }, true, { a: 1 }],
  [
    {
      $eq: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    },
    false,
  ],
  [{ $gt: ['x', 5] }, true],
  [{ $lt: ['$nope', null] }, true],
  [{ $cmp: [2, 1] }, int(1)],
  [{ $and: [1, 'x', true] }, true],
  [{ $or: [0, null, false] }, false],
  [{ $not: [[]] }, false],
  [{ $cond: [{ $gt: ['$a', 1] }, 'y', 'n'] }, 'y', { a: 2 }],
  [{ $cond: { if: false, then: 1, else: 2 } }, int(2)],
  [{ $ifNull: ['$nope', null, 3] }, int(3)],
  [
    {
      $switch: {
        branches: [
          { case: false, then: 1 },
          { case: true, then: 2 },
        ],
      },
    },
    int(2),
  ],
  [{ $switch: { branches: [{ case: false, then: 1 }], default: 9 } }, int(9)],
];

const LISTS: readonly Row[] = [
  [{ $map: { input: '$a', as: 'x', in: { $add: ['$$x', 1] } } }, [int(2), int(3)], { a: [1, 2] }],
  [{ $filter: { input: [1, 2, 3], cond: { $gte: ['$$this', 2] } } }, [int(2), int(3)]],
  [{ $filter: { input: [1, 2, 3], cond: true, limit: 1 } }, [int(1)]],
  [{ $reduce: { input: ['a', 'b'], initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, 'ab'],
  [{ $let: { vars: { x: 2 }, in: { $multiply: ['$$x', '$a'] } } }, int(6), { a: 3 }],
  [{ $arrayElemAt: [[1, 2, 3], -1] }, int(3)],
  [{ $arrayElemAt: [[1], 5] }, 'missing'],
  [{ $concatArrays: [[1], [2, 3]] }, [int(1), int(2), int(3)]],
  [{ $in: [new Double(2), [1, 2]] }, true],
  [{ $indexOfArray: [['a', 'b'], 'b'] }, int(1)],
  [{ $range: [0, 6, 2] }, [int(0), int(2), int(4)]],
  [{ $reverseArray: [[1, 2]] }, [int(2), int(1)]],
  [{ $size: [[1, 2]] }, int(2)],
  [{ $slice: [[1, 2, 3], 1, 1] }, [int(2)]],
  [{ $slice: [[1, 2, 3], -2] }, [int(2), int(3)]],
  [
    {
      $setUnion: [
        [2, 1],
        [new Double(1), 3],
      ],
    },
    [double('1.0'), int(2), int(3)],
  ],
  [
    {
      $setIntersection: [
        [1, 2],
        [2, 3],
      ],
    },
    [int(2)],
  ],
  [{ $setDifference: [[1, 2], [2]] }, [int(1)]],
  [
    {
      $setEquals: [
        [1, 2],
        [2, 1, 1],
      ],
    },
    true,
  ],
  [{ $setIsSubset: [[1], [1, 2]] }, true],
  [{ $sortArray: { input: [3, 1, 2], sortBy: -1 } }, [int(3), int(2), int(1)]],
  [
    { $sortArray: { input: '$a', sortBy: { k: 1 } } },
    [{ k: int(1) }, { k: int(2) }],
    { a: [{ k: 2 }, { k: 1 }] },
  ],
  [{ $zip: { inputs: [[1, 2], ['a']] } }, [[int(1), 'a']]],
  [{ $firstN: { n: 2, input: [1, 2, 3] } }, [int(1), int(2)]],
  [{ $maxN: { n: 1, input: [1, 3, null] } }, [int(3)]],
  [
    {
      $arrayToObject: [
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
    },
    { a: int(1), b: int(2) },
  ],
  [{ $objectToArray: { a: 1 } }, [{ k: 'a', v: int(1) }]],
  [{ $mergeObjects: [{ a: 1 }, null, { a: 2, b: 1 }] }, { a: int(2), b: int(1) }],
  [{ $getField: 'a.b' }, int(1), { 'a.b': 1 }],
  [{ $setField: { field: { $literal: '$x' }, input: '$$ROOT', value: 1 } }, { $x: int(1) }],
  [{ $unsetField: { field: 'a', input: '$$ROOT' } }, { b: int(2) }, { a: 1, b: 2 }],
];

const STRINGS: readonly Row[] = [
  [{ $concat: ['a', 'b'] }, 'ab'],
  [{ $concat: ['a', null] }, null],
  [{ $toUpper: 'aé' }, 'Aé'],
  [{ $toLower: null }, ''],
  [{ $strLenCP: 'é😀' }, int(2)],
  [{ $strLenBytes: 'é😀' }, int(6)],
  [{ $substrCP: ['héllo', 1, 2] }, 'él'],
  [{ $substrBytes: ['hello', 1, 3] }, 'ell'],
  [{ $split: ['a-b', '-'] }, ['a', 'b']],
  [{ $trim: { input: ' a ' } }, 'a'],
  [{ $ltrim: { input: 'xxa', chars: 'x' } }, 'a'],
  [{ $replaceAll: { input: 'a.a', find: 'a', replacement: 'b' } }, 'b.b'],
  [{ $indexOfCP: ['é😀x', 'x'] }, int(2)],
  [{ $indexOfBytes: ['éx', 'x'] }, int(2)],
  [{ $strcasecmp: ['a', 'B'] }, int(-1)],
  [{ $regexMatch: { input: 'AB', regex: 'b', options: 'i' } }, true],
  [{ $regexFind: { input: 'xaby', regex: /a(b)(z)?/ } }, { match: 'ab', idx: int(1), captures: ['b', null] }],
  [
    { $regexFindAll: { input: 'aa', regex: 'a*?' } },
    [0, 1, 2].map((idx) => ({ match: '', idx: int(idx), captures: [] })),
  ],
];

const TYPES: readonly Row[] = [
  [{ $type: '$nope' }, 'missing'],
  [{ $type: '$a' }, 'long', { a: Long.ONE }],
  [{ $isNumber: Decimal128.fromString('1') }, true],
  [{ $toInt: '12' }, int(12)],
  [{ $toInt: 12.9 }, int(12)],
  [{ $toLong: true }, long(1)],
  [{ $toDouble: '1.5' }, double('1.5')],
  [{ $toDecimal: '1.50' }, { $numberDecimal: '1.50' }],
  [{ $toString: DAY }, '2024-02-29T13:14:15.016Z'],
  [{ $toString: new ObjectId('000000000000000000000001') }, '000000000000000000000001'],
  [{ $toBool: 'false' }, true],
  [{ $toDate: '2024-01-02' }, date('2024-01-02T00:00:00Z')],
  [{ $toDate: Long.fromNumber(5) }, { $date: { $numberLong: '5' } }],
  [{ $toObjectId: '000000000000000000000001' }, { $oid: '000000000000000000000001' }],
  [{ $convert: { input: 'x', to: 'int', onError: 'bad' } }, 'bad'],
  [{ $convert: { input: '$nope', to: 'int', onNull: 0 } }, int(0)],
  [{ $convert: { input: '7', to: 16 } }, int(7)],
  [{ $binarySize: new UUID('00000000-0000-4000-8000-000000000000').toBinary() }, int(16)],
  [{ $tsSecond: new Timestamp({ t: 5, i: 1 }) }, long(5)],
];

const DATES: readonly Row[] = [
  [
    { $dateAdd: { startDate: new Date('2024-01-31'), unit: 'month', amount: 1 } },
    date('2024-02-29T00:00:00Z'),
  ],
  [{ $dateSubtract: { startDate: DAY, unit: 'year', amount: 1 } }, date('2023-02-28T13:14:15.016Z')],
  [
    {
      $dateAdd: {
        startDate: new Date('2024-03-30T23:30:00Z'),
        unit: 'day',
        amount: 1,
        timezone: 'Europe/Berlin',
      },
    },
    date('2024-03-31T22:30:00Z'),
  ],
  [{ $isoWeekYear: new Date('2024-12-30') }, long(2025)],
  [{ $isoWeek: new Date('2021-01-03') }, int(53)],
  [{ $week: new Date('2024-01-06') }, int(0)],
  [{ $dayOfWeek: DAY }, int(5)],
  [{ $hour: { date: DAY, timezone: 'America/New_York' } }, int(8)],
  [
    { $dateToParts: { date: new Date(0) } },
    {
      year: int(1970),
      month: int(1),
      day: int(1),
      hour: int(0),
      minute: int(0),
      second: int(0),
      millisecond: int(0),
    },
  ],
  [{ $dateFromParts: { year: 2024, month: 14, timezone: '+01:00' } }, date('2025-01-31T23:00:00Z')],
  [{ $dateFromParts: { isoWeekYear: 2025, isoWeek: 1, isoDayOfWeek: 1 } }, date('2024-12-30T00:00:00Z')],
  [{ $dateToString: { date: DAY, format: '%G-W%V-%u %j %z', timezone: '+05:30' } }, '2024-W09-4 060 +0530'],
  [{ $year: '$d' }, int(2024), { d: DAY }],
  [{ $month: DAY }, int(2)],
  [{ $dayOfYear: DAY }, int(60)],
  [{ $hour: { date: DAY, timezone: '+02:00' } }, int(15)],
  [{ $year: null }, null],
  [{ $dateToString: { date: DAY, format: '%Y/%m/%d %H:%M:%S.%L' } }, '2024/02/29 13:14:15.016'],
  [{ $dateToString: { date: null, onNull: 'none' } }, 'none'],
  [{ $dateFromString: { dateString: '2024-02-29T13:14:15.016Z' } }, date(DAY.toISOString())],
  [{ $dateAdd: { startDate: DAY, unit: 'day', amount: 1 } }, date('2024-03-01T13:14:15.016Z')],
  [{ $dateDiff: { startDate: new Date(0), endDate: new Date(86400000), unit: 'day' } }, long(1)],
  [{ $dateTrunc: { date: DAY, unit: 'hour' } }, date('2024-02-29T13:00:00Z')],
  [{ $dateFromParts: { year: 2024, month: 3 } }, date('2024-03-01T00:00:00Z')],
];

describe('expressions', () => {
  for (const [name, rows] of Object.entries({
    PATHS,
    ARITHMETIC,
    COMPARISON,
    LISTS,
    STRINGS,
    TYPES,
    DATES,
  })) {
    describe(name.toLowerCase(), () => {
      it.each(rows.map((row) => [row] as const))('%j', ([expression, expected, document]) => {
        expect(evaluate(expression, document)).toEqual(expected);
      });
    });
  }

  it('see the variables of let', () => {
    const evaluation = { ...PLAIN_EVALUATION, variables: new Map([['x', 5]]) };
    expect(evaluateTop(compileExpression('$$x', evaluation), new Map(), evaluation)).toBe(5);
  });

  it.each([
    [{ $nope: 1 }, "168: Unrecognized expression '$nope'"],
    [{ $add: 1, $subtract: 2 }, '15983: An object representing an expression must have exactly one field'],
    ['$', "16872: '$' by itself is not a valid FieldPath"],
    ['$a..b', '15998: FieldPath field names may not be empty strings.'],
    ['$a.$b', "16410: FieldPath field names may not start with '$'"],
    ['$a.', "40353: FieldPath must not end with a '.'."],
    ['$$nope', '17276: Use of undefined variable: nope'],
    [{ $divide: [1, 0] }, "2: can't $divide by zero"],
    [{ $add: ['a', 1] }, '14: $add only supports numeric or date types, not string'],
    [{ $add: [DAY, DAY] }, '16612: only one date allowed in an $add expression'],
    [{ $mod: [1, 0] }, "16610: can't $mod by zero"],
    [{ $cmp: [1] }, '16020: Expression $cmp takes exactly 2 arguments. 1 were passed in.'],
    [{ $size: 5 }, '17124: The argument to $size must be an array, but was of type: int'],
    [{ $toInt: 'x' }, "241: Failed to parse number 'x' in $convert with no onError value"],
    [{ $toInt: Long.MAX_VALUE }, '241: Conversion would overflow'],
    [
      { $switch: { branches: [{ case: false, then: 1 }] } },
      '40066: $switch could not find a matching branch',
    ],
    [{ 'a.b': 1 }, "16412: FieldPath field names may not contain '.'"],
    [{ $map: { input: 5, in: 1 } }, '16883: input to $map must be an array not int'],
    [{ $strLenCP: 5 }, '34471: $strLenCP requires a string argument, found: int'],
  ])('%j is refused', (expression, message) => {
    expect(failure(() => evaluate(expression))).toContain(message);
  });
});
