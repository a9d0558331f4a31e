import { describe, expect, it } from '@jest/globals';
import {
  CursorNotFound,
  DuplicateKeyError,
  ExecutionTimeout,
  NotPrimaryError,
  OperationFailure,
  WriteConcernError,
  WTimeoutError,
} from '../../lib/core/errors/server.js';
import { commandError, stateChangeIn, writeConcernError } from '../../lib/operations/server-error.js';

const context = { command: 'insert', namespace: 'shop.orders', address: 'h:1' };

describe('the error of a reply', () => {
  it.each([
    [43, CursorNotFound],
    [50, ExecutionTimeout],
    [11000, DuplicateKeyError],
    [11001, DuplicateKeyError],
    [10107, NotPrimaryError],
    [13435, NotPrimaryError],
    [11600, NotPrimaryError],
    [189, NotPrimaryError],
  ])('[ERR-4] code %p has its class', (code, expected) => {
    expect(commandError({ ok: 0, code, errmsg: 'm' }, context).constructor).toBe(expected);
  });

  it.each([1, 2, 13, 18, 26, 48, 999_999])('[ERR-4] code %p is an OperationFailure', (code) => {
    expect(commandError({ ok: 0, code, errmsg: 'm' }, context).constructor).toBe(OperationFailure);
  });

  it('[ERR-4] names the command, the namespace, the code and the server', () => {
    const reply = { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized' };
    const error = commandError(reply, context);
    expect(error.message).toBe('not authorized (insert on shop.orders)');
    expect(error).toMatchObject({
      code: 13,
      codeName: 'Unauthorized',
      namespace: 'shop.orders',
      command: 'insert',
      address: 'h:1',
    });
    expect(error.details).toBe(reply);
  });

  it('takes the labels', () => {
    expect(commandError({ ok: 0, code: 91, errorLabels: ['A', 'B'] }, context).errorLabels).toEqual([
      'A',
      'B',
    ]);
  });

  it('knows a state change from the words of a server that sends no code', () => {
    expect(commandError({ ok: 0, errmsg: 'not master' }, context)).toBeInstanceOf(NotPrimaryError);
    expect(commandError({ ok: 0, errmsg: 'node is recovering' }, context)).toBeInstanceOf(NotPrimaryError);
    expect(commandError({ ok: 0, code: 2, errmsg: 'not master' }, context)).not.toBeInstanceOf(
      NotPrimaryError,
    );
  });
});

describe('the error of a write concern', () => {
  it('[WC-5] is a WTimeoutError for code 64', () => {
    const error = writeConcernError({ code: 64, errmsg: 'waiting for replication timed out' }, context);
    expect(error).toBeInstanceOf(WTimeoutError);
    expect(error.timeout).toBe(true);
  });

  it('is a WriteConcernError for any other code', () => {
    expect(writeConcernError({ code: 79, errmsg: 'unknown mode' }, context).constructor).toBe(
      WriteConcernError,
    );
  });

  it('tells of a state change inside it', () => {
    const topologyVersion = { counter: 5 };
    const change = stateChangeIn({ code: 91, errmsg: 'shutting down' }, topologyVersion, context);
    expect(change).toBeInstanceOf(NotPrimaryError);
    expect(change?.details).toMatchObject({ topologyVersion });
    expect(stateChangeIn({ code: 64, errmsg: 'timed out' }, undefined, context)).toBeUndefined();
  });
});
