import { CommandError } from '../command-error.js';
import type { Doc, Value } from '../query/value.js';
import { shardKeyOf } from '../sharding/shard-key.js';
import type { ShardedCollection } from '../sharding/sharded-collection.js';
import { splitNamespace } from '../store/namespace.js';
import { requiredDoc, requiredString } from './command-fields.js';
import type { CommandContext } from './context.js';
import { requireSharding } from './router-only.js';

/** The chunks that `split` and `moveChunk` work on, and the place along the shard key that `field` names. */
export const chunkPlace = (
  context: CommandContext,
  command: string,
  body: Doc,
  field: string,
): { readonly spread: ShardedCollection; readonly place: readonly Value[] } => {
  const sharding = requireSharding(context, command);
  const namespace = requiredString(command, body, command);
  const collection = context.store.collection(...splitNamespace(namespace));
  const spread = collection && sharding.spreadOf(collection);
  if (spread === undefined)
    throw new CommandError('NamespaceNotSharded', `Collection ${namespace} is not sharded`);
  return { spread, place: shardKeyOf(spread.key, requiredDoc(command, body, field)) };
};
