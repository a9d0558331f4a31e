import { withinDeadline, type Deadline } from '../../core/deadline.js';
import { InvalidOperation } from '../../core/errors/usage.js';
import { CURSOR_COMMANDS } from '../../operations/cursor-commands.js';
import { endingOf } from '../../operations/end-transaction.js';
import type { Operation } from '../../operations/operation.js';
import { ENDING, type SessionState } from '../../sessions/session-state.js';
import type { Transaction } from '../../sessions/transaction.js';
import { isOpen } from '../../sessions/transaction-state.js';
import type { ExecuteOptions } from '../execute-options.js';

/**
 * The transaction that an operation of this session belongs to. An operation after the end of one leaves it behind
 * (transactions specification, "ClientSession changes"), except killCursors: that goes with what came before.
 */
export const transactionFor = (session: SessionState, command: string): Transaction | undefined => {
  const { transaction } = session;
  if (transaction === undefined) return undefined;
  if (transaction.ending) throw new InvalidOperation(ENDING);
  if (isOpen(transaction.state)) return transaction;
  if (command !== 'killCursors') session.step('operation');
  return undefined;
};

/** Under `onConcurrentOperation: 'throw'` a second operation is a mistake that wants to be known. */
export const refuseConcurrent = ({ settings, turns }: Transaction, command: string): void => {
  if (settings.onConcurrentOperation !== 'throw' || !turns.busy) return;
  if (CURSOR_COMMANDS.has(command)) return;
  throw new InvalidOperation(
    `Another operation of this transaction runs: await it before ${command}, or leave onConcurrentOperation at 'queue'`,
  );
};

/** An abort that ran out of time has left behind what waited for a turn, a server or a connection. */
export const checkStillOpen = ({ state }: Transaction, command: string): void => {
  if (!isOpen(state))
    throw new InvalidOperation(`The transaction was aborted while ${command} waited to be sent`);
};

/**
 * The options of an operation inside a transaction: its concerns are the transaction's, and so is the read preference
 * unless the call gave one (transactions specification, "TransactionOptions").
 */
export const optionsInTransaction = (
  session: SessionState,
  { settings }: Transaction,
  operation: Operation<unknown>,
  options: ExecuteOptions,
): ExecuteOptions => {
  const { given } = options;
  const ending = endingOf(operation);
  if (given?.readConcern !== undefined) {
    throw new InvalidOperation('Cannot set read concern after starting a transaction');
  }
  if ((given?.writeConcern ?? given?.w ?? given?.safe) !== undefined) {
    throw new InvalidOperation('Cannot set write concern after starting a transaction');
  }
  const readPreference =
    given?.readPreference === undefined ? settings.readPreference : options.readPreference;
  if (
    operation.access === 'read' &&
    readPreference?.mode !== 'primary' &&
    !CURSOR_COMMANDS.has(operation.name)
  ) {
    throw new InvalidOperation(
      `The read preference in a transaction must be primary, not ${readPreference?.mode ?? 'undefined'}`,
    );
  }
  return {
    ...options,
    readPreference,
    readConcern: undefined,
    writeConcern: undefined,
    deadline: ending === undefined ? deadlineInTransaction(session, options) : options.deadline,
  };
};

/** `withTransaction` has one deadline for everything inside it; a second one beside it would contradict it. */
export const deadlineInTransaction = (
  session: SessionState,
  { deadline: own, given }: ExecuteOptions,
): Deadline => {
  const { deadline: outer } = session;
  if (outer === undefined) return own;
  if (outer.timeoutMS !== undefined && given?.timeoutMS !== undefined) {
    throw new InvalidOperation(
      'timeoutMS cannot be set on an operation inside withTransaction with timeoutMS',
    );
  }
  return withinDeadline(own, outer);
};
