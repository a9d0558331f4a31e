import { addOutcome, type BulkProgress } from '../operations/bulk-progress.js';
import { runOperation, type BulkCommandOptions, type Run } from '../operations/bulk-write.js';
import type { Namespace } from '../operations/namespace.js';
import type { Operation } from '../operations/operation.js';
import type { WriteOutcome } from '../operations/write-outcome.js';

/** Sends one write command. */
export type SendWrite = (operation: Operation<WriteOutcome>) => Promise<WriteOutcome>;

/**
 * Sends runs one command after the other, each as large as the server takes, and adds up what they did. Resolves to
 * false where an ordered batch stopped at a failure.
 */
export const sendRuns = async (
  send: SendWrite,
  namespace: Namespace,
  runs: readonly Run[],
  options: BulkCommandOptions,
  progress: BulkProgress,
): Promise<boolean> => {
  const ordered = options.ordered ?? true;
  for (const run of runs) {
    for (let start = 0; start < run.statements.length;) {
      const outcome = await send(runOperation(namespace, run, start, options));
      if (!addOutcome(progress, run, start, outcome, ordered)) return false;
      start += outcome.sent;
    }
  }
  return true;
};
