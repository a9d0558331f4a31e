import { Binary } from 'bson';
import { CommandError } from '../command-error.js';
import { searchNotEnabled } from '../query/pipeline/pipeline.js';
import { DateTime, isDoc, type Doc, type Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { collectionStats } from '../store/statistics.js';
import type { CommandContext } from './context.js';

/** What a first stage that reads no collection may look at. */
export interface SourceRequest {
  readonly context: CommandContext;
  readonly database: string;
  readonly collection: CollectionAccess | undefined;
  readonly operand: Value;
  /** `aggregate: 1`. */
  readonly onDatabase: boolean;
}

const NO_USER = new Binary(Buffer.alloc(32), Binary.SUBTYPE_DEFAULT);

const localSessions = ({ context }: SourceRequest): Doc[] =>
  [...context.member.data.sessions.all()].map(
    (session) =>
      new Map<string, Value>([
        [
          '_id',
          new Map<string, Value>([
            ['id', session.id],
            ['uid', NO_USER],
          ]),
        ],
        ['lastUse', new DateTime(BigInt(Math.trunc(context.runtime.wallClock())))],
      ]),
  );

const currentOp = ({ context, database, onDatabase }: SourceRequest): Doc[] => {
  if (!onDatabase || database !== 'admin') {
    throw new CommandError(
      'InvalidNamespace',
      "$currentOp must be run against the 'admin' database with {aggregate: 1}",
    );
  }
  return [...context.cluster.running.values()].map(
    (running) =>
      new Map<string, Value>([
        ['type', 'op'],
        ['host', context.member.address],
        ['active', true],
        ['opid', running.operationId],
        ['op', 'command'],
        ['ns', running.namespace],
        ['command', new Map([[running.commandName, 1]])],
        ['connectionId', running.connection.id],
        ['microsecs_running', BigInt(Math.round((context.runtime.now() - running.startedAt) * 1000))],
      ]),
  );
};

const existing = ({ collection, database }: SourceRequest): CollectionAccess => {
  if (collection === undefined) {
    throw new CommandError('NamespaceNotFound', `CollectionAccess [${database}] not found.`);
  }
  return collection;
};

const collStats = (request: SourceRequest): Doc[] => {
  const collection = existing(request);
  const wanted = isDoc(request.operand) ? request.operand : new Map<string, Value>();
  const result: Doc = new Map<string, Value>([
    ['ns', collection.namespace],
    ['host', request.context.member.address],
    ['localTime', new DateTime(BigInt(Math.trunc(request.context.runtime.wallClock())))],
  ]);
  if (wanted.has('storageStats')) result.set('storageStats', collectionStats(collection, 1));
  if (wanted.has('count')) result.set('count', collection.records.size);
  return [result];
};

const indexStats = (request: SourceRequest): Doc[] => {
  const collection = existing(request);
  const usage = (): Doc =>
    new Map<string, Value>([
      ['ops', 0n],
      ['since', new DateTime(BigInt(Math.trunc(request.context.runtime.wallClock())))],
    ]);
  const specs = [collection.idSpec, ...[...collection.indexes.values()].map(({ spec }) => spec)];
  return specs.map(
    ({ name, key }) =>
      new Map<string, Value>([
        ['name', name],
        ['key', key],
        ['host', request.context.member.address],
        ['accesses', usage()],
      ]),
  );
};

const search = (): never => {
  throw searchNotEnabled();
};

interface SourceStage {
  /** Whether `aggregate: 1` takes it, a collection, or both. */
  readonly on: 'database' | 'collection' | 'both';
  documents(request: SourceRequest): readonly Doc[];
}

const SOURCES: ReadonlyMap<string, SourceStage> = new Map<string, SourceStage>([
  ['$collStats', { on: 'collection', documents: collStats }],
  ['$currentOp', { on: 'database', documents: currentOp }],
  ['$indexStats', { on: 'collection', documents: indexStats }],
  ['$listLocalSessions', { on: 'database', documents: localSessions }],
  ['$listSessions', { on: 'collection', documents: localSessions }],
  ['$listSearchIndexes', { on: 'collection', documents: search }],
  ['$planCacheStats', { on: 'collection', documents: () => [] }],
  ['$search', { on: 'collection', documents: search }],
  ['$searchMeta', { on: 'collection', documents: search }],
  ['$vectorSearch', { on: 'collection', documents: search }],
]);

/** The source that a pipeline's first stage is, or undefined where it takes the documents of a collection. */
export const sourceStage = (name: string | undefined, onDatabase: boolean): SourceStage | undefined => {
  const source = name === undefined ? undefined : SOURCES.get(name);
  if (source !== undefined && source.on === (onDatabase ? 'collection' : 'database')) {
    throw new CommandError(
      'InvalidNamespace',
      onDatabase
        ? `${String(name)} is not allowed with {aggregate: 1}; a collection is required.`
        : `${String(name)} must be run against the database with {aggregate: 1}, not a collection`,
    );
  }
  if (onDatabase && source === undefined && name !== '$documents') {
    throw new CommandError(
      'InvalidNamespace',
      `{aggregate: 1} is not valid for '${String(name)}'; a collection is required.`,
    );
  }
  return source;
};
