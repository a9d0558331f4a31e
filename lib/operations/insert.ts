import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { fullName, type Namespace } from './namespace.js';
import type { Operation } from './operation.js';
import { parseWriteReply, type InputIndex, type WriteOutcome } from './write-outcome.js';

export interface InsertCommandOptions extends CommandFields {
  /** Skip the collection's validation rules. */
  readonly bypassDocumentValidation?: boolean | undefined;
}

export interface InsertRun {
  readonly documents: readonly unknown[];
  /** `_id` of each document, encoded first. */
  readonly ids: readonly unknown[];
  /** The first document this command is to carry; it takes as many as fit. */
  readonly start: number;
  readonly ordered: boolean;
  readonly inputIndex: InputIndex;
}

export const insert = (
  namespace: Namespace,
  run: InsertRun,
  options: InsertCommandOptions,
): Operation<WriteOutcome> => ({
  name: 'insert',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'write',
  takesWriteConcern: true,
  readsWriteConcernError: true,
  build(target) {
    const body: Record<string, unknown> = { insert: namespace.collection, ordered: run.ordered };
    putFields(body, options, ['bypassDocumentValidation', 'comment', 'maxTimeMS']);
    putRawData(body, options, target);
    const { documents, ids, start } = run;
    return {
      name: 'insert',
      database: namespace.database,
      body,
      sequence: { identifier: 'documents', documents, ids, start, end: documents.length },
    };
  },
  parse: (reply, target) =>
    parseWriteReply(reply, target, 'insert', fullName(namespace), run.start, run.inputIndex),
});
