import { hasAborted, type Transaction } from '../transactions/transaction.js';
import type { CommandContext } from './context.js';

/** Waits until the coordinator of a transaction has decided. Throws where it is to abort. */
export const awaitDecision = async (context: CommandContext, transaction: Transaction): Promise<void> => {
  while (transaction.open) await context.wait(Infinity, (wake) => transaction.onEnd(wake));
  if (transaction.state === 'aborted') throw hasAborted(transaction.txnNumber);
};
