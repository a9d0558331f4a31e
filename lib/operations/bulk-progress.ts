import { BulkWriteError, type WriteConcernError, type WriteError } from '../core/errors/server.js';
import type { Run } from './bulk-write.js';
import { fullName, type Namespace } from './namespace.js';
import type { WriteOutcome } from './write-outcome.js';
import { emptyCounts, type BulkCounts } from './write-results.js';

/** What the commands of one batch of writes did, added up. */
export interface BulkProgress {
  acknowledged: boolean;
  /** Statements that were sent, whatever became of them. */
  sent: number;
  readonly counts: BulkCounts;
  readonly writeErrors: WriteError[];
  readonly writeConcernErrors: WriteConcernError[];
}

export const startProgress = (): BulkProgress => ({
  acknowledged: true,
  sent: 0,
  counts: emptyCounts(),
  writeErrors: [],
  writeConcernErrors: [],
});

/** Ids of the documents that were stored: after the first error of an ordered insert none was. */
const addInsertedIds = (
  progress: BulkProgress,
  run: Run,
  start: number,
  outcome: WriteOutcome,
  ordered: boolean,
): void => {
  const failed = new Set(outcome.writeErrors.map(({ index }) => index));
  for (let position = start; position < start + outcome.sent; position++) {
    const index = run.indexes[position] ?? position;
    if (failed.has(index)) {
      if (ordered) return;
      continue;
    }
    progress.counts.insertedIds[index] = run.ids[position];
  }
};

/** Adds what one command did. Returns false where an ordered batch has to stop. */
export const addOutcome = (
  progress: BulkProgress,
  run: Run,
  start: number,
  outcome: WriteOutcome,
  ordered: boolean,
): boolean => {
  const { counts } = progress;
  progress.sent += outcome.sent;
  if (!outcome.acknowledged) progress.acknowledged = false;
  switch (run.kind) {
    case 'insert':
      counts.insertedCount += outcome.n;
      addInsertedIds(progress, run, start, outcome, ordered);
      break;
    case 'update':
      counts.matchedCount += outcome.n;
      counts.modifiedCount += outcome.modified;
      counts.upserted.push(...outcome.upserted);
      break;
    case 'delete':
      counts.deletedCount += outcome.n;
      break;
  }
  progress.writeErrors.push(...outcome.writeErrors);
  if (outcome.writeConcernError !== undefined) progress.writeConcernErrors.push(outcome.writeConcernError);
  return !ordered || outcome.writeErrors.length === 0;
};

/** The error of a batch in which writes failed, `undefined` where all went well. */
export const bulkError = <TResult>(
  progress: BulkProgress,
  namespace: Namespace,
  command: string,
  result: TResult,
): BulkWriteError<TResult> | undefined => {
  const { writeErrors, writeConcernErrors } = progress;
  writeErrors.sort((a, b) => a.index - b.index);
  const first = writeErrors[0] ?? writeConcernErrors[0];
  if (first === undefined) return undefined;
  const what =
    writeErrors.length === 0
      ? 'the writes were applied, but not as their write concern asks'
      : `${String(writeErrors.length)} of the writes failed, the first at index ${String(writeErrors[0]?.index)}`;
  return new BulkWriteError(`${what}: ${first.message}`, {
    code: first.code,
    codeName: first.codeName,
    details: first.details,
    namespace: fullName(namespace),
    command,
    address: first.address,
    cause: first,
    labels: writeConcernErrors.flatMap((error) => error.errorLabels),
    writeErrors,
    writeConcernErrors,
    result,
  });
};

/**
 * A batch that could not go on (a document too large, a lost connection) says what was done before: `result` and
 * `writeErrors` on the error. They are not enumerable, as they hold user data.
 */
export const attachProgress = (error: unknown, progress: BulkProgress, result: unknown): void => {
  if (typeof error !== 'object' || error === null || !Object.isExtensible(error)) return;
  Object.defineProperties(error, {
    result: { value: result, configurable: true },
    writeErrors: { value: [...progress.writeErrors], configurable: true },
  });
};
