import { describe, expect, it } from '@jest/globals';
import { InvalidOperation } from '../../lib/core/errors/usage.js';
import {
  isOpen,
  transition,
  type TransactionState,
  type TransactionStep,
} from '../../lib/sessions/transaction-state.js';

const ALREADY = /^Transaction already in progress/;
const NOT_STARTED = /^No transaction started$/;
const COMMIT_AFTER_ABORT = /^Cannot call commitTransaction after calling abortTransaction$/;
const ABORT_AFTER_COMMIT = /^Cannot call abortTransaction after calling commitTransaction$/;
const ABORT_TWICE = /^Cannot call abortTransaction twice$/;

type Row = readonly [TransactionState, TransactionStep, TransactionState | RegExp];

const ROWS: readonly Row[] = [
  ['none', 'start', 'starting'],
  ['none', 'operation', 'none'],
  ['none', 'commit', NOT_STARTED],
  ['none', 'abort', NOT_STARTED],
  ['starting', 'start', ALREADY],
  ['starting', 'operation', 'in-progress'],
  ['starting', 'commit', 'committed'],
  ['starting', 'abort', 'aborted'],
  ['in-progress', 'start', ALREADY],
  ['in-progress', 'operation', 'in-progress'],
  ['in-progress', 'commit', 'committed'],
  ['in-progress', 'abort', 'aborted'],
  ['committed', 'start', 'starting'],
  ['committed', 'operation', 'none'],
  ['committed', 'commit', 'committed'],
  ['committed', 'abort', ABORT_AFTER_COMMIT],
  ['aborted', 'start', 'starting'],
  ['aborted', 'operation', 'none'],
  ['aborted', 'commit', COMMIT_AFTER_ABORT],
  ['aborted', 'abort', ABORT_TWICE],
];

const allowed = ROWS.filter(([, , to]) => typeof to === 'string') as [
  TransactionState,
  TransactionStep,
  TransactionState,
][];
const refused = ROWS.filter(([, , to]) => typeof to !== 'string') as [
  TransactionState,
  TransactionStep,
  RegExp,
][];

describe('the state of a transaction', () => {
  it.each(allowed)('[SESS-9] %s, %s: %s', (from, step, to) => {
    expect(transition(from, step)).toBe(to);
  });

  it.each(refused)('[SESS-9] %s, %s: refused in the words of the specification', (from, step, words) => {
    expect(() => transition(from, step)).toThrow(InvalidOperation);
    expect(() => transition(from, step)).toThrow(words);
  });

  it('is open between its start and its end', () => {
    const states: TransactionState[] = ['none', 'starting', 'in-progress', 'committed', 'aborted'];
    expect(states.filter(isOpen)).toEqual(['starting', 'in-progress']);
  });
});
