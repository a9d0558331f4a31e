import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { describe, firstKey, requireDocument } from './document-shape.js';
import { fullName, type Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import { putSort, type Sort } from './sort.js';
import { parseWriteReply, type InputIndex, type WriteOutcome } from './write-outcome.js';

/** Options of one update statement. */
export interface UpdateStatementOptions {
  /** Insert a document made from filter and update where nothing matches. */
  readonly upsert?: boolean | undefined;
  readonly collation?: Document | undefined;
  /** Which elements of arrays the update touches. */
  readonly arrayFilters?: readonly Document[] | undefined;
  /** Name or key pattern of the index to use. */
  readonly hint?: string | Document | undefined;
  /** Which of several matching documents is updated. Single updates only; servers 8.0 and later. */
  readonly sort?: Sort | undefined;
}

/** Options of a whole update command. */
export interface UpdateCommandOptions extends CommandFields {
  /** Skip the collection's validation rules. */
  readonly bypassDocumentValidation?: boolean | undefined;
  /** Variables for aggregation expressions in the filter. Servers 5.0 and later. */
  readonly let?: Document | undefined;
}

/** Refuses a replacement where operators are needed (CRUD specification, "Update vs. Replace Validation"). */
export const requireUpdate = (update: unknown): void => {
  if (Array.isArray(update)) return;
  if (typeof update !== 'object' || update === null) {
    throw new TypeError(`An update must be a document of operators or a pipeline, not ${describe(update)}`);
  }
  if (firstKey(update)?.startsWith('$') !== true) {
    throw new TypeError(
      'An update needs operators such as $set; to put a whole document in its place use replaceOne',
    );
  }
};

/** Refuses operators where a whole document is needed. */
export const requireReplacement = (replacement: unknown): void => {
  requireDocument(replacement, 'A replacement');
  if (firstKey(replacement as object)?.startsWith('$') === true) {
    throw new TypeError(
      'A replacement is a whole document without operators; to apply operators use updateOne',
    );
  }
};

/** One element of `updates`. */
export const updateStatement = (
  filter: object,
  update: unknown,
  multi: boolean,
  options: UpdateStatementOptions,
): Record<string, unknown> => {
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  const statement: Record<string, unknown> = { q: filter, u: update };
  if (multi) statement['multi'] = true;
  if (options.arrayFilters !== undefined) rejectUndefined(options.arrayFilters, 'arrayFilters');
  putFields(statement, options, ['upsert', 'collation', 'arrayFilters', 'hint']);
  putSort(statement, options.sort);
  return statement;
};

export interface UpdateRun {
  readonly statements: readonly unknown[];
  readonly start: number;
  readonly ordered: boolean;
  /** Any statement may touch several documents: such a command is not retried. */
  readonly multi: boolean;
  readonly inputIndex: InputIndex;
}

export const update = (
  namespace: Namespace,
  run: UpdateRun,
  options: UpdateCommandOptions,
): Operation<WriteOutcome> => ({
  name: 'update',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: run.multi ? 'none' : 'write',
  takesWriteConcern: true,
  readsWriteConcernError: true,
  build(target) {
    const body: Record<string, unknown> = { update: namespace.collection, ordered: run.ordered };
    putFields(body, options, ['bypassDocumentValidation', 'comment', 'let', 'maxTimeMS']);
    putRawData(body, options, target);
    const { statements, start } = run;
    return {
      name: 'update',
      database: namespace.database,
      body,
      sequence: { identifier: 'updates', documents: statements, start, end: statements.length },
    };
  },
  parse: (reply, target) =>
    parseWriteReply(reply, target, 'update', fullName(namespace), run.start, run.inputIndex),
});
