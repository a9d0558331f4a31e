import { CommandError } from '../command-error.js';
import { isDoc, type Doc } from '../query/value.js';
import type { Session } from '../sessions/session.js';
import { coordinateCommit } from '../transactions/coordinate-commit.js';
import { hasAborted, type Transaction } from '../transactions/transaction.js';
import { awaitDecision } from './await-decision.js';
import type { Command } from './command.js';
import type { CommandContext } from './context.js';
import { endedTransaction } from './ended-transaction.js';

/**
 * A router that has not begun the transaction asks for the decision where the recovery token points (transactions
 * specification, "recoveryToken field"). Asking before there is a decision makes it an abort.
 */
const recover = (session: Session, transaction: Transaction, body: Doc): void => {
  const token = body.get('recoveryToken');
  if (!isDoc(token)) {
    throw new CommandError(50940, 'Cannot recover the transaction decision without a recoveryToken');
  }
  if (!token.has('recoveryShardId')) {
    throw new CommandError(
      'NoSuchTransaction',
      'Recovery token is empty, meaning the transaction only performed reads and can be safely retried',
    );
  }
  if (transaction.state === 'committed') return;
  session.transaction?.abort();
  throw hasAborted(transaction.txnNumber);
};

const commit = (context: CommandContext, session: Session, body: Doc): void | Promise<void> => {
  const transaction = endedTransaction(session, body);
  if (transaction === 'committed') return;
  if (transaction.state === 'prepared') return awaitDecision(context, transaction);
  if (context.cluster.topology === 'sharded' && transaction.coordinator !== context.member) {
    recover(session, transaction, body);
    return;
  }
  if (transaction.state === 'committed') return;
  if (transaction.state === 'aborted') throw hasAborted(transaction.txnNumber);
  if (transaction.writers.length > 1) {
    void coordinateCommit(transaction, context.member.failPoints);
    return awaitDecision(context, transaction);
  }
  transaction.commit();
};

export const commitTransaction: Command = {
  name: 'commitTransaction',
  kind: 'write',
  adminOnly: true,
  inTransaction: true,
  stable: true,
  fields: ['recoveryToken', 'comment'],
  run: (context, { body }) => {
    const { session } = context;
    if (session === undefined || !context.inTransaction) {
      throw new CommandError('CommandFailed', 'commitTransaction must be run within a transaction');
    }
    const decided = commit(context, session, body);
    return decided instanceof Promise ? decided.then(() => ({})) : {};
  },
};
