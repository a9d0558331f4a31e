import type { Document } from '../bson/document.js';
import { putFields, type CommandFields } from './command-fields.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface CreateCollectionOptions extends CommandFields {
  /** Fixed size, oldest documents first out; needs `size`. */
  readonly capped?: boolean | undefined;
  /** Bytes of a capped collection. */
  readonly size?: number | undefined;
  /** Documents of a capped collection at most. */
  readonly max?: number | undefined;
  /** Keep the documents in the order of the given key. Servers 5.3 and later. */
  readonly clusteredIndex?: Document | undefined;
  /** Record documents before and after their changes for change streams. Servers 6.0 and later. */
  readonly changeStreamPreAndPostImages?: { readonly enabled: boolean } | undefined;
  readonly collation?: Document | undefined;
  readonly encryptedFields?: Document | undefined;
  /** Time-series and clustered collections: seconds after which documents are deleted. */
  readonly expireAfterSeconds?: number | undefined;
  readonly indexOptionDefaults?: Document | undefined;
  /** The pipeline of a view; needs `viewOn`. */
  readonly pipeline?: readonly Document[] | undefined;
  readonly storageEngine?: Document | undefined;
  /** Servers 5.0 and later. */
  readonly timeseries?: Document | undefined;
  readonly validationAction?: 'error' | 'warn' | 'errorAndLog' | undefined;
  readonly validationLevel?: 'off' | 'strict' | 'moderate' | undefined;
  readonly validator?: Document | undefined;
  /** Name of the collection or view that a view shows. */
  readonly viewOn?: string | undefined;
}

export const create = (namespace: Namespace, options: CreateCollectionOptions): Operation<undefined> => ({
  name: 'create',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'none',
  takesWriteConcern: true,
  build() {
    const body: Record<string, unknown> = { create: namespace.collection };
    putFields(body, options, [
      'capped',
      'size',
      'max',
      'clusteredIndex',
      'changeStreamPreAndPostImages',
      'collation',
      'comment',
      'encryptedFields',
      'expireAfterSeconds',
      'indexOptionDefaults',
      'maxTimeMS',
      'pipeline',
      'storageEngine',
      'timeseries',
      'validationAction',
      'validationLevel',
      'validator',
      'viewOn',
    ]);
    return { name: 'create', database: namespace.database, body };
  },
  parse: () => undefined,
});
