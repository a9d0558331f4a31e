import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { findElement } from '../query/bson-reader.js';
import { encodeDoc } from '../query/bson-writer.js';
import { Double } from 'bson';
import { exactInteger } from '../query/number.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { IterableSource } from '../store/cursor.js';
import { deleteDocuments } from '../store/delete-documents.js';
import { splitNamespace } from '../store/namespace.js';
import { insertDocument, type WriteContext } from '../store/write-context.js';
import { arrayField, boolField, checkKnown, docField, hintField, requiredDoc } from './command-fields.js';
import type { Command, CommandRequest } from './command.js';
import type { CommandContext } from './context.js';
import { cursorBatchSize, firstBatch } from './cursor-reply.js';
import { evaluationOf } from './evaluation-of.js';
import { runUpdate } from './update.js';
import { afterStatements, runStatements, statements, writeContextOf } from './write-statements.js';

type Kind = 'insert' | 'update' | 'delete';

const FIELDS: Readonly<Record<Kind, ReadonlySet<string>>> = {
  insert: new Set(['insert', 'document']),
  update: new Set([
    'update',
    'filter',
    'updateMods',
    'multi',
    'upsert',
    'upsertSupplied',
    'arrayFilters',
    'constants',
    'hint',
    'collation',
    'sort',
  ]),
  delete: new Set(['delete', 'filter', 'multi', 'hint', 'collation']),
};

interface Namespace {
  readonly database: string;
  readonly name: string;
}

/** What one operation did, in the terms of the reply's cursor. */
interface OperationResult {
  readonly kind: Kind;
  readonly n: number;
  readonly nModified?: number;
  readonly upserted?: Value | undefined;
}

interface Run {
  readonly context: CommandContext;
  readonly variables: Doc | undefined;
  readonly namespaces: readonly Namespace[];
  readonly write: WriteContext;
}

const readNamespaces = (request: CommandRequest): Namespace[] => {
  const list = request.sequence('nsInfo');
  if (list === undefined)
    throw new CommandError(40414, "BSON field 'bulkWrite.nsInfo' is missing but a required field");
  return list.map(({ doc }) => {
    const namespace = doc.get('ns');
    if (typeof namespace !== 'string') {
      throw new CommandError(
        'TypeMismatch',
        "BSON field 'bulkWrite.nsInfo.ns' is the wrong type, expected type 'string'",
      );
    }
    const [database, name] = splitNamespace(namespace);
    return { database, name };
  });
};

const kindOf = (operation: Doc): Kind => {
  const [first] = operation.keys();
  if (first === 'insert' || first === 'update' || first === 'delete') {
    checkKnown(`bulkWrite.ops.${first}`, operation, FIELDS[first]);
    return first;
  }
  throw new CommandError('FailedToParse', `Unrecognized operation type in bulkWrite: ${String(first)}`);
};

const targetOf = (operation: Doc, kind: Kind, namespaces: readonly Namespace[]): Namespace => {
  const index = exactInteger(operation.get(kind));
  const namespace = index === undefined ? undefined : namespaces[Number(index)];
  if (namespace === undefined) {
    throw new CommandError(
      'BadValue',
      `BulkWrite ops entry ${docIndex(operation, kind)} has an invalid nsInfo index.`,
    );
  }
  return namespace;
};

const docIndex = (operation: Doc, kind: Kind): string => String(operation.get(kind));

const insertOne = (
  { write, context }: Run,
  raw: RawDocument,
  { database, name }: Namespace,
): OperationResult => {
  const span = findElement(raw.bytes, 'document');
  if (span === undefined)
    throw new CommandError(
      40414,
      "BSON field 'bulkWrite.ops.insert.document' is missing but a required field",
    );
  const collection = context.visible.collectionForWrite(database, name);
  insertDocument(collection, raw.bytes.subarray(span.valueAt, span.end), write);
  return { kind: 'insert', n: 1 };
};

const updateOne = (
  { write, context, variables }: Run,
  operation: Doc,
  { database, name }: Namespace,
): OperationResult => {
  const path = 'bulkWrite.ops.update';
  const mods = operation.get('updateMods');
  if (mods === undefined)
    throw new CommandError(40414, `BSON field '${path}.updateMods' is missing but a required field`);
  const make = (): CollectionAccess => context.visible.collectionForWrite(database, name);
  if (context.visible.view(database, name) !== undefined) make();
  const outcome = runUpdate(
    context,
    context.visible.collection(database, name),
    make,
    {
      command: path,
      database,
      filter: requiredDoc(path, operation, 'filter'),
      update: mods,
      constants: docField(path, operation, 'constants'),
      arrayFilters: arrayField(path, operation, 'arrayFilters'),
      multi: boolField(path, operation, 'multi'),
      upsert: boolField(path, operation, 'upsert'),
      sort: docField(path, operation, 'sort'),
      options: operation,
      variables,
    },
    write,
  );
  const { upserted, matched, modified } = outcome;
  return {
    kind: 'update',
    n: upserted === undefined ? matched : 1,
    nModified: modified,
    upserted: upserted?.id,
  };
};

