import { describe, expect, it } from '@jest/globals';
import {
  AutoReconnect,
  NetworkTimeout,
  PoolClearedError,
  ServerSelectionTimeoutError,
} from '../../lib/core/errors/connection.js';
import { NotPrimaryError, OperationFailure } from '../../lib/core/errors/server.js';
import {
  errorToThrow,
  labelRetryableWrite,
  NO_WRITES_PERFORMED_LABEL,
  RETRYABLE_WRITE_LABEL,
  shouldRetry,
} from '../../lib/execute/retry.js';

const OLD = 8;
const LABELLING = 9;

describe('retryable reads', () => {
  it.each([
    ['a network error', new AutoReconnect('x'), true],
    ['a network timeout', new NetworkTimeout('x'), true],
    ['a cleared pool', new PoolClearedError('x'), true],
    ['a not-primary reply', new NotPrimaryError('x', { code: 10107 }), true],
    ['code 134', new OperationFailure('x', { code: 134 }), true],
    ['a failure of the command', new OperationFailure('x', { code: 2 }), false],
    ['a selection timeout', new ServerSelectionTimeoutError('x', { topologyDescription: null }), false],
    ['anything else', new Error('x'), false],
  ])('%s: %p', (_name, error, expected) => {
    expect(shouldRetry({ error, retry: 'read', maxWireVersion: LABELLING })).toBe(expected);
    expect(shouldRetry({ error, retry: 'none', maxWireVersion: LABELLING })).toBe(false);
  });
});

describe('retryable writes', () => {
  const decide = (error: unknown, maxWireVersion: number): boolean => {
    labelRetryableWrite({ error, retry: 'write', maxWireVersion });
    return shouldRetry({ error, retry: 'write', maxWireVersion });
  };

  it('labels network errors itself', () => {
    const error = new AutoReconnect('x');
    expect(decide(error, LABELLING)).toBe(true);
    expect(error.hasErrorLabel(RETRYABLE_WRITE_LABEL)).toBe(true);
  });

  it('believes the label of servers from 4.4, and nothing but the label', () => {
    expect(decide(new NotPrimaryError('x', { code: 10107 }), LABELLING)).toBe(false);
    expect(
      decide(new NotPrimaryError('x', { code: 10107, labels: [RETRYABLE_WRITE_LABEL] }), LABELLING),
    ).toBe(true);
  });

  it('goes by the code for older servers', () => {
    expect(decide(new NotPrimaryError('x', { code: 10107 }), OLD)).toBe(true);
    expect(decide(new OperationFailure('x', { code: 11600 }), OLD)).toBe(true);
    expect(decide(new OperationFailure('x', { code: 11000 }), OLD)).toBe(false);
  });
});

describe('after two failures', () => {
  const first = new AutoReconnect('first');

  it('the second is thrown', () => {
    const second = new NotPrimaryError('second', { code: 10107 });
    expect(errorToThrow(first, second)).toBe(second);
  });

  it('the first is thrown where the second wrote nothing', () => {
    const second = new OperationFailure('second', { code: 91, labels: [NO_WRITES_PERFORMED_LABEL] });
    expect(errorToThrow(first, second)).toBe(first);
  });

  it('the first is thrown where the second attempt was not made', () => {
    expect(errorToThrow(first, new ServerSelectionTimeoutError('x', { topologyDescription: null }))).toBe(
      first,
    );
  });
});
