import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import { deleteDocuments } from '../store/delete-documents.js';
import {
  boolField,
  checkKnown,
  collectionName,
  docField,
  gateField,
  hintField,
  requiredDoc,
} from './command-fields.js';
import type { Command } from './command.js';
import { evaluationOf } from './evaluation-of.js';
import { runStatements, statements, WriteTally, writeContextOf } from './write-statements.js';

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

export const deleteCommand: Command = {
  name: 'delete',
  kind: 'write',
  retryable: true,
  inTransaction: true,
  stable: true,
  fields: ['deletes', 'ordered', 'stmtIds', 'comment', 'let', 'runtimeConstants', 'bypassDocumentValidation'],
  run: (context, request) => {
    const { body, database } = request;
    const name = collectionName('delete', body);
    gateField(context, 'letVariables', 'delete', body, 'let');
    const variables = docField('delete', body, 'let');
    const items = statements(request, 'deletes');
    const write = writeContextOf(context, 'delete', body);
    if (context.store.view(database, name) !== undefined) context.store.collectionForWrite(database, name);
    const tally = new WriteTally();
    runStatements({
      context,
      request,
      items,
      ordered: boolField('delete', body, 'ordered', true),
      run: ({ doc: statement }) => {
        checkKnown('delete.deletes', statement, FIELDS);
        gateField(context, 'writeHints', 'delete.deletes', statement, 'hint');
        const limit = limitOf(statement);
        const collection = context.store.collection(database, name);
        const evaluation = evaluationOf(context, {
          command: 'delete.deletes',
          database,
          fields: statement,
          variables,
          fallback: collection?.collation,
        });
        const filter = requiredDoc('delete.deletes', statement, 'q');
        if (collection === undefined) return 0;
        const hint = hintField('delete.deletes', statement);
        return deleteDocuments(collection, { filter, single: limit === 1, evaluation, hint }, write).length;
      },
      count: (removed) => {
        tally.n += removed as number;
      },
      tally,
    });
    return tally.reply(false, context.version.has('retriedStmtIds'));
  },
};
