import { decodeDocument } from '../bson/decoder.js';
import type { WriteConcernError, WriteError } from '../core/errors/server.js';
import type { Reply } from '../wire/reply.js';
import { fieldOf } from './document-shape.js';
import type { ParseTarget } from './operation.js';
import { writeErrorsOf } from './write-error.js';

export interface UpsertedId {
  readonly index: number;
  readonly id: unknown;
}

/** What one write command did. Indexes are those of the caller's input. */
export interface WriteOutcome {
  /** Without an acknowledgement nothing but `sent` is known. */
  readonly acknowledged: boolean;
  /** How many statements the command carried; the next command goes on behind them. */
  readonly sent: number;
  /** Inserted, matched (upserts not counted) or deleted documents. */
  readonly n: number;
  readonly modified: number;
  readonly upserted: readonly UpsertedId[];
  readonly writeErrors: readonly WriteError[];
  readonly writeConcernError: WriteConcernError | undefined;
}

/** Where the statements of a command stand in the caller's input: position in the run -> index in the input. */
export type InputIndex = (position: number) => number;

const NONE: readonly never[] = [];

const upsertedOf = (reply: Reply, target: ParseTarget, inputIndex: InputIndex): readonly UpsertedId[] => {
  const bytes = reply.getDocumentBytes('upserted');
  if (bytes === undefined) return NONE;
  const entries = decodeDocument(bytes, target.codecOptions.withOptions({ documentClass: Map })) as Map<
    string,
    unknown
  >;
  return [...entries.values()].map((entry) => ({
    index: inputIndex(Number(fieldOf(entry, 'index'))),
    id: fieldOf(entry, '_id'),
  }));
};

/** Reads the reply of `insert`, `update` or `delete`. `start` is the run's first statement in this command. */
export const parseWriteReply = (
  reply: Reply | undefined,
  target: ParseTarget,
  command: string,
  namespace: string,
  start: number,
  inputIndex: InputIndex,
): WriteOutcome => {
  if (reply === undefined) {
    return {
      acknowledged: false,
      sent: target.documentsSent,
      n: 0,
      modified: 0,
      upserted: NONE,
      writeErrors: NONE,
      writeConcernError: undefined,
    };
  }
  const context = { command, namespace, address: target.address };
  const toInput: InputIndex = (position) => inputIndex(start + position);
  const upserted = reply.has('upserted') ? upsertedOf(reply, target, toInput) : NONE;
  return {
    acknowledged: true,
    sent: target.documentsSent,
    n: (reply.getNumber('n') ?? 0) - upserted.length,
    modified: reply.getNumber('nModified') ?? 0,
    upserted,
    writeErrors: writeErrorsOf(reply, context, toInput),
    writeConcernError: target.writeConcernError,
  };
};
