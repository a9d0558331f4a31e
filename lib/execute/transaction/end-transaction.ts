import { deadlineAfter, type Deadline } from '../../core/deadline.js';
import type { Runtime } from '../../core/runtime.js';
import { InvalidOperation } from '../../core/errors/usage.js';
import { abortTransaction, commitTransaction } from '../../operations/end-transaction.js';
import type { Operation } from '../../operations/operation.js';
import { ENDING, type SessionState } from '../../sessions/session-state.js';
import { abandonPin, unpin, type Transaction, type Turn } from '../../sessions/transaction.js';
import { isOpen, transition } from '../../sessions/transaction-state.js';
import type { EndTurn } from '../../sessions/turns.js';
import type { Executor } from '../executor.js';

/** How long a server may take for an abort that nobody waits for. */
const BACKGROUND_ABORT_MS = 5_000;

/** What ending a transaction needs of the client. */
export interface TransactionContext {
  readonly runtime: Runtime;
  readonly executor: Executor;
}

/** Checks the step and keeps everybody else out until `ending` is false again. */
const beginEnding = (session: SessionState, step: 'commit' | 'abort'): Transaction => {
  transition(session.transactionState, step);
  const transaction = session.transaction as Transaction;
  if (transaction.ending) throw new InvalidOperation(ENDING);
  transaction.ending = true;
  return transaction;
};

/** The command that ends a transaction, where the server may know it. */
const sendEnd = async (
  { executor }: TransactionContext,
  session: SessionState,
  turn: Turn,
  operation: Operation<undefined>,
  deadline: Deadline,
): Promise<void> => {
  if (turn.transaction.sent) await executor.execute(operation, { deadline, session, turn });
};

/**
 * Aborts beside an operation that still runs, as the caller's time was over before the turn came. Behind a load balancer
 * the one connection that leads to the transaction waits for that operation: services abort where it is closed (load
 * balancer specification, "Downstream Visible Behavioral Changes"). Other servers see to the order by themselves.
 */
const abortOutOfTurn = (
  context: TransactionContext,
  session: SessionState,
  transaction: Transaction,
): void => {
  if (transaction.pin?.connection !== undefined) {
    abandonPin(transaction);
    return;
  }
  const turn: Turn = { transaction, end: () => undefined };
  const deadline = deadlineAfter(context.runtime, BACKGROUND_ABORT_MS);
  sendEnd(context, session, turn, abortTransaction, deadline).catch(() => undefined);
};

/**
 * Commits the transaction of a session, or commits it again, once all operations that were called before are done. The
 * session is in the state `committed` afterwards, on failure too (transactions specification, "commitTransaction"), except
 * where the time ran out before its turn came: then nothing was sent and the transaction is open as before.
 */
export const commit = async (
  context: TransactionContext,
  session: SessionState,
  deadline: Deadline,
): Promise<void> => {
  const transaction = beginEnding(session, 'commit');
  const { turns, settings } = transaction;
  try {
    const end = await turns.take(deadline, context.runtime);
    try {
      await sendEnd(
        context,
        session,
        { transaction, end },
        commitTransaction(settings.maxCommitTimeMS),
        deadline,
      );
      transaction.commitInDoubt = true;
    } finally {
      context.executor.inTransaction.delete(session);
      session.step('commit');
      end();
    }
  } finally {
    transaction.ending = false;
  }
};

/**
 * Aborts the transaction of a session. What the server says is of no interest: it ends a transaction by itself, too
 * (transactions specification, "Drivers ignore all abortTransaction errors"). What waits behind it, or is not sent yet when
 * the time runs out, is refused. Resolves with what went wrong, for callers who tell of their own limits.
 */
export const abort = async (
  context: TransactionContext,
  session: SessionState,
  deadline: Deadline,
): Promise<unknown> => {
  const transaction = beginEnding(session, 'abort');
  let end: EndTurn | undefined;
  try {
    end = await transaction.turns.take(deadline, context.runtime);
    await sendEnd(context, session, { transaction, end }, abortTransaction, deadline);
    return undefined;
  } catch (error) {
    if (end === undefined) abortOutOfTurn(context, session, transaction);
    return error;
  } finally {
    transaction.ending = false;
    context.executor.inTransaction.delete(session);
    session.step('abort');
    unpin(transaction);
    end?.();
  }
};

/** Aborts what is open and waits for what runs, before the session ends. Never throws; resolves with what went wrong. */
export const leaveTransaction = async (
  context: TransactionContext,
  session: SessionState,
  deadline: Deadline,
): Promise<unknown> => {
  const { transaction } = session;
  if (transaction === undefined) return undefined;
  if (isOpen(transaction.state) && !transaction.ending) return await abort(context, session, deadline);
  try {
    (await transaction.turns.take(deadline, context.runtime))();
  } catch {
    // What runs on has a transaction that ended: nothing is lost with it.
  }
  return undefined;
};
