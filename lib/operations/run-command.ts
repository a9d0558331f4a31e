import type { Document } from '../bson/document.js';
import { RawBSONDocument } from '../bson/raw-document.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import { firstKey, requireDocument } from './document-shape.js';
import type { Operation, ParseTarget } from './operation.js';
import type { Reply } from '../wire/reply.js';

/** A command as the user gives it: a document, or the name of one whose value is 1. */
export type UserCommand = string | Document | ReadonlyMap<string, unknown>;

/** Fresh for each attempt, as the executor adds its fields to it. */
const bodyOf = (command: UserCommand): Record<string, unknown> => {
  if (typeof command === 'string') return { [command]: 1 };
  if (command instanceof Map) return Object.fromEntries(command) as Record<string, unknown>;
  return { ...command };
};

const runOperation = <T>(
  database: string,
  command: UserCommand,
  parse: (reply: Reply | undefined, target: ParseTarget) => T,
): Operation<T> => {
  if (typeof command !== 'string') requireDocument(command, 'A command');
  const document = command instanceof RawBSONDocument ? command.toObject() : command;
  const name = typeof document === 'string' ? document : firstKey(document);
  if (name === undefined || name === '')
    throw new TypeError('A command needs a name: the first key of the document');
  return {
    name,
    database,
    access: 'read',
    retry: 'none',
    // Nobody knows which of the two it is.
    overloadRetry: 'both',
    build: () => ({ name, database, body: bodyOf(document) }),
    parse,
  };
};

/**
 * A command of the user's own (run command specification): no inherited concern or read preference is added, nothing is
 * retried unless the server was overloaded, write errors inside the reply are left for the caller to read.
 */
export const runCommand = (database: string, command: UserCommand): Operation<Document> =>
  runOperation(database, command, (reply, target) => (reply as Reply).decode(target.codecOptions));

/** A command of the user's own whose reply opens a cursor. */
export const runCursorCommand = (database: string, command: UserCommand): Operation<CursorReply> =>
  runOperation(database, command, (reply, target) =>
    parseCursorReply('the command', 'firstBatch', reply, target),
  );
