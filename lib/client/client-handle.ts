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
  /**
   * One client for the whole process: the one that an earlier call made of equal arguments, or a new one where there is
   * none or it was closed. For serverless handlers and for servers that reload their modules: the client is kept on the
   * global object, so a reloaded copy of this package finds it. Functions among the options are equal to themselves
   * only: define them once.
   *
   * @throws as the constructor does.
   */
  shared<TDocument extends object = Document>(
    host?: string | readonly string[],
    options?: AsyncMongoClientOptions,
  ): AsyncMongoClient<TDocument>;
}

export const AsyncMongoClient = Client as unknown as AsyncMongoClientConstructor;
