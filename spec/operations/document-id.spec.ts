import { describe, expect, it } from '@jest/globals';
import { SON, type Document } from '../../lib/bson/document.js';
import { ObjectId } from '../../lib/bson/values.js';
import { documentId } from '../../lib/operations/document-id.js';

describe('documentId', () => {
  it('[DATA-2] writes a new id into the document, a Map or an SON', () => {
    const plain: Document = { x: 1 };
    expect(documentId(plain, true)).toBe(plain['_id']);
    expect(plain['_id']).toBeInstanceOf(ObjectId);
    for (const ordered of [new Map<string, unknown>([['x', 1]]), new SON([['x', 1]])]) {
      expect(documentId(ordered, true)).toBe(ordered.get('_id'));
    }
  });

  it('[DATA-5] keeps an id of any type; undefined is none, null is one', () => {
    expect(documentId({ _id: 5 }, true)).toBe(5);
    expect(documentId({ _id: null }, true)).toBeNull();
    const without: Document = { _id: undefined };
    expect(documentId(without, true)).toBeInstanceOf(ObjectId);
    expect(without['_id']).toBeInstanceOf(ObjectId);
  });

  it('[DATA-7] leaves a document alone that cannot take one', () => {
    for (const document of [
      Object.freeze({ x: 1 }),
      Object.seal({ x: 1 }),
      Object.preventExtensions({ x: 1 }),
    ]) {
      expect(documentId(document, true)).toBeInstanceOf(ObjectId);
      expect(document).toEqual({ x: 1 });
    }
    const frozen = Object.freeze(new Map([['x', 1]]));
    expect(documentId(frozen, true)).toBeInstanceOf(ObjectId);
    expect(frozen.has('_id')).toBe(false);
  });

  it('leaves the document alone where that is asked for', () => {
    const document: Document = { x: 1 };
    expect(documentId(document, false)).toBeInstanceOf(ObjectId);
    expect(document).toEqual({ x: 1 });
  });
});
