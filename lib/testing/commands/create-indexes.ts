import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { checkAgainst, parseIndexSpec, type IndexSpec } from '../store/index-spec.js';
import { beginsWith } from './shard-collection.js';
import { collectionName, gateField, requiredArray } from './command-fields.js';
import type { Command } from './command.js';
import type { CommandContext } from './context.js';

const ID_KEY: Doc = new Map([['_id', 1]]);

/** The `_id` index is always there; asking for it again does nothing. */
const isIdIndex = (specification: Doc): boolean => {
  const key = specification.get('key');
  if (!isDoc(key) || !equal(key, ID_KEY)) return false;
  for (const option of specification.keys()) {
    if (!['v', 'key', 'name', 'ns', 'collation', 'background'].includes(option)) {
      throw new CommandError(
        'InvalidIndexSpecificationOption',
        `The field '${option}' is not valid for an _id index specification.`,
      );
    }
  }
  return true;
};

const readSpecs = (
  context: CommandContext,
  indexes: readonly Value[],
  collection: CollectionAccess | undefined,
): IndexSpec[] => {
  if (indexes.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
  return indexes.flatMap((specification) => {
    if (!isDoc(specification)) {
      throw new CommandError('TypeMismatch', "The elements of the 'indexes' array must be objects");
    }
    gateField(context, 'hiddenIndexes', 'createIndexes.indexes', specification, 'hidden');
    return isIdIndex(specification) ? [] : [parseIndexSpec(specification, collection?.collation)];
  });
};

/** All or none of the indexes are made, as by one build. */
const build = (collection: CollectionAccess, specs: readonly IndexSpec[], signatures: boolean): string[] => {
  const made: string[] = [];
  try {
    for (const spec of specs) {
      if (!signatures) refuseSameKeys(collection, spec);
      if (collection.createIndex(spec)) made.push(spec.name);
    }
  } catch (error) {
    for (const name of made) collection.indexes.delete(name);
    throw error;
  }
  return made;
};

/** Before 5.0 one key pattern had one index, whatever its uniqueness or sparseness. */
const refuseSameKeys = (collection: CollectionAccess, spec: IndexSpec): void => {
  for (const { spec: existing } of collection.indexes.values()) {
    const same = equal(existing.key, spec.key) && existing.collation === spec.collation;
    if (same && checkAgainst(spec, existing) !== 'identical' && existing.partialFilter === undefined) {
      throw new CommandError(
        'IndexOptionsConflict',
        `Index with name: ${existing.name} already exists with different options`,
      );
    }
  }
};

/** No shard knows what others have: only with the shard key in front can a key be unique. */
const checkShardKey = (
  { cluster }: CommandContext,
  collection: CollectionAccess,
  specs: readonly IndexSpec[],
): void => {
  const spread = cluster.sharding?.spreadOf(collection);
  const other = spread && specs.find(({ key, unique }) => unique && !beginsWith(key, spread.key.pattern));
  if (other === undefined) return;
  throw new CommandError(
    'CannotCreateIndex',
    `cannot create unique index over ${other.name} with shard key pattern ${[...(spread?.key.pattern.keys() ?? [])].join(', ')}`,
  );
};

export const createIndexes: Command = {
  name: 'createIndexes',
  kind: 'write',
  inTransaction: true,
  stable: true,
  fields: ['indexes', 'commitQuorum', 'comment', 'ignoreUnknownIndexOptions', 'v'],
  run: (context, { body, database }) => {
    const name = collectionName('createIndexes', body);
    gateField(context, 'hiddenIndexes', 'createIndexes', body, 'commitQuorum');
    const existing = context.visible.collection(database, name);
    const specs = readSpecs(context, requiredArray('createIndexes', body, 'indexes'), existing);
    const collection = context.visible.collectionForWrite(database, name);
    checkShardKey(context, collection, specs);
    const before = collection.indexes.size + 1;
    const made = build(collection, specs, context.version.has('indexSignature'));
    if (made.length > 0) {
      context.visible.logIndexes(
        collection,
        specs.filter(({ name: index }) => made.includes(index)),
      );
    }
    return {
      numIndexesBefore: before,
      numIndexesAfter: collection.indexes.size + 1,
      createdCollectionAutomatically: existing === undefined,
      note: made.length === 0 && existing !== undefined ? 'all indexes already exist' : undefined,
      commitQuorum:
        context.cluster.hasClusterTime && context.version.has('hiddenIndexes') ? 'votingMembers' : undefined,
    };
  },
};
