import { describe, expect, it } from '@jest/globals';
import type { Document } from 'bson';
import { PLAIN_EVALUATION } from '../../../lib/testing/query/evaluation.js';
import { compileFilter, type MatchDetails } from '../../../lib/testing/query/matcher.js';
import { compileProjection } from '../../../lib/testing/query/projection.js';
import { compileSort, sortBy } from '../../../lib/testing/query/sort.js';
import { doc, failure, relaxed } from '../support/documents.js';

const FIND = { find: true, expressions: true };

const project = (
  specification: Document,
  document: Document,
  filter: Document = {},
  rules = FIND,
): unknown => {
  const projection = compileProjection(doc(specification), PLAIN_EVALUATION, rules);
  const details: MatchDetails = { index: undefined };
  compileFilter(doc(filter), PLAIN_EVALUATION)(doc(document), details);
  return relaxed(projection.apply(doc(document), details));
};

const DOCUMENT = { _id: 1, a: 1, b: { c: 2, d: 3 }, l: [{ x: 1, y: 2 }, { x: 3, y: 4 }, 5], n: [1, 2, 3, 4] };

describe('projections', () => {
  it.each<[Document, Document]>([
    [{}, DOCUMENT],
    [{ a: 1 }, { _id: 1, a: 1 }],
    [{ a: 1, _id: 0 }, { a: 1 }],
    [{ _id: 1 }, { _id: 1 }],
    [{ _id: 0 }, { a: 1, b: DOCUMENT.b, l: DOCUMENT.l, n: DOCUMENT.n }],
    [{ 'b.c': 1 }, { _id: 1, b: { c: 2 } }],
    [{ b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
    [{ 'a.x': 1 }, { _id: 1 }],
    [{ 'l.x': 1, _id: false }, { l: [{ x: 1 }, { x: 3 }] }],
    [{ a: 0, b: 0, l: 0, n: 0 }, { _id: 1 }],
    [
      { 'l.x': 0, a: 0, b: 0, n: 0 },
      { _id: 1, l: [{ y: 2 }, { y: 4 }, 5] },
    ],
    [
      { n: { $slice: 2 }, a: 0, b: 0, l: 0 },
      { _id: 1, n: [1, 2] },
    ],
    [
      { n: { $slice: -1 }, a: 1 },
      { _id: 1, a: 1, n: [4] },
    ],
    [
      { n: { $slice: [1, 2] }, a: 1 },
      { _id: 1, a: 1, n: [2, 3] },
    ],
    [
      { n: { $slice: [-3, 2] }, a: 1 },
      { _id: 1, a: 1, n: [2, 3] },
    ],
    [{ l: { $elemMatch: { x: 3 } } }, { _id: 1, l: [{ x: 3, y: 4 }] }],
    [{ l: { $elemMatch: { x: 9 } } }, { _id: 1 }],
    [{ a: 'x', _id: 0 }, { a: 'x' }],
    [{ sum: { $add: ['$a', 1] }, _id: 0 }, { sum: 2 }],
    [{ 'b.e': '$a', _id: 0 }, { b: { e: 1 } }],
  ])('%j', (specification, expected) => {
    expect(project(specification, DOCUMENT)).toEqual(expected);
  });

  it('the positional operator shows the element that the filter matched', () => {
    expect(project({ 'n.$': 1 }, DOCUMENT, { n: { $gt: 2 } })).toEqual({ _id: 1, n: [3] });
    expect(failure(() => project({ 'n.$': 1 }, DOCUMENT, {}))).toContain('51246: ');
  });

  it('keeps the order of the document, not that of the specification', () => {
    expect(Object.keys(project({ n: 1, a: 1 }, DOCUMENT) as object)).toEqual(['_id', 'a', 'n']);
  });

  it.each<[Document, string]>([
    [{ a: 1, b: 0 }, '31254: Cannot do exclusion on field b in inclusion projection'],
    [{ a: 0, b: 1 }, '31253: Cannot do inclusion on field b in exclusion projection'],
    [{ a: 1, 'a.b': 1 }, '31249: Path collision at a.b remaining portion b'],
    [{ 'a.b': 1, a: 1 }, '31250: Path collision at a'],
    [{ a: { $nope: 1 } }, "168: Unrecognized expression '$nope'"],
    [{ a: { $meta: 'textScore' } }, '40218: query requires textScore metadata'],
    [{ 'a.$': 1, 'b.$': 1 }, '31276: Cannot specify more than one positional projection per query.'],
    [{ '': 1 }, '40352: '],
  ])('refuses %j', (specification, message) => {
    expect(failure(() => compileProjection(doc(specification), PLAIN_EVALUATION, FIND))).toContain(message);
  });

  it('takes no expressions before 4.4', () => {
    const rules = { find: true, expressions: false };
    expect(failure(() => compileProjection(doc({ a: '$b' }), PLAIN_EVALUATION, rules))).toContain(
      '2: Unsupported projection option: a',
    );
    expect(project({ n: { $slice: 1 }, a: 1 }, DOCUMENT, {}, rules)).toEqual({ _id: 1, a: 1, n: [1] });
  });
});

describe('sorting', () => {
  const sorted = (sort: Document, documents: readonly Document[]): unknown =>
    sortBy(documents.map(doc), compileSort(doc(sort), PLAIN_EVALUATION), (item) => item).map((item) =>
      item.get('_id'),
    );

  it('takes the least element of an array ascending, the greatest descending', () => {
    const documents = [
      { _id: 1, a: [5, 1] },
      { _id: 2, a: 3 },
      { _id: 3, a: [] },
      { _id: 4 },
      { _id: 5, a: [4, 2] },
    ];
    expect(sorted({ a: 1 }, documents)).toEqual([3, 4, 1, 5, 2]);
    expect(sorted({ a: -1 }, documents)).toEqual([1, 5, 2, 4, 3]);
  });

  it('goes through arrays of documents and several keys', () => {
    const documents = [
      { _id: 1, a: [{ b: 2 }], c: 1 },
      { _id: 2, a: [{ b: 1 }, { b: 9 }], c: 1 },
      { _id: 3, a: { b: 1 }, c: 0 },
    ];
    expect(sorted({ 'a.b': 1, c: 1 }, documents)).toEqual([3, 2, 1]);
  });

  it.each<[Document, string]>([
    [{ a: 0 }, '15975: $sort key ordering must be 1 (for ascending) or -1 (for descending)'],
    [{ a: 'x' }, '15974: '],
    [{ $a: 1 }, '16410: '],
    [{ a: { $meta: 'textScore' } }, '2: query requires textScore metadata'],
  ])('refuses %j', (sort, message) => {
    expect(failure(() => compileSort(doc(sort), PLAIN_EVALUATION))).toContain(message);
  });
});
