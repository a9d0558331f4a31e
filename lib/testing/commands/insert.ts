import { insertDocument } from '../store/write-context.js';
import { boolField, collectionName } from './command-fields.js';
import type { Command } from './command.js';
import {
  afterStatements,
  runStatements,
  statements,
  WriteTally,
  writeContextOf,
} from './write-statements.js';

export const insert: Command = {
  name: 'insert',
  kind: 'write',
  retryable: true,
  inTransaction: true,
  stable: true,
  fields: ['documents', 'ordered', 'bypassDocumentValidation', 'stmtIds', 'bypassEmptyTsReplacement'],
  run: (context, request) => {
    const { body, database } = request;
    const name = collectionName('insert', body);
    const documents = statements(request, 'documents');
    const write = writeContextOf(context, 'insert', body);
    const collection = context.visible.collectionForWrite(database, name);
    const tally = new WriteTally();
    const ran = runStatements({
      context,
      request,
      items: documents,
      ordered: boolField('insert', body, 'ordered', true),
      run: (document) => {
        insertDocument(collection, document.bytes, write);
      },
      count: () => {
        tally.n += 1;
      },
      tally,
    });
    return afterStatements(ran, () => tally.reply(false, context.version.has('retriedStmtIds')));
  },
};
