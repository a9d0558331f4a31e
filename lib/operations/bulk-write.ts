import type { Document } from '../bson/document.js';
import { deleteDocuments, deleteStatement, type DeleteStatementOptions } from './delete.js';
import { documentId } from './document-id.js';
import { describe, requireDocument } from './document-shape.js';
import { insert, type InsertCommandOptions } from './insert.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import {
  requireReplacement,
  requireUpdate,
  update,
  updateStatement,
  type UpdateCommandOptions,
  type UpdateStatementOptions,
} from './update.js';
import type { WriteOutcome } from './write-outcome.js';

export interface UpdateModel extends Omit<UpdateStatementOptions, 'sort'> {
  readonly filter: object;
  readonly update: object;
}

/** One write of a `bulkWrite`: an object with exactly one of these keys. */
export interface BulkWriteModel<TInsert extends object = Document> {
  readonly insertOne?: { readonly document: TInsert };
  readonly updateOne?: UpdateModel & Pick<UpdateStatementOptions, 'sort'>;
  readonly updateMany?: UpdateModel;
  readonly replaceOne?: Omit<UpdateStatementOptions, 'arrayFilters'> & {
    readonly filter: object;
    readonly replacement: object;
  };
  readonly deleteOne?: DeleteStatementOptions & { readonly filter: object };
  readonly deleteMany?: DeleteStatementOptions & { readonly filter: object };
}

/** One request, checked and ready to send. */
export interface Statement {
  readonly kind: 'insert' | 'update' | 'delete';
  /** The document to insert, or the element of `updates` or `deletes`. */
  readonly value: object;
  /** `_id` of the document to insert. */
  readonly id?: unknown;
  readonly multi: boolean;
  readonly hinted: boolean;
}

type Compile = (model: Record<string, unknown>, addIds: boolean) => Statement;

const updateOf =
  (multi: boolean): Compile =>
  (raw) => {
    const model = raw as unknown as UpdateModel;
    requireUpdate(model.update);
    const value = updateStatement(model.filter, model.update, multi, model);
    return { kind: 'update', value, multi, hinted: false };
  };

const deleteOf =
  (multi: boolean): Compile =>
  (raw) => {
    const model = raw as unknown as DeleteStatementOptions & { readonly filter: object };
    const value = deleteStatement(model.filter, multi, model);
    return { kind: 'delete', value, multi, hinted: model.hint !== undefined };
  };

export const insertStatement = (document: unknown, addIds: boolean): Statement => {
  requireDocument(document, 'A document to insert');
  const value = document as object;
  return { kind: 'insert', value, id: documentId(value, addIds), multi: false, hinted: false };
};

const MODELS: Readonly<Record<string, Compile>> = {
  insertOne: (model, addIds) => insertStatement(model['document'], addIds),
  updateOne: updateOf(false),
  updateMany: updateOf(true),
  replaceOne: (raw) => {
    const model = raw as unknown as UpdateStatementOptions & { filter: object; replacement: object };
    requireReplacement(model.replacement);
    const value = updateStatement(model.filter, model.replacement, false, model);
    return { kind: 'update', value, multi: false, hinted: false };
  },
  deleteOne: deleteOf(false),
  deleteMany: deleteOf(true),
};

/** Checks one request of a bulk write and turns it into what is sent. Errors name its index. */
export const compileModel = (request: unknown, index: number, addIds: boolean): Statement => {
  const names = typeof request === 'object' && request !== null ? Object.keys(request) : [];
  const [name] = names;
  const compile =
    name === undefined || names.length !== 1 || !Object.hasOwn(MODELS, name) ? undefined : MODELS[name];
  if (name === undefined || compile === undefined) {
    const found = names.length === 0 ? describe(request) : names.join(', ');
    throw new TypeError(
      `Request ${String(index)} of bulkWrite must have exactly one of ${Object.keys(MODELS).join(', ')}; found ${found}`,
    );
  }
  const model = (request as Record<string, unknown>)[name];
  requireDocument(model, `${name} of request ${String(index)} of bulkWrite`);
  return compile(model as Record<string, unknown>, addIds);
};

/** Statements of one kind that may travel in one command. */
export interface Run {
  readonly kind: Statement['kind'];
  readonly statements: object[];
  readonly ids: unknown[];
  /** Where each statement stood in the caller's input. */
  readonly indexes: number[];
  multi: boolean;
  hinted: boolean;
}

const emptyRun = (kind: Statement['kind']): Run => ({
  kind,
  statements: [],
  ids: [],
  indexes: [],
  multi: false,
  hinted: false,
});

const append = (run: Run, statement: Statement, index: number): void => {
  run.statements.push(statement.value);
  if (statement.kind === 'insert') run.ids.push(statement.id);
  run.indexes.push(index);
  run.multi ||= statement.multi;
  run.hinted ||= statement.hinted;
};

/**
 * Splits a batch into runs of one command each. Ordered: neighbours of one kind, so that the order is kept; unordered:
 * at most one run a kind. `offset` is the input index of the first statement.
 */
export const planRuns = (statements: readonly Statement[], ordered: boolean, offset = 0): readonly Run[] => {
  const runs: Run[] = [];
  statements.forEach((statement, position) => {
    let run = ordered ? runs.at(-1) : runs.find(({ kind }) => kind === statement.kind);
    if (run?.kind !== statement.kind) {
      run = emptyRun(statement.kind);
      runs.push(run);
    }
    append(run, statement, offset + position);
  });
  return runs;
};

export interface BulkCommandOptions extends InsertCommandOptions, UpdateCommandOptions {
  /** Stop at the first failure (default), or go on and report all failures in the end. */
  readonly ordered?: boolean | undefined;
}

/** The next command of a run, from its statement `start` on. */
export const runOperation = (
  namespace: Namespace,
  run: Run,
  start: number,
  options: BulkCommandOptions,
): Operation<WriteOutcome> => {
  const { statements, ids, indexes, multi, hinted } = run;
  const ordered = options.ordered ?? true;
  const inputIndex = (position: number): number => indexes[position] ?? position;
  const common = { start, ordered, inputIndex };
  switch (run.kind) {
    case 'insert':
      return insert(namespace, { ...common, documents: statements, ids }, options);
    case 'update':
      return update(namespace, { ...common, statements, multi }, options);
    case 'delete':
      return deleteDocuments(namespace, { ...common, statements, multi, hinted }, options);
  }
};
