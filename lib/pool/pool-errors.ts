import {
  AutoReconnect,
  ExceededMaxWaiters,
  PoolClearedError,
  WaitQueueTimeoutError,
  type ConnectionFailureOptions,
} from '../core/errors/connection.js';
import type { LeasePurpose } from './lease.js';
import type { PoolOptions } from './pool-options.js';

/**
 * The pool of a server that is no longer part of the deployment. Retryable as a cleared pool is: selection finds
 * another server, or tells that the client is closed.
 */
export class PoolClosedError extends AutoReconnect {
  static {
    this.prototype.name = 'PoolClosedError';
  }

  constructor(address: string) {
    const options: ConnectionFailureOptions = { address, bytesSent: 'none' };
    super(
      `Attempted to check out a connection from closed connection pool (${address})`,
      options,
      'pool-cleared',
      'ERR_POOL_CLOSED',
    );
  }
}

/** Wording of the CMAP specification, "Connection Pool Errors". */
export const poolCleared = (address: string, cause: unknown): PoolClearedError => {
  const because = cause instanceof Error ? ` because another operation failed with: ${cause.message}` : '';
  const options: ConnectionFailureOptions = { address, cause, bytesSent: 'none' };
  return new PoolClearedError(`Connection pool for ${address} was cleared${because}`, options);
};

/** For operations whose connection is destroyed under them: how much of their request was sent is not known. */
export const connectionInterrupted = (address: string, cause: unknown): PoolClearedError =>
  new PoolClearedError(`Connection to ${address} interrupted due to server monitor timeout`, {
    address,
    cause,
  });

/** Whether a connection was closed by its pool, for no fault of its own. */
export const isInterruption = (error: Error | undefined): boolean =>
  (error as Partial<PoolClearedError> | undefined)?.kind === 'pool-cleared';

export interface Occupancy {
  readonly inUse: number;
  readonly heldFor: Readonly<Record<LeasePurpose, number>>;
  readonly connecting: number;
  readonly waiting: number;
}

/** Prescribed wording (load balancer specification, "Connection Tracking"). */
const loadBalancedTimeout = (
  maxPoolSize: number,
  { cursor, transaction, operation }: Occupancy['heldFor'],
): string =>
  `Timeout waiting for connection from the connection pool. maxPoolSize: ${String(maxPoolSize)}, ` +
  `connections in use by cursors: ${String(cursor)}, connections in use by transactions: ${String(transaction)}, ` +
  `connections in use by other operations: ${String(operation)}`;

export const waitQueueTimeout = (
  address: string,
  limit: string,
  settings: Pick<PoolOptions, 'maxPoolSize' | 'loadBalanced'>,
  occupancy: Occupancy,
): WaitQueueTimeoutError =>
  new WaitQueueTimeoutError(
    settings.loadBalanced === true
      ? loadBalancedTimeout(settings.maxPoolSize, occupancy.heldFor)
      : `Timed out while checking out a connection from connection pool of ${address} ` +
          `after ${limit} ` +
          `(maxPoolSize: ${String(settings.maxPoolSize)}, in use: ${String(occupancy.inUse)}, ` +
          `connecting: ${String(occupancy.connecting)}, waiting: ${String(occupancy.waiting)})`,
    { address, bytesSent: 'none' },
  );

export const tooManyWaiters = (address: string, limit: number): ExceededMaxWaiters =>
  new ExceededMaxWaiters(
    `${String(limit)} operations wait for a connection to ${address} already (waitQueueMultiple times maxPoolSize)`,
  );
