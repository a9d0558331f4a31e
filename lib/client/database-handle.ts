import type { Document } from '../bson/document.js';
import { AsyncDatabase as Database } from './async-database.js';
import type { AsyncCollection } from './collection-handle.js';

/** A database, with access to its collections by name: `db.orders`, `db['a-b']`. */
export type AsyncDatabase<TDocument extends object = Document> = Database<TDocument> & {
  readonly [name: string]: AsyncCollection<TDocument>;
};

export const AsyncDatabase = Database as unknown as {
  readonly prototype: AsyncDatabase;
  new <TDocument extends object = Document>(
    ...options: ConstructorParameters<typeof Database>
  ): AsyncDatabase<TDocument>;
};
