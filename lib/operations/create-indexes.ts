import type { Document } from '../bson/document.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { indexKeys, indexName, type IndexKeys } from './index-keys.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

/** Servers from this wire version (4.4) on take `commitQuorum`. */
const COMMIT_QUORUM_FROM_WIRE_VERSION = 9;

/** Properties of one index; further ones are passed on to the server. */
export interface IndexProperties {
  /** Made from the keys where absent: `name_1_dob_-1`. */
  readonly name?: string | undefined;
  readonly unique?: boolean | undefined;
  readonly sparse?: boolean | undefined;
  /** Seconds after which documents with an older date in the indexed field are deleted. */
  readonly expireAfterSeconds?: number | undefined;
  readonly partialFilterExpression?: Document | undefined;
  readonly collation?: Document | undefined;
  /** Maintained, but not used by queries. Servers 4.4 and later. */
  readonly hidden?: boolean | undefined;
  readonly wildcardProjection?: Document | undefined;
  readonly weights?: Document | undefined;
  readonly default_language?: string | undefined;
  readonly language_override?: string | undefined;
  readonly textIndexVersion?: number | undefined;
  readonly '2dsphereIndexVersion'?: number | undefined;
  readonly bits?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly storageEngine?: Document | undefined;
  readonly version?: number | undefined;
  /** Without effect since server 4.2. */
  readonly background?: boolean | undefined;
}

export interface IndexModel extends IndexProperties {
  readonly key: IndexKeys;
}

export interface CreateIndexesOptions extends CommandFields {
  /** How many voting members must have built the index before it is ready. Servers 4.4 and later. */
  readonly commitQuorum?: number | string | undefined;
}

const indexDocument = ({ key, version, ...properties }: IndexModel): Record<string, unknown> => {
  const keys = indexKeys(key);
  const document: Record<string, unknown> = { key: keys, name: indexName(keys) };
  for (const [name, value] of Object.entries(properties)) if (value !== undefined) document[name] = value;
  if (version !== undefined) document['v'] = version;
  return document;
};

/** Resolves to the names of the indexes. */
export const createIndexes = (
  namespace: Namespace,
  models: readonly IndexModel[],
  options: CreateIndexesOptions,
): Operation<readonly string[]> => {
  if (models.length === 0) throw new TypeError('createIndexes needs at least one index');
  const indexes = models.map(indexDocument);
  return {
    name: 'createIndexes',
    database: namespace.database,
    collection: namespace.collection,
    access: 'write',
    retry: 'none',
    takesWriteConcern: true,
    check({ limits }) {
      if (options.commitQuorum !== undefined && limits.maxWireVersion < COMMIT_QUORUM_FROM_WIRE_VERSION) {
        throw new ConfigurationError('commitQuorum needs server 4.4 or later');
      }
    },
    build(target) {
      const body: Record<string, unknown> = { createIndexes: namespace.collection, indexes };
      putFields(body, options, ['commitQuorum', 'comment', 'maxTimeMS']);
      putRawData(body, options, target);
      return { name: 'createIndexes', database: namespace.database, body };
    },
    parse: () => indexes.map(({ name }) => String(name)),
  };
};
