import type { CommandRequest } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import { isArray, isDoc, type Doc, type Maybe } from '../query/value.js';
import { splitNamespace } from '../store/namespace.js';
import type { Shard } from './shard.js';
import type { PlacedCollection, Sharding } from './sharding.js';

const ANY: Doc = new Map();

const filterOf = (value: Maybe): Doc => (isDoc(value) ? value : ANY);

const firstMatch = (pipeline: Maybe): Doc => {
  const first = isArray(pipeline) ? pipeline[0] : undefined;
  return filterOf(isDoc(first) ? first.get('$match') : undefined);
};

/** Each of the filters and new documents of a command. */
interface Touch {
  readonly filter?: Doc;
  readonly document?: Doc;
}

const touchesOf = ({ name, body, sequence }: BoundRequest): readonly Touch[] => {
  switch (name) {
    case 'insert':
      return (sequence('documents') ?? []).map(({ doc }) => ({ document: doc }));
    case 'update':
      return (sequence('updates') ?? []).map(({ doc }) => ({ filter: filterOf(doc.get('q')) }));
    case 'delete':
      return (sequence('deletes') ?? []).map(({ doc }) => ({ filter: filterOf(doc.get('q')) }));
    case 'find':
      return [{ filter: filterOf(body.get('filter')) }];
    case 'aggregate':
      return [{ filter: firstMatch(body.get('pipeline')) }];
    default:
      return [{ filter: filterOf(body.get('query')) }];
  }
};

type BoundRequest = Pick<CommandRequest, 'name' | 'body' | 'sequence'>;

const collectionAt = (
  context: CommandContext,
  database: string,
  name: string,
): PlacedCollection | undefined => context.store.collection(database, name);

const targetsIn = (
  sharding: Sharding,
  collection: PlacedCollection | undefined,
  database: string,
  touches: readonly Touch[],
): readonly Shard[] => {
  if (collection === undefined) return [sharding.primaryOf(database)];
  return touches.flatMap(({ filter = ANY, document }) =>
    document === undefined
      ? [...sharding.shardsFor(collection, filter)]
      : [sharding.shardOf(collection, document)],
  );
};

/** The namespaces of a bulkWrite with what it does in each. */
const bulkTargets = (
  context: CommandContext,
  sharding: Sharding,
  request: CommandRequest,
): readonly Shard[] => {
  const namespaces = (request.sequence('nsInfo') ?? []).map(({ doc }) => String(doc.get('ns')));
  return (request.sequence('ops') ?? []).flatMap(({ doc }) => {
    const [[, index] = []] = doc;
    const namespace = namespaces[Number(index)];
    if (namespace === undefined) return [];
    const [database, name] = splitNamespace(namespace);
    const document = doc.get('document');
    const touch = isDoc(document) ? { document } : { filter: filterOf(doc.get('filter')) };
    return targetsIn(sharding, collectionAt(context, database, name), database, [touch]);
  });
};

/** Databases that the config servers have. */
const OF_CONFIG_SERVERS: ReadonlySet<string> = new Set(['admin', 'config']);

const targetsOf = (
  context: CommandContext,
  sharding: Sharding,
  request: CommandRequest,
): readonly Shard[] => {
  const { name, body, database } = request;
  if (name === 'bulkWrite') return bulkTargets(context, sharding, request);
  const target = body.get(name);
  if (OF_CONFIG_SERVERS.has(database) || typeof target !== 'string') return [];
  const collection = collectionAt(context, database, target);
  const bound = { name, body, sequence: (field: string) => request.sequence(field) };
  return targetsIn(sharding, collection, database, touchesOf(bound));
};

/**
 * A router sends a command to the shards that have its documents. Throws where one of them is not to be reached; a
 * transaction takes them in as participants.
 */
export const reachShards = (context: CommandContext, request: CommandRequest): void => {
  const { transaction } = context;
  const { sharding } = context.cluster;
  if (sharding === undefined || (sharding.allUp && transaction === undefined)) return;
  for (const shard of targetsOf(context, sharding, request)) {
    if (!shard.up) {
      throw new CommandError(
        'FailedToSatisfyReadPreference',
        `Could not find host matching read preference { mode: "primary" } for set ${shard.name}`,
      );
    }
    transaction?.reach(shard);
  }
};
