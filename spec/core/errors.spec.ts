import { describe, expect, it } from '@jest/globals';
import { AsyncMongoError } from '../../lib/core/errors/base.js';
import { InvalidBSON, InvalidDocument } from '../../lib/core/errors/bson.js';
import {
  AutoReconnect,
  ConnectionFailure,
  ExceededMaxWaiters,
  NetworkTimeout,
  OperationTimeout,
  PoolClearedError,
  ProtocolError,
  ServerSelectionTimeoutError,
  WaitQueueTimeoutError,
} from '../../lib/core/errors/connection.js';
import {
  hasErrorLabel,
  isNetworkError,
  isServerReported,
  serverCode,
} from '../../lib/core/errors/predicates.js';
import {
  BulkWriteError,
  CursorNotFound,
  DuplicateKeyError,
  ExecutionTimeout,
  NotPrimaryError,
  OperationFailure,
  WriteConcernError,
  WriteError,
  WTimeoutError,
} from '../../lib/core/errors/server.js';
import {
  ConfigurationError,
  InvalidName,
  InvalidOperation,
  InvalidURI,
} from '../../lib/core/errors/usage.js';

const ALL: readonly (readonly [string, AsyncMongoError, string | number | undefined])[] = [
  ['ConfigurationError', new ConfigurationError('x'), 'ERR_CONFIGURATION'],
  ['InvalidURI', new InvalidURI('x'), 'ERR_INVALID_URI'],
  ['InvalidName', new InvalidName('x'), 'ERR_INVALID_NAME'],
  ['InvalidOperation', new InvalidOperation('x'), 'ERR_INVALID_OPERATION'],
  ['InvalidDocument', new InvalidDocument('x'), 'ERR_INVALID_DOCUMENT'],
  ['InvalidBSON', new InvalidBSON('x'), 'ERR_INVALID_BSON'],
  ['ConnectionFailure', new ConnectionFailure('x'), 'ERR_CONNECTION_FAILURE'],
  ['AutoReconnect', new AutoReconnect('x'), 'ERR_AUTO_RECONNECT'],
  ['NetworkTimeout', new NetworkTimeout('x'), 'ERR_NETWORK_TIMEOUT'],
  ['ProtocolError', new ProtocolError('x'), 'ERR_PROTOCOL'],
  [
    'ServerSelectionTimeoutError',
    new ServerSelectionTimeoutError('x', { topologyDescription: null }),
    'ERR_SERVER_SELECTION_TIMEOUT',
  ],
  ['WaitQueueTimeoutError', new WaitQueueTimeoutError('x'), 'ERR_WAIT_QUEUE_TIMEOUT'],
  ['PoolClearedError', new PoolClearedError('x'), 'ERR_POOL_CLEARED'],
  ['ExceededMaxWaiters', new ExceededMaxWaiters('x'), 'ERR_EXCEEDED_MAX_WAITERS'],
  ['OperationTimeout', new OperationTimeout('x'), 'ERR_OPERATION_TIMEOUT'],
  ['OperationFailure', new OperationFailure('x', { code: 2 }), 2],
  ['CursorNotFound', new CursorNotFound('x', { code: 43 }), 43],
  ['ExecutionTimeout', new ExecutionTimeout('x', { code: 50 }), 50],
  ['WriteError', new WriteError('x', { code: 66 }), 66],
  ['DuplicateKeyError', new DuplicateKeyError('x', { code: 11000 }), 11000],
  ['WriteConcernError', new WriteConcernError('x', { code: 79 }), 79],
  ['WTimeoutError', new WTimeoutError('x', { code: 64 }), 64],
  [
    'BulkWriteError',
    new BulkWriteError('x', { writeErrors: [], writeConcernErrors: [], result: {} }),
    undefined,
  ],
  ['NotPrimaryError', new NotPrimaryError('x', { code: 10107 }), 10107],
];

describe('errors', () => {
  it.each(ALL)(
    '[ERR-1] %s shares the base class and has its own name and stable code',
    (name, error, code) => {
      expect(error).toBeInstanceOf(AsyncMongoError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      expect(error.code).toBe(code);
      expect(String(error)).toBe(`${name}: x`);
    },
  );

  it('[ERR-2] one catch covers refused, broken, timed-out and not-primary cases', () => {
    for (const error of [
      new AutoReconnect('x'),
      new NetworkTimeout('x'),
      new NotPrimaryError('x'),
      new ServerSelectionTimeoutError('x', { topologyDescription: null }),
      new WaitQueueTimeoutError('x'),
      new PoolClearedError('x'),
    ]) {
      expect(error).toBeInstanceOf(ConnectionFailure);
    }
  });

  it('[ERR-2] a selection or wait-queue timeout is no network error, a lost connection is', () => {
    expect(isNetworkError(new NetworkTimeout('x'))).toBe(true);
    expect(isNetworkError(new ConnectionFailure('x'))).toBe(true);
    expect(isNetworkError(new ServerSelectionTimeoutError('x', { topologyDescription: null }))).toBe(false);
    expect(isNetworkError(new WaitQueueTimeoutError('x'))).toBe(false);
    expect(isNetworkError(new NotPrimaryError('x'))).toBe(false);
  });

  it('[ERR-2] a not-primary error carries code, labels and reply', () => {
    const details = { ok: 0, code: 10107 };
    const error = new NotPrimaryError('x', {
      code: 10107,
      codeName: 'NotWritablePrimary',
      labels: ['L'],
      details,
    });
    expect(error).toMatchObject({ code: 10107, codeName: 'NotWritablePrimary' });
    expect(error.details).toBe(details);
    expect(error.hasErrorLabel('L')).toBe(true);
    expect(isServerReported(error)).toBe(true);
  });

  it('tells which failures are limits of time', () => {
    const timeouts = ALL.filter(([, error]) => error.timeout).map(([name]) => name);
    expect(timeouts).toEqual([
      'NetworkTimeout',
      'ServerSelectionTimeoutError',
      'WaitQueueTimeoutError',
      'OperationTimeout',
      'ExecutionTimeout',
      'WTimeoutError',
    ]);
  });

  it('keeps the document of the server off enumerable properties', () => {
    const error = new DuplicateKeyError('x', {
      code: 11000,
      keyPattern: { a: 1 },
      keyValue: { a: 'secret' },
      details: { s: 'secret' },
    });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(error.keyValue).toEqual({ a: 'secret' });
    expect(error.keys).toEqual(['a']);
  });

  it('decides by recorded facts, not by class: an error of another realm counts', () => {
    const foreign = {
      kind: 'network',
      code: 'ERR_CONNECTION_FAILURE',
      hasErrorLabel: (label: string) => label === 'L',
    };
    expect(isNetworkError(foreign)).toBe(true);
    expect(hasErrorLabel(foreign, 'L')).toBe(true);
    expect(serverCode(foreign)).toBeUndefined();
  });

  it('has the cause where there was one', () => {
    const cause = new Error('reset');
    expect(new AutoReconnect('x', { cause }).cause).toBe(cause);
    expect('cause' in new AutoReconnect('x')).toBe(false);
  });
});
