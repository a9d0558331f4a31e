import { CommandError } from '../command-error.js';
import { failGetMore } from '../failpoints/fail-command.js';
import { exactInteger, isNumber } from '../query/number.js';
import type { Doc } from '../query/value.js';
import { MAX_BATCH_BYTES, type Cursor } from '../store/cursor.js';
import type { RawDocument } from '../net/raw-document.js';
import { countField, requiredString } from './command-fields.js';
import type { Command, CommandRequest, Reply } from './command.js';
import type { CommandContext } from './context.js';

/** How long an awaitData cursor waits when the client does not say (server: awaitDataTimeout). */
const DEFAULT_AWAIT = 1000;

const findCursor = (context: CommandContext, body: Doc, database: string): Cursor => {
  const value = body.get('getMore');
  const id = isNumber(value) ? exactInteger(value) : undefined;
  if (id === undefined) {
    throw new CommandError(
      'TypeMismatch',
      "BSON field 'getMore.getMore' is the wrong type, expected type 'long'",
    );
  }
  const collection = requiredString('getMore', body, 'collection');
  const cursor = context.cursors.get(id);
  if (cursor === undefined) throw new CommandError('CursorNotFound', `cursor id ${String(id)} not found`);
  const namespace = `${database}.${collection}`;
  if (cursor.namespace !== namespace) {
    throw new CommandError(
      'Unauthorized',
      `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
    );
  }
  if (cursor.interrupt !== undefined) {
    throw new CommandError('CursorInUse', `cursor id ${String(id)} is already in use`);
  }
  context.changeStream = cursor.isChangeStream;
  checkSession(cursor, context);
  checkTransaction(cursor, context);
  return cursor;
};

const checkSession = (cursor: Cursor, context: CommandContext): void => {
  const session = context.session?.key;
  if (cursor.session === session) return;
  if (cursor.session === undefined) {
    throw new CommandError(
      50736,
      `Cannot run getMore on cursor ${String(cursor.id)}, which was not created in a session, in session ${String(session)}`,
    );
  }
  if (session === undefined) {
    throw new CommandError(
      50737,
      `Cannot run getMore on cursor ${String(cursor.id)}, which was created in session ${cursor.session}, without an lsid`,
    );
  }
  throw new CommandError(
    50738,
    `Cannot run getMore on cursor ${String(cursor.id)}, which was created in session ${cursor.session}, in session ${session}`,
  );
};

const checkTransaction = (cursor: Cursor, { transaction }: CommandContext): void => {
  if (cursor.transaction === transaction) return;
  const refuse = (code: number, why: string): never => {
    throw new CommandError(code, `Cannot run getMore on cursor ${String(cursor.id)}, which was ${why}`);
  };
  if (cursor.transaction === undefined) refuse(50739, 'not created in a transaction, in a transaction');
  if (transaction === undefined) refuse(50740, 'created in a transaction, without a txnNumber');
  refuse(50741, 'created in another transaction');
};

const checkCollection = (cursor: Cursor, context: CommandContext): void => {
  if (cursor.collection?.dropped !== true) return;
  context.cursors.kill(cursor.id);
  throw new CommandError('QueryPlanKilled', `collection dropped. UUID ${cursor.collection.uuid.toString()}`);
};

const answer = (
  context: CommandContext,
  request: CommandRequest,
  cursor: Cursor,
  batch: readonly RawDocument[],
): Reply => {
  const open = !cursor.exhausted;
  if (open) {
    context.cursors.touch(cursor);
    if (request.exhaustAllowed) context.again = request.body;
  } else context.cursors.kill(cursor.id);
  const { id, namespace, atClusterTime, postBatchResumeToken } = cursor;
  return {
    cursor: { nextBatch: batch, postBatchResumeToken, id: open ? id : 0n, ns: namespace, atClusterTime },
  };
};

/** A fail point ends the command, and its cursor, once the cursor is found. */
const failAfterCheckout = (
  { member, connection, runtime, cursors }: CommandContext,
  cursor: Cursor,
): void => {
  if (!member.failPoints.any) return;
  const error = failGetMore(member.failPoints, {
    names: ['getMore'],
    namespace: cursor.namespace,
    appName: connection.appName,
    random: () => runtime.random(),
  });
  if (error === undefined) return;
  cursors.kill(cursor.id);
  throw error;
};

/** Waits on a cursor at the end of its collection until something comes, or the time is over. */
const awaitBatch = async (
  context: CommandContext,
  cursor: Cursor,
  documents: number,
  ms: number,
): Promise<readonly RawDocument[]> => {
  const until = context.runtime.now() + ms;
  const stop = new CommandError('CursorKilled', 'operation was interrupted because its cursor was killed');
  cursor.interrupt = () => context.interrupt(stop);
  try {
    for (;;) {
      const left = until - context.runtime.now();
      if (left <= 0 || cursor.exhausted) return [];
      const woken = await context.wait(left, (wake) => cursor.onMore(wake));
      checkCollection(cursor, context);
      if (!woken) return [];
      const batch = cursor.take({ documents, bytes: MAX_BATCH_BYTES });
      if (batch.length > 0) return batch;
    }
  } finally {
    cursor.interrupt = undefined;
  }
};

export const getMore: Command = {
  name: 'getMore',
  kind: 'read',
  secondary: 'always',
  inTransaction: true,
  stable: true,
  fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime', 'includeQueryStatsMetrics'],
  run: (context, request) => {
    const { body, database } = request;
    const size = countField('getMore', body, 'batchSize');
    const maxTime = countField('getMore', body, 'maxTimeMS');
    const cursor = findCursor(context, body, database);
    if (maxTime !== undefined && !cursor.awaitData) {
      throw new CommandError(
        'BadValue',
        'cannot set maxTimeMS on getMore command for a non-awaitData cursor',
      );
    }
    failAfterCheckout(context, cursor);
    checkCollection(cursor, context);
    const documents = size === undefined || size === 0 ? Infinity : size;
    const batch = cursor.take({ documents, bytes: MAX_BATCH_BYTES });
    if (batch.length > 0 || !cursor.awaitData) return answer(context, request, cursor, batch);
    return awaitBatch(context, cursor, documents, maxTime ?? DEFAULT_AWAIT).then((later) =>
      answer(context, request, cursor, later),
    );
  },
};
