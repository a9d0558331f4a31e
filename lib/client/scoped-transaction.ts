import { InvalidOperation } from '../core/errors/usage.js';
import { isOpen } from '../sessions/transaction-state.js';
import type { ClientContext } from './client-context.js';
import { sessionStateOf, type AsyncClientSession } from './session.js';
import { runInScope, sessionInScope } from './session-scope.js';
import type { WithTransactionOptions } from './with-transaction.js';

/** A transaction on a session of its own, which the operations of the callback join by where they are called. */
export const runTransaction = async <TSession extends AsyncClientSession, T>(
  context: ClientContext,
  startSession: () => TSession,
  callback: (session: TSession) => T | Promise<T>,
  options: WithTransactionOptions,
): Promise<T> => {
  if (typeof callback !== 'function') throw new TypeError('withTransaction takes a function');
  const outer = sessionInScope(context);
  if (outer !== undefined && isOpen(outer.transactionState)) {
    throw new InvalidOperation(
      'withTransaction inside a transaction: transactions do not nest, call the operations without another one',
    );
  }
  const session = startSession();
  const scoped = (): Promise<T> =>
    runInScope(context, sessionStateOf(session), async (scope) => {
      try {
        return await callback(session);
      } finally {
        scope.over = true;
      }
    });
  try {
    return await session.withTransaction(scoped, options);
  } finally {
    await session.endSession();
  }
};