const deleteOne = (
  { write, context, variables }: Run,
  operation: Doc,
  { database, name }: Namespace,
): OperationResult => {
  const path = 'bulkWrite.ops.delete';
  const collection = context.visible.collection(database, name);
  const filter = requiredDoc(path, operation, 'filter');
  const evaluation = evaluationOf(context, {
    command: path,
    database,
    fields: operation,
    variables,
    fallback: collection?.collation,
  });
  if (collection === undefined) return { kind: 'delete', n: 0 };
  const single = !boolField(path, operation, 'multi');
  return {
    kind: 'delete',
    n: deleteDocuments(collection, { filter, single, evaluation, hint: hintField(path, operation) }, write)
      .length,
  };
};

const runOne = (run: Run, raw: RawDocument): OperationResult => {
  const operation = raw.doc;
  const kind = kindOf(operation);
  const target = targetOf(operation, kind, run.namespaces);
  if (kind === 'insert') return insertOne(run, raw, target);
  return kind === 'update' ? updateOne(run, operation, target) : deleteOne(run, operation, target);
};

/** The counts of the whole command. */
class Totals {
  nErrors = 0;
  nInserted = 0;
  nMatched = 0;
  nModified = 0;
  nUpserted = 0;
  nDeleted = 0;

  add({ kind, n, nModified = 0, upserted }: OperationResult): void {
    if (kind === 'insert') this.nInserted += n;
    else if (kind === 'delete') this.nDeleted += n;
    else {
      this.nModified += nModified;
      if (upserted === undefined) this.nMatched += n;
      else this.nUpserted += 1;
    }
  }
}

const successDocument = (index: number, { kind, n, nModified, upserted }: OperationResult): Doc => {
  const doc: Doc = new Map<string, Value>([
    ['ok', new Double(1)],
    ['idx', index],
    ['n', n],
  ]);
  if (kind === 'update') doc.set('nModified', nModified ?? 0);
  if (upserted !== undefined) doc.set('upserted', new Map([['_id', upserted]]));
  return doc;
};

const errorDocument = (index: number, error: CommandError): Doc => {
  const doc: Doc = new Map<string, Value>([
    ['ok', new Double(0)],
    ['idx', index],
    ['code', error.code],
    ['errmsg', error.message],
  ]);
  for (const [key, value] of Object.entries(error.extra ?? {})) if (isDoc(value)) doc.set(key, value);
  return doc.set('n', 0);
};

export const bulkWrite: Command = {
  name: 'bulkWrite',
  kind: 'write',
  adminOnly: true,
  retryable: true,
  inTransaction: true,
  stable: true,
  since: '8.0',
  fields: [
    'ops',
    'nsInfo',
    'ordered',
    'errorsOnly',
    'bypassDocumentValidation',
    'bypassEmptyTsReplacement',
    'comment',
    'let',
    'cursor',
    'stmtId',
    'stmtIds',
  ],
  run: (context, request) => {
    const { body } = request;
    const run: Run = {
      context,
      variables: docField('bulkWrite', body, 'let'),
      namespaces: readNamespaces(request),
      write: writeContextOf(context, 'bulkWrite', body),
    };
    const ordered = boolField('bulkWrite', body, 'ordered', true);
    const errorsOnly = boolField('bulkWrite', body, 'errorsOnly');
    const totals = new Totals();
    const results: RawDocument[] = [];
    const retried: number[] = [];
    const ran = runStatements({
      context,
      request,
      items: statements(request, 'ops'),
      ordered,
      run: (raw) => runOne(run, raw),
      count: (result, index) => {
        totals.add(result as OperationResult);
        if (errorsOnly) return;
        results.push(new RawDocument(encodeDoc(successDocument(index, result as OperationResult))));
      },
      tally: {
        retried,
        fail: (index, error) => {
          totals.nErrors += 1;
          results.push(new RawDocument(encodeDoc(errorDocument(index, error))));
        },
      },
    });
    return afterStatements(ran, () => {
      const reply = firstBatch(context, {
        namespace: 'admin.$cmd.bulkWrite',
        command: 'bulkWrite',
        source: new IterableSource(results),
        batchSize: cursorBatchSize('bulkWrite', body) ?? Infinity,
      });
      return { ...reply, ...totals, retriedStmtIds: retried.length > 0 ? retried : undefined };
    });
  },
};
