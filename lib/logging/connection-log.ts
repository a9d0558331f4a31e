import type { AsyncMongoError } from '../core/errors/base.js';
import type { EventHub } from '../core/event-hub.js';
import type { CheckOutFailedReason, ConnectionClosedReason, PoolEvents } from '../pool/pool-events.js';
import { endpointOf } from './endpoint.js';
import type { Log } from './log.js';
import { loggedError } from './logged-error.js';

const CLOSED_REASONS: Readonly<Record<ConnectionClosedReason, string>> = {
  stale: 'Connection became stale because the pool was cleared',
  idle: 'Connection has been available but unused for longer than the configured max idle time',
  error: 'An error occurred while using the connection',
  poolClosed: 'Connection pool was closed',
};

const CHECK_OUT_FAILED_REASONS: Readonly<Record<CheckOutFailedReason, string>> = {
  timeout: 'Wait queue timeout elapsed without a connection becoming available',
  connectionError: 'An error occurred while trying to establish a new connection',
  poolClosed: 'Connection pool was closed',
};

/** The specification has three reasons; where one of them would say what is not true, the error itself tells better. */
const checkOutFailed = (reason: CheckOutFailedReason, error: unknown): string => {
  const { kind, timeout } = (error ?? {}) as Partial<AsyncMongoError>;
  if (kind === 'wait-queue-full') return 'Too many operations wait for a connection already';
  if (reason === 'timeout' && timeout !== true) return 'The operation was aborted while it waited';
  return CHECK_OUT_FAILED_REASONS[reason];
};

/** Connection monitoring and pooling specification, "Connection Pool Logging". */
export const logConnections = (events: EventHub<PoolEvents>, log: Log): void => {
  if (!log.isEnabled('connection', 'debug')) return;
  const write = (message: string, address: string, fields: Parameters<Log['write']>[3] = {}): void => {
    log.write('connection', 'debug', message, { ...endpointOf(address), ...fields });
  };
  events.on('connectionPoolCreated', ({ address, options }) => {
    write('Connection pool created', address, options);
  });
  events.on('connectionPoolReady', ({ address }) => write('Connection pool ready', address));
  events.on('connectionPoolCleared', ({ address, serviceId }) => {
    write('Connection pool cleared', address, { serviceId: serviceId?.toHexString() });
  });
  events.on('connectionPoolClosed', ({ address }) => write('Connection pool closed', address));
  events.on('connectionCreated', ({ address, connectionId }) => {
    write('Connection created', address, { driverConnectionId: connectionId });
  });
  events.on('connectionReady', ({ address, connectionId, duration }) => {
    write('Connection ready', address, { driverConnectionId: connectionId, durationMS: duration });
  });
  events.on('connectionClosed', ({ address, connectionId, reason, error }) => {
    write('Connection closed', address, {
      driverConnectionId: connectionId,
      reason: CLOSED_REASONS[reason],
      error:
        reason === 'error' && error !== undefined ? loggedError(error, log.maxDocumentLength) : undefined,
    });
  });
  events.on('connectionCheckOutStarted', ({ address }) => write('Connection checkout started', address));
  events.on('connectionCheckOutFailed', ({ address, reason, error, duration }) => {
    write('Connection checkout failed', address, {
      reason: checkOutFailed(reason, error),
      error: reason === 'connectionError' ? loggedError(error, log.maxDocumentLength) : undefined,
      durationMS: duration,
    });
  });
  events.on('connectionCheckedOut', ({ address, connectionId, duration }) => {
    write('Connection checked out', address, { driverConnectionId: connectionId, durationMS: duration });
  });
  events.on('connectionCheckedIn', ({ address, connectionId }) => {
    write('Connection checked in', address, { driverConnectionId: connectionId });
  });
};
