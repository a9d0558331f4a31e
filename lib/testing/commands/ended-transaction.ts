import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import type { Session } from '../sessions/session.js';
import type { Transaction } from '../transactions/transaction.js';

/**
 * The transaction that commitTransaction or abortTransaction names, in whatever state; `committed` where another
 * member, which was primary then, has committed it.
 */
export const endedTransaction = (session: Session, body: Doc): Transaction | 'committed' => {
  const txnNumber = body.get('txnNumber');
  const { transaction } = session;
  if (transaction !== undefined && transaction.txnNumber === txnNumber) return transaction;
  if (session.committedElsewhere === txnNumber) return 'committed';
  if (typeof txnNumber === 'bigint' && txnNumber < session.activeNumber) {
    throw new CommandError(
      'TransactionTooOld',
      `Cannot continue transaction ${String(txnNumber)} on session ${session.key} because a newer transaction with txnNumber ${String(session.activeNumber)} has already started on this session.`,
    );
  }
  throw new CommandError(
    'NoSuchTransaction',
    `Given transaction number ${String(txnNumber)} does not match any in-progress transactions. The active transaction number is ${String(session.activeNumber)}`,
  );
};
