import { CommandError } from '../command-error.js';
import type { Doc, Value } from '../query/value.js';
import { compileUpdate } from '../query/update/update.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { updateDocuments, type UpdateOutcome } from '../store/update-documents.js';
import type { WriteContext } from '../store/write-context.js';
import {
  arrayField,
  boolField,
  checkKnown,
  collectionName,
  docField,
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

const FIELDS = new Set([
  'q',
  'u',
  'c',
  'multi',
  'upsert',
  'upsertSupplied',
  'arrayFilters',
  'collation',
  'hint',
  'sort',
  'sampleId',
  'allowShardKeyUpdatesWithoutFullShardKeyInQuery',
]);

/** One update statement, whatever command it came in. */
export interface UpdateFields {
  readonly command: string;
  readonly database: string;
  readonly filter: Doc;
  readonly update: Value;
  readonly constants: Doc | undefined;
  readonly arrayFilters: readonly Value[] | undefined;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly sort: Doc | undefined;
  /** Has `collation` and `hint`. */
  readonly options: Doc;
  /** `let` of the command. */
  readonly variables: Doc | undefined;
}

/** Runs a statement on a collection that may not exist; only an upsert makes it. */
export const runUpdate = (
  context: CommandContext,
  collection: CollectionAccess | undefined,
  makeCollection: () => CollectionAccess,
  fields: UpdateFields,
  write: WriteContext,
): UpdateOutcome => {
  const evaluation = evaluationOf(context, {
    command: fields.command,
    database: fields.database,
    fields: fields.options,
    variables: fields.variables,
    fallback: collection?.collation,
  });
  const update = compileUpdate(fields.update, {
    evaluation,
    arrayFilters: fields.arrayFilters,
    constants: fields.constants,
    dollarFields: context.version.has('dollarFields'),
    timestamp: () => write.timestamp(),
  });
  const target = collection ?? (fields.upsert ? makeCollection() : undefined);
  if (target === undefined)
    return { matched: 0, modified: 0, upserted: undefined, before: undefined, after: undefined };
  const { filter, multi, upsert, sort, options, command } = fields;
  return updateDocuments(
    target,
    { filter, update, multi, upsert, sort, evaluation, hint: hintField(command, options) },
    write,
  );
};

const readStatement = (
  context: CommandContext,
  database: string,
  statement: Doc,
  variables: Doc | undefined,
): UpdateFields => {
  const path = 'update.updates';
  checkKnown(path, statement, FIELDS);
  gateField(context, 'updateSort', path, statement, 'sort');
  const update = statement.get('u');
  if (update === undefined)
    throw new CommandError(40414, `BSON field '${path}.u' is missing but a required field`);
  const multi = boolField(path, statement, 'multi');
  const sort = docField(path, statement, 'sort');
  if (multi && sort !== undefined)
    throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
  return {
    command: path,
    database,
    filter: requiredDoc(path, statement, 'q'),
    update,
    constants: docField(path, statement, 'c'),
    arrayFilters: arrayField(path, statement, 'arrayFilters'),
    multi,
    upsert: boolField(path, statement, 'upsert'),
    sort,
    options: statement,
    variables,
  };
};

/** What a retry has to answer again. */
interface UpdateResult {
  readonly n: number;
  readonly nModified: number;
  readonly upserted: Value | undefined;
}

export const update: Command = {
  name: 'update',
  kind: 'write',
  retryable: true,
  inTransaction: true,
  stable: true,
  fields: [
    'updates',
    'ordered',
    'bypassDocumentValidation',
    'stmtIds',
    'let',
    'runtimeConstants',
    'bypassEmptyTsReplacement',
  ],
  run: (context, request) => {
    const { body, database } = request;
    const name = collectionName('update', body);
    const variables = letField(context, 'update', body);
    // The statements are parsed before the first one runs: what is no statement fails the whole command.
    const items = statements(request, 'updates').map(({ doc }) =>
      readStatement(context, database, doc, variables),
    );
    const write = writeContextOf(context, 'update', body);
    if (context.visible.view(database, name) !== undefined)
      context.visible.collectionForWrite(database, name);
    const tally = new WriteTally();
    const ran = runStatements({
      context,
      request,
      items,
      ordered: boolField('update', body, 'ordered', true),
      run: (statement): UpdateResult => {
        const collection = context.visible.collection(database, name);
        const make = (): CollectionAccess => context.visible.collectionForWrite(database, name);
        const outcome = runUpdate(context, collection, make, statement, write);
        return {
          n: outcome.upserted === undefined ? outcome.matched : 1,
          nModified: outcome.modified,
          upserted: outcome.upserted?.id,
        };
      },
      count: (result, index) => {
        const { n, nModified, upserted } = result as UpdateResult;
        tally.n += n;
        tally.nModified += nModified;
        if (upserted !== undefined) tally.upserted.push({ index, _id: upserted });
      },
      tally,
    });
    return afterStatements(ran, () => tally.reply(true, context.version.has('retriedStmtIds')));
  },
};
