import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import type { WriteContext } from '../store/write-context.js';
import type { CommandRequest, Reply } from './command.js';
import { arrayField, boolField } from './command-fields.js';
import type { CommandContext } from './context.js';

/** maxWriteBatchSize of hello. */
const MAX_STATEMENTS = 100_000;

/** A statement that failed, in the form of `writeErrors`. */
export type WriteErrorDocument = Readonly<Record<string, unknown>>;

export const writeErrorOf = (index: number, error: CommandError): WriteErrorDocument => ({
  index,
  code: error.code,
  ...error.extra,
  errmsg: error.message,
});

/** Errors that end the whole command rather than one statement. */
const FATAL = new Set([
  'MaxTimeMSExpired',
  'Interrupted',
  'InterruptedAtShutdown',
  'ClientDisconnect',
  'CursorKilled',
  'WriteConflict',
]);

/** The error of a statement; what is none of its own is thrown on. */
export const statementError = (error: unknown): CommandError => {
  if (error instanceof CommandError && !FATAL.has(error.codeName)) return error;
  throw error;
};

/** The statements of a write command, counted and checked. */
export const statements = (request: CommandRequest, field: string): readonly RawDocument[] => {
  const list = request.sequence(field);
  if (list === undefined) {
    throw new CommandError(40414, `BSON field '${request.name}.${field}' is missing but a required field`);
  }
  if (list.length < 1 || list.length > MAX_STATEMENTS) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${list.length} operations.`,
    );
  }
  return list;
};

/** Statement ids of a retryable write: given one by one, from a first one, or counted from 0. */
export const statementIds = (body: Doc, command: string): ((index: number) => number) => {
  const list = arrayField(command, body, 'stmtIds');
  const first = Number(exactInteger(body.get('stmtId')) ?? 0n);
  return (index) => (list === undefined ? first + index : Number(exactInteger(list[index]) ?? BigInt(index)));
};

export const writeContextOf = (context: CommandContext, command: string, body: Doc): WriteContext => ({
  store: context.store,
  bypassValidation: boolField(command, body, 'bypassDocumentValidation'),
  timestamp: () => context.cluster.clock.tick(),
  check: () => context.throwIfInterrupted(),
});

/** What the statements of a command did, collected for its reply. */
export class WriteTally {
  readonly errors: WriteErrorDocument[] = [];
  readonly upserted: { readonly index: number; readonly _id: unknown }[] = [];
  readonly retried: number[] = [];
  n = 0;
  nModified = 0;

  reply(modifies: boolean, retriedIds: boolean): Reply {
    return {
      n: this.n,
      nModified: modifies ? this.nModified : undefined,
      upserted: this.upserted.length > 0 ? this.upserted : undefined,
      writeErrors: this.errors.length > 0 ? this.errors : undefined,
      retriedStmtIds: retriedIds && this.retried.length > 0 ? this.retried : undefined,
    };
  }
}

export interface StatementRun<T> {
  readonly context: CommandContext;
  readonly request: CommandRequest;
  readonly items: readonly T[];
  readonly ordered: boolean;
  /** Runs one statement; its result is remembered for a retry. */
  run(item: T, index: number): unknown;
  /** Adds a result, fresh or remembered, to the tally. */
  count(result: unknown, index: number): void;
  readonly tally: WriteTally;
}

/** Runs statements in order; after an error an ordered command stops. */
export const runStatements = <T>({
  context,
  request,
  items,
  ordered,
  run,
  count,
  tally,
}: StatementRun<T>): void => {
  const idOf = statementIds(request.body, request.name);
  for (const [index, item] of items.entries()) {
    if ((index & 0x3ff) === 0x3ff) context.throwIfInterrupted();
    const id = idOf(index);
    try {
      if (context.retry?.has(id) === true) {
        tally.retried.push(id);
        count(context.retry.result(id), index);
        continue;
      }
      const result = run(item, index);
      context.retry?.record(id, result);
      count(result, index);
    } catch (error) {
      tally.errors.push(writeErrorOf(index, statementError(error)));
      if (ordered) return;
    }
  }
};
