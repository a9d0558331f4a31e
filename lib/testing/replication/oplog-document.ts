import { Timestamp } from 'bson';
import { RawDocument } from '../net/raw-document.js';
import { differenceOf, type Difference, type DifferencePath } from '../query/document-difference.js';
import { encodeDoc } from '../query/bson-writer.js';
import { DateTime, isArray, isDoc, type Doc, type Value } from '../query/value.js';
import type { LogEntry, LogWrite } from './replication-log.js';

/** A level of a document in the diff of an update: fields that went, changed, came, and documents that changed inside. */
interface Level {
  readonly array: boolean;
  readonly removed: Doc;
  readonly updated: Doc;
  readonly inserted: Doc;
  readonly inside: Map<string, Level>;
  length?: number;
}

const level = (array: boolean): Level => ({
  array,
  removed: new Map(),
  updated: new Map(),
  inserted: new Map(),
  inside: new Map(),
});

/** The level that holds what the path ends in. */
const levelOf = (root: Level, path: DifferencePath): Level => {
  let at = root;
  for (let i = 0; i < path.length - 1; i += 1) {
    const part = String(path[i]);
    let next = at.inside.get(part);
    if (next === undefined) at.inside.set(part, (next = level(typeof path[i + 1] === 'number')));
    at = next;
  }
  return at;
};

const lastOf = (path: DifferencePath): string => String(path.at(-1));

const isThere = (path: DifferencePath, document: Doc): boolean => {
  let at: Value | undefined = document;
  for (const part of path) {
    if (isDoc(at)) at = at.get(String(part));
    else at = isArray(at) ? at[Number(part)] : undefined;
  }
  return at !== undefined;
};

const levelDocument = ({ array, removed, updated, inserted, inside, length }: Level): Doc => {
  const doc: Doc = new Map();
  if (array) doc.set('a', true);
  if (length !== undefined) doc.set('l', length);
  if (removed.size > 0) doc.set('d', removed);
  if (array) for (const [index, value] of updated) doc.set(`u${index}`, value);
  else if (updated.size > 0) doc.set('u', updated);
  if (inserted.size > 0) doc.set('i', inserted);
  for (const [part, inner] of inside) doc.set(`s${part}`, levelDocument(inner));
  return doc;
};

/** `o` of an update by operators or a pipeline, as servers since 5.0 log it: `{$v: 2, diff}`. */
const diffDocument = (before: Doc, { updated, removed, truncated }: Difference): Doc => {
  const root = level(false);
  for (const [path, value] of updated) {
    const at = levelOf(root, path);
    (at.array || isThere(path, before) ? at.updated : at.inserted).set(lastOf(path), value);
  }
  for (const path of removed) levelOf(root, path).removed.set(lastOf(path), false);
  for (const [path, size] of truncated) levelOf(root, [...path, 0]).length = size;
  return new Map<string, Value>([
    ['$v', 2],
    ['diff', levelDocument(root)],
  ]);
};

/** The same before 5.0: `{$v: 1, $set, $unset}`. */
const modifierDocument = ({ updated, removed }: Difference): Doc => {
  const doc: Doc = new Map<string, Value>([['$v', 1]]);
  if (updated.length > 0) doc.set('$set', new Map(updated.map(([path, value]) => [path.join('.'), value])));
  if (removed.length > 0) doc.set('$unset', new Map(removed.map((path) => [path.join('.'), true])));
  return doc;
};

const operationFields = (write: LogWrite, diffs: boolean): Doc => {
  const { op, ns, ui, o, o2, before, after, paths, operations } = write;
  const doc: Doc = new Map<string, Value>([
    ['op', op],
    ['ns', ns],
  ]);
  if (ui !== undefined) doc.set('ui', ui.toBinary());
  if (operations !== undefined) {
    doc.set('o', new Map([['applyOps', operations.map((operation) => operationFields(operation, diffs))]]));
  } else if (op === 'u' && !(o instanceof RawDocument) && before !== undefined && after !== undefined) {
    const difference = differenceOf(before.doc, after.doc, diffs ? paths : (paths ?? []));
    doc.set('o', diffs ? diffDocument(before.doc, difference) : modifierDocument(difference));
  } else doc.set('o', o instanceof RawDocument ? o.doc : o);
  if (o2 !== undefined) doc.set('o2', o2);
  return doc;
};

/** An entry of the log as a document of `local.oplog.rs`. `diffs`: updates in the form of servers since 5.0. */
export const oplogDocument = (entry: LogEntry, diffs: boolean): RawDocument => {
  const { ts, term, wall, transaction, statement } = entry;
  const doc = operationFields(entry, diffs);
  const owner = transaction ?? statement;
  if (owner !== undefined) {
    doc.set('lsid', owner.lsid);
    doc.set('txnNumber', owner.txnNumber);
  }
  if (statement !== undefined) doc.set('stmtId', statement.stmtId);
  doc.set('ts', ts);
  doc.set('t', term);
  doc.set('v', 2n);
  doc.set('wall', new DateTime(BigInt(Math.trunc(wall))));
  if (owner !== undefined) {
    const previous = new Map<string, Value>([
      ['ts', new Timestamp({ t: 0, i: 0 })],
      ['t', -1n],
    ]);
    doc.set('prevOpTime', previous);
  }
  return new RawDocument(encodeDoc(doc), doc);
};
