import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import type { WriteContext } from '../store/write-context.js';
import type { CommandRequest, Reply } from './command.js';
import { awaitClaimant, mustWait } from './await-claimant.js';
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

/** Errors that end a whole transaction, so that nothing is told of the statements before. */
const TRANSIENT = new Set(['WriteConflict', 'LockTimeout', 'SnapshotUnavailable', 'SnapshotTooOld']);

/** The error of a statement; what is none of its own is thrown on. */
const statementError = (context: CommandContext, error: unknown): CommandError => {
  if (!(error instanceof CommandError) || FATAL.has(error.codeName)) throw error;
  if (context.inTransaction && TRANSIENT.has(error.codeName)) throw error;
  return error;
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

/** Takes what became of statements. */
export interface Tally {
  /** Statements that had run before. */
  readonly retried: number[];
  fail(index: number, error: CommandError): void;
}

/** What the statements of a command did, collected for its reply. */
export class WriteTally implements Tally {
  readonly errors: WriteErrorDocument[] = [];
  readonly upserted: { readonly index: number; readonly _id: unknown }[] = [];
  readonly retried: number[] = [];
  n = 0;
  nModified = 0;

  fail(index: number, error: CommandError): void {
    this.errors.push(writeErrorOf(index, error));
  }

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
  readonly tally: Tally;
}

/**
 * Runs statements in order; after an error an ordered command stops. Answers a promise where a statement has to wait
 * for a transaction.
 */
export const runStatements = <T>(statementRun: StatementRun<T>): undefined | Promise<void> =>
  runFrom(statementRun, 0);

const runFrom = <T>(statementRun: StatementRun<T>, first: number): undefined | Promise<void> => {
  const { context, request, items, ordered, run, count, tally } = statementRun;
  const idOf = statementIds(request.body, request.name);
  for (let index = first; index < items.length; index += 1) {
    const item = items[index] as T;
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
      if (mustWait(context, error)) {
        return awaitClaimant(context, error).then(() => runFrom(statementRun, index));
      }
      tally.fail(index, statementError(context, error));
      if (ordered) return undefined;
    }
  }
  return undefined;
};

/** The reply of a command, once its statements have run. */
export const afterStatements = (
  ran: undefined | Promise<void>,
  reply: () => Reply,
): Reply | Promise<Reply> => (ran === undefined ? reply() : ran.then(reply));
