import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { requireDocument } from './document-shape.js';
import { fullName, type Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import { refuseUnacknowledgedHint } from './unacknowledged-hint.js';
import { parseWriteReply, type InputIndex, type WriteOutcome } from './write-outcome.js';

/** Options of one delete statement. */
export interface DeleteStatementOptions {
  readonly collation?: Document | undefined;
  /** Name or key pattern of the index to use. Servers 4.4 and later. */
  readonly hint?: string | Document | undefined;
}

/** Options of a whole delete command. */
export interface DeleteCommandOptions extends CommandFields {
  /** Variables for aggregation expressions in the filter. Servers 5.0 and later. */
  readonly let?: Document | undefined;
}

/** One element of `deletes`. */
export const deleteStatement = (
  filter: object,
  multi: boolean,
  options: DeleteStatementOptions,
): Record<string, unknown> => {
  requireDocument(filter, 'A filter');
  rejectUndefined(filter, 'filter');
  const statement: Record<string, unknown> = { q: filter, limit: multi ? 0 : 1 };
  putFields(statement, options, ['collation', 'hint']);
  return statement;
};

export interface DeleteRun {
  readonly statements: readonly unknown[];
  readonly start: number;
  readonly ordered: boolean;
  /** Any statement may touch several documents: such a command is not retried. */
  readonly multi: boolean;
  readonly hinted: boolean;
  readonly inputIndex: InputIndex;
}

/** The `delete` command; the name alone is a reserved word. */
export const deleteDocuments = (
  namespace: Namespace,
  run: DeleteRun,
  options: DeleteCommandOptions,
): Operation<WriteOutcome> => ({
  name: 'delete',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: run.multi ? 'none' : 'write',
  takesWriteConcern: true,
  readsWriteConcernError: true,
  check(target) {
    if (run.hinted) refuseUnacknowledgedHint('delete', target);
  },
  build(target) {
    const body: Record<string, unknown> = { delete: namespace.collection, ordered: run.ordered };
    putFields(body, options, ['comment', 'let', 'maxTimeMS']);
    putRawData(body, options, target);
    const { statements, start } = run;
    return {
      name: 'delete',
      database: namespace.database,
      body,
      sequence: { identifier: 'deletes', documents: statements, start, end: statements.length },
    };
  },
  parse: (reply, target) =>
    parseWriteReply(reply, target, 'delete', fullName(namespace), run.start, run.inputIndex),
});
