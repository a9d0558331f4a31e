import type { Document } from '../bson/document.js';
import type { AsyncMongoClientOptions } from '../options/async-mongo-client-options.js';
import { AsyncMongoClient as Client } from './async-mongo-client.js';
import type { AsyncDatabase } from './database-handle.js';

/** A client, with access to its databases by name: `client.shop`, `client['test-database']`. */
export type AsyncMongoClient<TDocument extends object = Document> = Client<TDocument> & {
  readonly [name: string]: AsyncDatabase<TDocument>;
};

export interface AsyncMongoClientConstructor {
  readonly prototype: AsyncMongoClient;
  new <TDocument extends object = Document>(options?: AsyncMongoClientOptions): AsyncMongoClient<TDocument>;
  new <TDocument extends object = Document>(
    host?: string | readonly string[],
    options?: AsyncMongoClientOptions,
  ): AsyncMongoClient<TDocument>;
  new <TDocument extends object = Document>(
    host?: string | readonly string[],
    port?: number,
    options?: AsyncMongoClientOptions,
  ): AsyncMongoClient<TDocument>;
}

export const AsyncMongoClient = Client as unknown as AsyncMongoClientConstructor;
