import { CommandError } from '../command-error.js';
import { hasAborted, hasCommitted } from '../transactions/transaction.js';
import type { Command } from './command.js';
import { awaitDecision } from './await-decision.js';
import { endedTransaction } from './ended-transaction.js';

export const abortTransaction: Command = {
  name: 'abortTransaction',
  kind: 'write',
  adminOnly: true,
  inTransaction: true,
  stable: true,
  fields: ['recoveryToken', 'comment'],
  run: (context, { body }) => {
    const { session, inTransaction } = context;
    if (session === undefined || !inTransaction) {
      throw new CommandError('CommandFailed', 'abortTransaction must be run within a transaction');
    }
    const transaction = endedTransaction(session, body);
    if (transaction === 'committed') throw hasCommitted(body.get('txnNumber') as bigint);
    if (transaction.state === 'prepared') {
      return awaitDecision(context, transaction).then(() => {
        throw hasCommitted(transaction.txnNumber);
      });
    }
    if (transaction.state === 'committed') throw hasCommitted(transaction.txnNumber);
    if (transaction.state === 'aborted') throw hasAborted(transaction.txnNumber);
    transaction.abort();
    return {};
  },
};
