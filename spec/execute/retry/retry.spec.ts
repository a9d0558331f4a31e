import { describe, expect, it } from '@jest/globals';
import {
  AutoReconnect,
  NetworkTimeout,
  OperationTimeout,
  PoolClearedError,
  ServerSelectionTimeoutError,
} from '../../../lib/core/errors/connection.js';
import { NotPrimaryError, OperationFailure, WriteConcernError } from '../../../lib/core/errors/server.js';
import { RETRYABLE_LABEL, SYSTEM_OVERLOADED_LABEL } from '../../../lib/execute/retry/overload.js';
import { errorToThrow, judge, type RetryRules, type Verdict } from '../../../lib/execute/retry/retry.js';
import {
  labelCommandError,
  labelLostWrite,
  labelWriteConcernError,
  NO_WRITES_PERFORMED_LABEL,
  RETRYABLE_WRITE_LABEL,
} from '../../../lib/execute/retry/retryable-write-labels.js';

const OLD = 8;
const LABELLING = 9;

const RULES: RetryRules = {
  kind: 'none',
  afterOverload: false,
  maxAdaptiveRetries: 2,
  untilDeadline: false,
};
const READ: RetryRules = { ...RULES, kind: 'read', afterOverload: true };
const WRITE: RetryRules = { ...RULES, kind: 'write', afterOverload: true };

const serverError = (code: number, ...labels: string[]): OperationFailure =>
  new OperationFailure(`code ${String(code)}`, { code, labels });

const overload = (details?: object, ...labels: string[]): OperationFailure =>
  new OperationFailure('overloaded', {
    code: 462,
    details,
    labels: [SYSTEM_OVERLOADED_LABEL, RETRYABLE_LABEL, ...labels],
  });

/** The verdict on the last of several failures. */
const after = (rules: RetryRules, ...errors: unknown[]): Verdict => {
  let verdict: Verdict | undefined;
  for (const error of errors) verdict = judge(error, rules, verdict);
  return verdict as Verdict;
};

describe('retryable reads', () => {
  it.each([
    ['a network error', new AutoReconnect('x'), true],
    ['a network timeout', new NetworkTimeout('x'), true],
    ['a cleared pool', new PoolClearedError('x'), true],
    ['a not-primary reply', new NotPrimaryError('x', { code: 10107 }), true],
    ['code 134', serverError(134), true],
    ['a failure of the command', serverError(2), false],
    ['a selection timeout', new ServerSelectionTimeoutError('x', { topologyDescription: null }), false],
    ['anything else', new Error('x'), false],
  ])('%s: %p', (_name, error, expected) => {
    expect(judge(error, READ, undefined).again).toBe(expected);
    expect(judge(error, RULES, undefined).again).toBe(false);
  });

  it('[RETRY-8] are tried again once, without a deadline', () => {
    expect(after(READ, new AutoReconnect('1'), new AutoReconnect('2')).again).toBe(false);
  });

  it('[RETRY-8] are tried again until the deadline where there is one', () => {
    const rules = { ...READ, untilDeadline: true };
    const failures = Array.from({ length: 20 }, () => new AutoReconnect('x'));
    expect(after(rules, ...failures).again).toBe(true);
  });
});

describe('retryable writes', () => {
  it('go by the label alone', () => {
    expect(judge(serverError(10107), WRITE, undefined).again).toBe(false);
    expect(judge(serverError(1, RETRYABLE_WRITE_LABEL), WRITE, undefined).again).toBe(true);
    expect(judge(serverError(1, RETRYABLE_WRITE_LABEL), RULES, undefined).again).toBe(false);
  });

  it.each([
    ['a network error', new AutoReconnect('x'), true],
    ['a cleared pool', new PoolClearedError('x'), true],
    ['a selection timeout', new ServerSelectionTimeoutError('x', { topologyDescription: null }), false],
    ['a reply', serverError(10107), false],
  ])('%s is labelled by the driver: %p', (_name, error, expected) => {
    labelLostWrite(error);
    expect(error.hasErrorLabel(RETRYABLE_WRITE_LABEL)).toBe(expected);
  });

  it('replies of servers before 4.4 are labelled by their code', () => {
    const labelled = (code: number, wireVersion: number): boolean => {
      const error = serverError(code);
      labelCommandError(error, wireVersion);
      return error.hasErrorLabel(RETRYABLE_WRITE_LABEL);
    };
    expect(labelled(11600, OLD)).toBe(true);
    expect(labelled(11000, OLD)).toBe(false);
    expect(labelled(11600, LABELLING)).toBe(false);
  });

  it('a writeConcernError is labelled by its code, unless a router tells of it', () => {
    const labelled = (isRouter: boolean, maxWireVersion = OLD): boolean => {
      const error = new WriteConcernError('x', { code: 91 });
      labelWriteConcernError(error, { maxWireVersion, isRouter });
      return error.hasErrorLabel(RETRYABLE_WRITE_LABEL);
    };
    expect(labelled(false)).toBe(true);
    expect(labelled(false, LABELLING)).toBe(false);
    expect(labelled(true)).toBe(false);
  });
});

