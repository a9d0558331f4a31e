import type { Document } from '../bson/document.js';
import { AsyncCollection as Collection } from './async-collection.js';

/** A collection, with access to those whose names continue its own: `db.a.b` is the collection `a.b`. */
export type AsyncCollection<T extends object = Document> = Collection<T> & {
  readonly [name: string]: AsyncCollection;
};

export const AsyncCollection = Collection as unknown as {
  readonly prototype: AsyncCollection;
  new <T extends object = Document>(...options: ConstructorParameters<typeof Collection>): AsyncCollection<T>;
};
