import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import type { LogWrite } from '../replication/replication-log.js';
import { splitNamespace } from '../store/namespace.js';
import { watches, watchesDatabase, type StreamScope } from './stream-scope.js';

/** What a change stream tells of a command that changed a collection or database. */
export interface CollectionEvent {
  readonly operationType: string;
  /** Fields of the event from `ns` on. */
  readonly fields: Doc;
  /** What it watches is no more: the stream ends after it. */
  readonly invalidates: boolean;
}

export interface CollectionEventOptions {
  readonly scope: StreamScope;
  readonly expanded: boolean;
  /** Since 8.1: create events say what was made. */
  readonly nsType: boolean;
}

type Describe = (
  database: string,
  target: string,
  command: Doc,
  write: LogWrite,
  options: CollectionEventOptions,
) => CollectionEvent | undefined;

const namespace = (database: string, name: string): Doc =>
  new Map([
    ['db', database],
    ['coll', name],
  ]);

/** An event that only streams with showExpandedEvents have. */
const expanded =
  (operationType: string, describe: (command: Doc, write: LogWrite) => Doc): Describe =>
  (database, name, command, write, options) => {
    if (!options.expanded || !watches(options.scope, `${database}.${name}`)) return undefined;
    const fields: Doc = new Map<string, Value>([['ns', namespace(database, name)]]);
    const description = describe(command, write);
    if (operationType === 'create' && options.nsType) fields.set('nsType', typeOf(command));
    fields.set('operationDescription', description);
    if (operationType === 'modify' && write.o2 !== undefined) fields.set('stateBeforeChange', write.o2);
    return { operationType, fields, invalidates: false };
  };

const typeOf = (command: Doc): string => {
  if (command.has('viewOn')) return 'view';
  return command.has('timeseries') ? 'timeseries' : 'collection';
};

const ID_INDEX: Doc = new Map<string, Value>([
  ['v', 2],
  ['key', new Map([['_id', 1]])],
  ['name', '_id_'],
]);

const withoutFirst = (command: Doc): Doc => new Map([...command].slice(1));

const listOf = (value: Value | undefined): readonly Value[] => (isArray(value) ? value : []);

const rename: Describe = (_database, from, command, { ui }, { scope, expanded: all }) => {
  const to = String(command.get('to'));
  const [fromThere, toThere] = [watches(scope, from), watches(scope, to)];
  if (!fromThere && !toThere) return undefined;
  const target = namespace(...splitNamespace(to));
  const fields: Doc = new Map<string, Value>([
    ['ns', namespace(...splitNamespace(from))],
    ['to', target],
  ]);
  if (all && ui !== undefined) {
    const description: Doc = new Map<string, Value>([['to', target]]);
    const dropped = command.get('dropTarget');
    if (dropped !== undefined) description.set('dropTarget', dropped);
    fields.set('operationDescription', description);
  }
  return { operationType: 'rename', fields, invalidates: scope.name !== undefined };
};

const DESCRIBE: Readonly<Record<string, Describe>> = {
  create: expanded('create', (command) => {
    const description = withoutFirst(command);
    if (!command.has('viewOn')) description.set('idIndex', ID_INDEX);
    return description;
  }),
  createIndexes: expanded(
    'createIndexes',
    (command) => new Map([['indexes', listOf(command.get('indexes'))]]),
  ),
  dropIndexes: expanded(
    'dropIndexes',
    (_command, { o2 }) => new Map([['indexes', o2 === undefined ? [] : [o2]]]),
  ),
  collMod: expanded('modify', withoutFirst),
  shardCollection: expanded('shardCollection', withoutFirst),
  drop: (database, name, _command, { ui }, { scope }) =>
    ui !== undefined && watches(scope, `${database}.${name}`)
      ? {
          operationType: 'drop',
          fields: new Map([['ns', namespace(database, name)]]),
          invalidates: scope.name !== undefined,
        }
      : undefined,
  renameCollection: rename,
  dropDatabase: (database, _target, _command, _write, { scope }) =>
    watchesDatabase(scope, database)
      ? {
          operationType: 'dropDatabase',
          fields: new Map([['ns', new Map([['db', database]])]]),
          invalidates: scope.database !== undefined,
        }
      : undefined,
};

/** The event of a command in the log; undefined where the stream does not tell of it. */
export const collectionEvent = (
  write: LogWrite,
  options: CollectionEventOptions,
): CollectionEvent | undefined => {
  const { o, ns } = write;
  if (!isDoc(o)) return undefined;
  const [first] = o;
  const describe = first === undefined ? undefined : DESCRIBE[first[0]];
  return describe?.(splitNamespace(ns)[0], String(first?.[1]), o, write, options);
};