describe('overload errors', () => {
  it('allow every command to be sent again, where the options do', () => {
    expect(judge(overload(), { ...RULES, afterOverload: true }, undefined).again).toBe(true);
    expect(judge(overload(), RULES, undefined).again).toBe(false);
  });

  it('need both labels', () => {
    const rules = { ...RULES, afterOverload: true };
    expect(judge(serverError(1, SYSTEM_OVERLOADED_LABEL), rules, undefined).again).toBe(false);
    expect(judge(serverError(1, RETRYABLE_LABEL), rules, undefined).again).toBe(false);
  });

  it.each([0, 1, 2, 5])('are followed by %p retries at most', (maxAdaptiveRetries) => {
    const rules = { ...READ, maxAdaptiveRetries };
    for (let failures = 1; failures <= maxAdaptiveRetries + 1; failures++) {
      const verdict = after(rules, ...Array.from({ length: failures }, () => overload()));
      expect(verdict.again).toBe(failures <= maxAdaptiveRetries);
    }
  });

  it('set the number of retries for all that follows, deadline or not', () => {
    const rules = { ...READ, untilDeadline: true };
    expect(after(rules, overload(), new AutoReconnect('2')).again).toBe(true);
    expect(after(rules, overload(), new AutoReconnect('2'), new AutoReconnect('3')).again).toBe(false);
    expect(after(rules, ...Array.from({ length: 9 }, () => new AutoReconnect('x')), overload()).again).toBe(
      false,
    );
    expect(after({ ...READ, maxAdaptiveRetries: 0 }, serverError(91, SYSTEM_OVERLOADED_LABEL)).again).toBe(
      false,
    );
  });

  it('alone are waited after, twice as long each time, up to ten seconds', () => {
    const rules = { ...READ, maxAdaptiveRetries: 20 };
    const ceilings = Array.from(
      { length: 8 },
      (_, retries) => after(rules, ...Array.from({ length: retries + 1 }, () => overload())).backoffMS,
    );
    expect(ceilings).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(after(rules, overload(), new AutoReconnect('2')).backoffMS).toBe(0);
    expect(after(rules, new AutoReconnect('1'), overload()).backoffMS).toBe(400);
  });

  it.each([
    [{ baseBackoffMS: 50 }, 100],
    [{ baseBackoffMS: 50n }, 100],
    [{ baseBackoffMS: 0 }, 200],
    [{ baseBackoffMS: -1 }, 200],
    [{ baseBackoffMS: 'soon' }, 200],
    [{ baseBackoffMS: 1e9 }, 10_000],
    [undefined, 200],
  ])('the server may say where to begin: %p', (details, expected) => {
    expect(judge(overload(details), READ, undefined).backoffMS).toBe(expected);
  });
});

describe('after several failures', () => {
  const first = new AutoReconnect('first');

  it('the latest is thrown', () => {
    const second = new NotPrimaryError('second', { code: 10107 });
    expect(errorToThrow(first, second)).toBe(second);
  });

  it('one before is thrown where the latest wrote nothing', () => {
    expect(errorToThrow(first, serverError(91, NO_WRITES_PERFORMED_LABEL))).toBe(first);
  });

  it('the first is thrown where none wrote anything', () => {
    const failures = [91, 91, 10107].map((code) => overload({ code }, NO_WRITES_PERFORMED_LABEL));
    expect(after(WRITE, ...failures).error).toBe(failures[0]);
  });

  it('the last that may have written is thrown', () => {
    const wrote = serverError(91);
    const failures = [
      serverError(1, NO_WRITES_PERFORMED_LABEL),
      wrote,
      serverError(2, NO_WRITES_PERFORMED_LABEL),
    ];
    expect(after(WRITE, ...failures).error).toBe(wrote);
  });

  it('one before is thrown where the latest attempt was not made', () => {
    expect(errorToThrow(first, new ServerSelectionTimeoutError('x', { topologyDescription: null }))).toBe(
      first,
    );
    expect(errorToThrow(first, new PoolClearedError('x'))).toBe(first);
  });

  it('an answer counts more than an attempt that was not made, even where it wrote nothing', () => {
    const answer = serverError(91, NO_WRITES_PERFORMED_LABEL);
    expect(errorToThrow(new PoolClearedError('x'), answer)).toBe(answer);
  });

  it('the end of the time is thrown as such', () => {
    const over = new OperationTimeout('over');
    expect(errorToThrow(first, over)).toBe(over);
  });
});
