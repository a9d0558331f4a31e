import { RawDocument } from '../net/raw-document.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import { idOf, type Collection } from '../store/collection.js';
import { storedIndexSpec } from '../store/index-spec.js';
import { modifyCollection } from '../store/modify-collection.js';
import { splitNamespace } from '../store/namespace.js';
import type { Store } from '../store/store.js';
import type { LogWrite } from './replication-log.js';

const WHOLE = { replacement: true, paths: undefined };

const put = (collection: Collection, id: Value, document: RawDocument, number?: number): void => {
  const record = collection.recordOf(id);
  if (record === undefined) collection.insert(document, id, number);
  else collection.update(record, document, id, WHOLE);
};

const applyDocument = (store: Store, { op, ns, o, o2, after, record: number }: LogWrite): void => {
  const [database, name] = splitNamespace(ns);
  const collection = store.collection(database, name);
  if (collection === undefined) return;
  if (op === 'i' && o instanceof RawDocument) {
    if (collection.hasIdIndex) put(collection, idOf(o), o, number);
    else collection.insert(o, idOf(o), number);
  } else if (op === 'u' && after !== undefined) {
    put(collection, o2?.get('_id') ?? null, after, number);
  } else if (op === 'd' && isDoc(o)) {
    const record = collection.recordOf(o.get('_id') ?? null);
    if (record !== undefined) collection.remove(record);
  }
};

type DdlHandler = (store: Store, database: string, target: string, command: Doc, write: LogWrite) => void;

const create: DdlHandler = (store, database, name, command, { ui }) => {
  const existing = store.collection(database, name);
  if (existing !== undefined && ui !== undefined && existing.uuid.equals(ui)) return;
  store.drop(database, name);
  store.create(database, name, command, ui);
};

const renameCollection: DdlHandler = (store, _database, from, command) => {
  const collection = store.collection(...splitNamespace(from));
  if (collection !== undefined) store.rename(collection, ...splitNamespace(String(command.get('to'))));
};

const createIndexes: DdlHandler = (store, database, name, command) => {
  const collection = store.collection(database, name);
  const documents = command.get('indexes');
  if (collection === undefined || !isArray(documents)) return;
  for (const document of documents) if (isDoc(document)) collection.createIndex(storedIndexSpec(document));
};

const collMod: DdlHandler = (store, database, name, command) => {
  const collection = store.collection(database, name);
  if (collection !== undefined) {
    modifyCollection(collection, command, store.version);
    return;
  }
  const view = store.view(database, name);
  const pipeline = command.get('pipeline');
  if (view !== undefined && isArray(pipeline)) store.redefine(view, String(command.get('viewOn')), pipeline);
};

const DDL: Readonly<Record<string, DdlHandler>> = {
  create,
  drop: (store, database, name) => {
    store.drop(database, name);
  },
  dropDatabase: (store, database) => {
    store.dropDatabase(database);
  },
  renameCollection,
  createIndexes,
  dropIndexes: (store, database, name, command) => {
    store.collection(database, name)?.indexes.delete(String(command.get('index')));
  },
  collMod,
};

/**
 * Does to a store what a log entry says. Doing it again changes nothing, and what the entry presupposes may be missing
 * (manual, "Replica Set Oplog": each operation is idempotent).
 */
export const applyEntry = (store: Store, entry: LogWrite): void => {
  if (entry.op === 'n') return;
  if (entry.op !== 'c') {
    applyDocument(store, entry);
    return;
  }
  if (entry.operations !== undefined) {
    for (const operation of entry.operations) applyEntry(store, operation);
    return;
  }
  if (!isDoc(entry.o)) return;
  const [first] = entry.o;
  if (first === undefined) return;
  const [name, target] = first;
  const handler = DDL[name];
  if (handler === undefined) throw new Error(`A member cannot apply the command ${name} of a log entry`);
  handler(store, splitNamespace(entry.ns)[0], String(target), entry.o, entry);
};
