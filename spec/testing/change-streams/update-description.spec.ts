import { describe, expect, it } from '@jest/globals';
import { updateDescription } from '../../../lib/testing/change-streams/update-description.js';
import type { UpdatedPath } from '../../../lib/testing/query/update/update.js';
import { doc, relaxed } from '../support/documents.js';

const named = (...paths: readonly string[]): UpdatedPath[] =>
  paths.map((path) => ({ parts: path.replace(/\+$/, '').split('.'), appends: path.endsWith('+') }));

describe('updateDescription', () => {
  it.each([
    ['a field that is new', {}, { a: 1 }, undefined, { a: 1 }, [], []],
    ['a field that went', { a: 1, b: 1 }, { b: 1 }, undefined, {}, ['a'], []],
    [
      'a field inside of a document',
      { a: { b: 1, c: 1 } },
      { a: { b: 2, c: 1 } },
      undefined,
      { 'a.b': 2 },
      [],
      [],
    ],
    [
      'a document that an operator sets',
      { a: { b: 1 } },
      { a: { b: 2 } },
      named('a'),
      { a: { b: 2 } },
      [],
      [],
    ],
    ['an element by its place', { a: [1, 2] }, { a: [1, 3] }, named('a.1'), { 'a.1': 3 }, [], []],
    ['elements by $[]', { a: [1, 2] }, { a: [2, 3] }, named('a.$[]'), { 'a.0': 2, 'a.1': 3 }, [], []],
    ['what $push adds', { a: [1] }, { a: [1, 2, 3] }, named('a+'), { 'a.1': 2, 'a.2': 3 }, [], []],
    ['what $push puts in front', { a: [1] }, { a: [0, 1] }, named('a+'), { a: [0, 1] }, [], []],
    ['an array that $pull shortens', { a: [1, 2] }, { a: [1] }, named('a'), { a: [1] }, [], []],
    [
      'an array that a pipeline shortens',
      { a: ['first', 'second', 'third'] },
      { a: ['first'] },
      undefined,
      {},
      [],
      [{ field: 'a', newSize: 1 }],
    ],
  ])('tells of %s', (_case, before, after, paths, updatedFields, removedFields, truncatedArrays) => {
    const options = { truncatedArrays: true, disambiguatedPaths: false };
    const description = updateDescription(doc(before), doc(after), paths, options);
    expect(relaxed(description)).toEqual({ updatedFields, removedFields, truncatedArrays });
  });

  it('tells values of other types apart', () => {
    const before = new Map([['a', 1]]);
    const after = new Map([['a', 1n]]);
    const options = { truncatedArrays: false, disambiguatedPaths: false };
    expect(updateDescription(before, after, undefined, options).get('updatedFields')).toEqual(after);
  });

  it.each([
    ['no path that could mean another', { a: { b: 1 } }, { a: { b: 2 } }, {}],
    ['a number as a field name', { a: { 1: 1 } }, { a: { 1: 2 } }, { 'a.1': ['a', '1'] }],
    ['a field name with a dot', { 'a.b': 1 }, { 'a.b': 2 }, { 'a.b': ['a.b'] }],
    ['an index of an array', { a: [{ 1: 1 }] }, { a: [{ 1: 2 }] }, { 'a.0.1': ['a', 0, '1'] }],
  ])('disambiguates %s', (_case, before, after, expected) => {
    const description = updateDescription(doc(before), doc(after), [], {
      truncatedArrays: true,
      disambiguatedPaths: true,
    });
    expect(relaxed(description.get('disambiguatedPaths'))).toEqual(expected);
  });
});
