import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { encodeDoc } from '../query/bson-writer.js';
import type { Evaluation } from '../query/evaluation.js';
import { compileFilter, type MatchDetails } from '../query/matcher.js';
import { compileProjection } from '../query/projection.js';
import { RawDocument as Raw } from '../net/raw-document.js';
import { isArray, type Doc } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { deleteDocuments } from '../store/delete-documents.js';
import {
  arrayField,
  boolField,
  collectionName,
  docField,
  gateField,
  hintField,
  letField,
} from './command-fields.js';
import type { Command, Reply } from './command.js';
import type { CommandContext } from './context.js';
import { evaluationOf } from './evaluation-of.js';
import { runUpdate } from './update.js';
import { writeContextOf } from './write-statements.js';

const COMMAND = 'findAndModify';

/** The document to answer, as `fields` projects it. */
const project = (
  context: CommandContext,
  raw: RawDocument | undefined,
  body: Doc,
  filter: Doc,
  evaluation: Evaluation,
): RawDocument | null => {
  if (raw === undefined) return null;
  const fields = docField(COMMAND, body, 'fields');
  if (fields === undefined || fields.size === 0) return raw;
  const projection = compileProjection(fields, evaluation, {
    find: true,
    expressions: context.version.has('findExpressions'),
  });
  const details: MatchDetails = { index: undefined };
  if (projection.positional) compileFilter(filter, evaluation)(raw.doc, details);
  return new Raw(encodeDoc(projection.apply(raw.doc, details)));
};

const remove = (
  context: CommandContext,
  collection: CollectionAccess | undefined,
  body: Doc,
  filter: Doc,
  evaluation: Evaluation,
): Reply => {
  const removed =
    collection === undefined
      ? []
      : deleteDocuments(
          collection,
          {
            filter,
            single: true,
            evaluation,
            hint: hintField(COMMAND, body),
            sort: docField(COMMAND, body, 'sort'),
          },
          writeContextOf(context, COMMAND, body),
        );
  return {
    lastErrorObject: { n: removed.length },
    value: project(context, removed[0], body, filter, evaluation),
  };
};

const modify = (
  context: CommandContext,
  collection: CollectionAccess | undefined,
  make: () => CollectionAccess,
  database: string,
  body: Doc,
  filter: Doc,
  evaluation: Evaluation,
): Reply => {
  const update = body.get('update') ?? null;
  const outcome = runUpdate(
    context,
    collection,
    make,
    {
      command: COMMAND,
      database,
      filter,
      update,
      constants: undefined,
      arrayFilters: arrayField(COMMAND, body, 'arrayFilters'),
      multi: false,
      upsert: boolField(COMMAND, body, 'upsert'),
      sort: docField(COMMAND, body, 'sort'),
      options: body,
      variables: letField(context, COMMAND, body),
    },
    writeContextOf(context, COMMAND, body),
  );
  const upserted = outcome.upserted;
  const answered = boolField(COMMAND, body, 'new') ? outcome.after : outcome.before;
  return {
    lastErrorObject: {
      n: upserted === undefined ? outcome.matched : 1,
      updatedExisting: outcome.matched > 0,
      upserted: upserted?.id,
    },
    value: project(context, answered, body, filter, evaluation),
  };
};

const checkOptions = (context: CommandContext, body: Doc): void => {
  gateField(context, 'writeHints', COMMAND, body, 'hint');
  const removing = boolField(COMMAND, body, 'remove');
  const update = body.get('update');
  const fail = (message: string): never => {
    throw new CommandError('FailedToParse', message);
  };
  if (!removing && update === undefined) fail('Either an update or remove=true must be specified');
  if (!removing) return;
  if (update !== undefined) fail('Cannot specify both an update and remove=true');
  if (boolField(COMMAND, body, 'upsert')) fail('Cannot specify both upsert=true and remove=true');
  if (boolField(COMMAND, body, 'new'))
    fail("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  if (isArray(body.get('arrayFilters') ?? null)) fail('Cannot specify arrayFilters and remove=true');
};

export const findAndModify: Command = {
  name: COMMAND,
  aliases: ['findandmodify'],
  kind: 'write',
  retryable: true,
  inTransaction: true,
  stable: true,
  fields: [
    'query',
    'sort',
    'hint',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'bypassDocumentValidation',
    'collation',
    'arrayFilters',
    'let',
    'stmtId',
    'runtimeConstants',
  ],
  run: (context, request) => {
    const { body, database } = request;
    const name = collectionName(request.name, body);
    checkOptions(context, body);
    const remembered = context.retry?.has(0) === true ? (context.retry.result(0) as Reply) : undefined;
    if (remembered !== undefined) {
      return { ...remembered, ...(context.version.has('retriedStmtIds') ? { retriedStmtId: 0 } : {}) };
    }
    if (context.visible.view(database, name) !== undefined)
      context.visible.collectionForWrite(database, name);
    const collection = context.visible.collection(database, name);
    const filter = docField(COMMAND, body, 'query') ?? new Map();
    const evaluation = evaluationOf(context, {
      command: COMMAND,
      database,
      fields: body,
      variables: letField(context, COMMAND, body),
      fallback: collection?.collation,
    });
    const reply = boolField(COMMAND, body, 'remove')
      ? remove(context, collection, body, filter, evaluation)
      : modify(
          context,
          collection,
          () => context.visible.collectionForWrite(database, name),
          database,
          body,
          filter,
          evaluation,
        );
    context.retry?.record(0, { ...reply });
    return reply;
  },
};
