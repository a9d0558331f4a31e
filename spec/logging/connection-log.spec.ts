import { describe, expect, it } from '@jest/globals';
import {
  ConnectionFailure,
  ExceededMaxWaiters,
  WaitQueueTimeoutError,
} from '../../lib/core/errors/connection.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { logConnections } from '../../lib/logging/connection-log.js';
import type { Log } from '../../lib/logging/log.js';
import type { CheckOutFailedReason, PoolEvents } from '../../lib/pool/pool-events.js';

const reasonLogged = (reason: CheckOutFailedReason, error: unknown): unknown => {
  const events = new EventHub<PoolEvents>();
  const logged: unknown[] = [];
  const log: Partial<Log> = {
    isEnabled: () => true,
    write: (_component, _level, _message, fields) => {
      logged.push(fields?.['reason']);
    },
  };
  logConnections(events, log as Log);
  events.publish('connectionCheckOutFailed', { address: 'h:27017', reason, error, duration: 1 });
  return logged[0];
};

describe('a failed check-out', () => {
  it.each([
    ['timeout', new WaitQueueTimeoutError('late'), /Wait queue timeout elapsed/],
    ['timeout', new Error('the user went away'), /aborted while it waited/],
    ['timeout', undefined, /aborted while it waited/],
    ['connectionError', new ConnectionFailure('refused'), /establish a new connection/],
    ['connectionError', new ExceededMaxWaiters('full'), /Too many operations wait/],
    ['poolClosed', new ConnectionFailure('closed'), /pool was closed/],
  ] as const)('for the reason %s with %s is logged as what it is', (reason, error, text) => {
    expect(reasonLogged(reason, error)).toMatch(text);
  });
});
