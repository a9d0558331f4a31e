import type { ServiceId } from './service-id.js';

interface PoolEvent {
  /** `host:port` or socket path of the server. */
  readonly address: string;
}

interface PooledConnectionEvent extends PoolEvent {
  /** The pool's number of the connection, from 1 in order of creation. */
  readonly connectionId: number;
}

/** Options of the pool that differ from their defaults. */
export interface PoolCreatedEvent extends PoolEvent {
  readonly options: Readonly<Record<string, number>>;
}

export interface PoolClearedEvent extends PoolEvent {
  /** Behind a load balancer: the one service whose connections are stale now. */
  readonly serviceId: ServiceId | undefined;
  readonly interruptInUseConnections: boolean;
}

export type ConnectionClosedReason = 'stale' | 'idle' | 'error' | 'poolClosed';

export interface ConnectionClosedEvent extends PooledConnectionEvent {
  readonly reason: ConnectionClosedReason;
  /** The failure that closed it, where there was one. */
  readonly error: unknown;
}

export interface ConnectionReadyEvent extends PooledConnectionEvent {
  /** Milliseconds from `connectionCreated` on. */
  readonly duration: number;
}

export type CheckOutFailedReason = 'poolClosed' | 'timeout' | 'connectionError';

export interface ConnectionCheckOutFailedEvent extends PoolEvent {
  readonly reason: CheckOutFailedReason;
  readonly error: unknown;
  /** Milliseconds from `connectionCheckOutStarted` on. */
  readonly duration: number;
}

export interface ConnectionCheckedOutEvent extends PooledConnectionEvent {
  /** Milliseconds from `connectionCheckOutStarted` on. */
  readonly duration: number;
}

/** The pool events (connection monitoring and pooling specification, "Events"). */
export interface PoolEvents {
  connectionPoolCreated: PoolCreatedEvent;
  connectionPoolReady: PoolEvent;
  connectionPoolCleared: PoolClearedEvent;
  connectionPoolClosed: PoolEvent;
  connectionCreated: PooledConnectionEvent;
  connectionReady: ConnectionReadyEvent;
  connectionClosed: ConnectionClosedEvent;
  connectionCheckOutStarted: PoolEvent;
  connectionCheckOutFailed: ConnectionCheckOutFailedEvent;
  connectionCheckedOut: ConnectionCheckedOutEvent;
  connectionCheckedIn: PooledConnectionEvent;
}
