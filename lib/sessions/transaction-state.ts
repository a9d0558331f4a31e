import { InvalidOperation } from '../core/errors/usage.js';

/**
 * Where a session stands with its transaction (transactions specification, "ClientSession changes").
 *
 *   none ──start──▶ starting ──operation──▶ in-progress ──commit──▶ committed
 *                      │                         └──────abort─────▶ aborted
 *                      └── commit, abort: as from in-progress, but nothing is sent
 *
 * none: no transaction. starting: nothing was sent yet. in-progress: the server may know it. committed, aborted: it is
 * over; the next operation of the session leads to none, the next transaction to starting.
 */
export type TransactionState = 'none' | 'starting' | 'in-progress' | 'committed' | 'aborted';

/** What happens to a transaction. `operation`: a command was sent with the session. */
export type TransactionStep = 'start' | 'operation' | 'commit' | 'abort';

/** Why a step is illegal, in the words of the specification. */
interface Refusal {
  readonly refused: string;
}

const refuse = (refused: string): Refusal => Object.freeze({ refused });

const ALREADY = refuse('Transaction already in progress: a session has one transaction at a time');
const NOT_STARTED = refuse('No transaction started');
const COMMIT_AFTER_ABORT = refuse('Cannot call commitTransaction after calling abortTransaction');
const ABORT_AFTER_COMMIT = refuse('Cannot call abortTransaction after calling commitTransaction');
const ABORT_TWICE = refuse('Cannot call abortTransaction twice');

const STEPS: Readonly<
  Record<TransactionState, Readonly<Record<TransactionStep, TransactionState | Refusal>>>
> = {
  none: { start: 'starting', operation: 'none', commit: NOT_STARTED, abort: NOT_STARTED },
  starting: { start: ALREADY, operation: 'in-progress', commit: 'committed', abort: 'aborted' },
  'in-progress': { start: ALREADY, operation: 'in-progress', commit: 'committed', abort: 'aborted' },
  committed: { start: 'starting', operation: 'none', commit: 'committed', abort: ABORT_AFTER_COMMIT },
  aborted: { start: 'starting', operation: 'none', commit: COMMIT_AFTER_ABORT, abort: ABORT_TWICE },
};

/** The one place where the state of a transaction changes. A step that is refused leaves it as it was. */
export const transition = (from: TransactionState, step: TransactionStep): TransactionState => {
  const to = STEPS[from][step];
  if (typeof to === 'object') throw new InvalidOperation(to.refused);
  return to;
};

/** Whether operations of the session belong to the transaction. */
export const isOpen = (state: TransactionState): boolean => state === 'starting' || state === 'in-progress';
