import { WriteConflict, type Claimant } from '../store/record-claims.js';
import type { CommandContext } from './context.js';

/** Waits until the transaction has ended that stands in the way of a write. */
export const awaitClaimant = async (
  context: CommandContext,
  { until, queue }: WriteConflict,
): Promise<void> => {
  if (until === undefined) return;
  if (queue !== undefined) queue.waiting += 1;
  try {
    await context.wait(Infinity, (wake) => until.onEnd(wake));
  } finally {
    if (queue !== undefined) queue.waiting -= 1;
  }
};

/** Whether a write outside of transactions is to wait and be tried again. */
export const mustWait = (
  context: CommandContext,
  error: unknown,
): error is WriteConflict & { until: Claimant } =>
  error instanceof WriteConflict && error.until !== undefined && !context.inTransaction;
