import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import type { Doc, Value } from '../query/value.js';
import { deleteDocuments } from '../store/delete-documents.js';
import {
  boolField,
  checkKnown,
  collectionName,
  gateField,
  hintField,
  letField,
  requiredDoc,
} from './command-fields.js';
import type { Command } from './command.js';
import type { CommandContext } from './context.js';
import { evaluationOf } from './evaluation-of.js';
import {
  afterStatements,
  runStatements,
  statements,
  WriteTally,
  writeContextOf,
} from './write-statements.js';

const FIELDS = new Set(['q', 'limit', 'collation', 'hint', 'sampleId']);

const limitOf = (statement: Doc): 0 | 1 => {
  const limit = exactInteger(statement.get('limit'));
  if (statement.get('limit') === undefined) {
    throw new CommandError(40414, "BSON field 'delete.deletes.limit' is missing but a required field");
  }
  if (limit === 0n) return 0;
  if (limit === 1n) return 1;
  throw new CommandError(
    'FailedToParse',
    `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`,
  );
};

interface Statement {
  readonly fields: Doc;
  readonly filter: Doc;
  readonly single: boolean;
  readonly hint: Value | undefined;
}

const readStatement = (context: CommandContext, fields: Doc): Statement => {
  const path = 'delete.deletes';
  checkKnown(path, fields, FIELDS);
  gateField(context, 'writeHints', path, fields, 'hint');
  return {
    fields,
    filter: requiredDoc(path, fields, 'q'),
    single: limitOf(fields) === 1,
    hint: hintField(path, fields),
  };
};

export const deleteCommand: Command = {
  name: 'delete',
  kind: 'write',
  retryable: true,
  inTransaction: true,
  stable: true,
  fields: ['deletes', 'ordered', 'stmtIds', 'let', 'runtimeConstants', 'bypassDocumentValidation'],
  run: (context, request) => {
    const { body, database } = request;
    const name = collectionName('delete', body);
    const variables = letField(context, 'delete', body);
    const items = statements(request, 'deletes').map(({ doc }) => readStatement(context, doc));
    const write = writeContextOf(context, 'delete', body);
    if (context.visible.view(database, name) !== undefined)
      context.visible.collectionForWrite(database, name);
    const tally = new WriteTally();
    const ran = runStatements({
      context,
      request,
      items,
      ordered: boolField('delete', body, 'ordered', true),
      run: ({ fields, filter, single, hint }) => {
        const collection = context.visible.collection(database, name);
        const evaluation = evaluationOf(context, {
          command: 'delete.deletes',
          database,
          fields,
          variables,
          fallback: collection?.collation,
        });
        if (collection === undefined) return 0;
        return deleteDocuments(collection, { filter, single, evaluation, hint }, write).length;
      },
      count: (removed) => {
        tally.n += removed as number;
      },
      tally,
    });
    return afterStatements(ran, () => tally.reply(false, context.version.has('retriedStmtIds')));
  },
};
