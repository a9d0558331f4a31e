import { describe, expect, it } from '@jest/globals';
import { errorLabels, type LabelSubject } from '../../../lib/testing/dispatch/error-labels.js';
import { parseVersion } from '../../../lib/testing/versions.js';

const labels = (overrides: Partial<LabelSubject>): readonly string[] =>
  errorLabels({
    version: parseVersion('8.0'),
    command: 'insert',
    hasTxnNumber: true,
    inTransaction: false,
    changeStream: false,
    code: undefined,
    writeConcernCode: undefined,
    ...overrides,
  });

describe('errorLabels', () => {
  it.each([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])(
    'marks code %d of a retryable write as RetryableWriteError, also inside a write concern error',
    (code) => {
      expect(labels({ code })).toEqual(['RetryableWriteError']);
      expect(labels({ writeConcernCode: code })).toEqual(['RetryableWriteError']);
    },
  );

  it('leaves other codes and other commands alone', () => {
    expect(labels({ code: 11000 })).toEqual([]);
    expect(labels({ code: 10107, hasTxnNumber: false })).toEqual([]);
    expect(labels({ writeConcernCode: 64 })).toEqual([]);
  });

  it('adds no RetryableWriteError before 4.4', () => {
    expect(labels({ code: 10107, version: parseVersion('4.2') })).toEqual([]);
  });

  it('marks errors in a transaction as transient, except at its end', () => {
    expect(labels({ code: 112, inTransaction: true })).toEqual(['TransientTransactionError']);
    expect(labels({ code: 251, inTransaction: true })).toEqual(['TransientTransactionError']);
    expect(labels({ code: 10107, inTransaction: true, command: 'commitTransaction' })).toEqual([
      'RetryableWriteError',
    ]);
    expect(labels({ code: 251, inTransaction: true, command: 'commitTransaction' })).toEqual([
      'TransientTransactionError',
    ]);
    expect(labels({ code: 11000, inTransaction: true })).toEqual([]);
  });

  it('marks errors of change streams by whether they can be resumed', () => {
    expect(labels({ code: 43, changeStream: true, hasTxnNumber: false })).toEqual([]);
    expect(labels({ code: 10107, changeStream: true, hasTxnNumber: false })).toEqual([
      'ResumableChangeStreamError',
    ]);
    expect(labels({ code: 286, changeStream: true, hasTxnNumber: false })).toEqual([
      'NonResumableChangeStreamError',
    ]);
  });
});
