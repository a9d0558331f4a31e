import type { Deadline } from '../core/deadline.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { WakeWatch } from '../core/wake-watch.js';
import type { ConnectionDescription } from '../connection/connection-description.js';
import type { Connection } from '../connection/connection.js';
import type { ServiceId } from './service-id.js';
import type { PoolEvents } from './pool-events.js';

/** The options of a pool that a user can set; the same for every pool of a client. */
export interface PoolSettings {
  /** Connections in use, idle and being established together; 0 removes the cap. */
  readonly maxPoolSize: number;
  /** Connections kept open in the background. */
  readonly minPoolSize: number;
  /** Connections being established at one time. */
  readonly maxConnecting: number;
  /** Milliseconds after which an idle connection is closed; 0 means never. */
  readonly maxIdleTimeMS: number;
  /** Milliseconds a check-out may wait for its turn; 0 means no limit. */
  readonly waitQueueTimeoutMS: number;
  /** Waiters permitted for each connection of `maxPoolSize`; 0 means no limit. */
  readonly waitQueueMultiple: number;
}

export const DEFAULT_POOL_SETTINGS: PoolSettings = Object.freeze({
  maxPoolSize: 100,
  minPoolSize: 0,
  maxConnecting: 2,
  maxIdleTimeMS: 0,
  waitQueueTimeoutMS: 0,
  waitQueueMultiple: 0,
});

/** What a connect function is told about the connection it opens. */
export interface ConnectRequest {
  /** Number of the connection within its pool. */
  readonly id: number;
  readonly generation: number;
  /**
   * Without a limit of time. Aborts when the pool has no use for the connection any more: it was closed, cleared with
   * interruption, or is used in another process; that whoever asked gave up is no reason.
   */
  readonly deadline: Deadline;
  /** No operation asked for it: `minPoolSize` did. */
  readonly background: boolean;
  /** To be called with the answer to the handshake, before the user is authenticated. */
  readonly onHello: (description: ConnectionDescription) => void;
  /** To be called when the open connection closes by itself, so that `minPoolSize` is met again without an operation. */
  readonly onClose: () => void;
}

/** A connection could not be established, whoever had asked for it. */
export interface ConnectFailure {
  readonly error: unknown;
  /** The generation the attempt began in; the service's, where it is known. */
  readonly generation: number;
  /** Where the handshake was done. */
  readonly serviceId: ServiceId | undefined;
}

export interface PoolOptions extends PoolSettings {
  /** `host:port` or socket path of the server. */
  readonly address: string;
  readonly runtime: Runtime;
  /** Opens an authenticated connection; bounds itself by `connectTimeoutMS`. */
  readonly connect: (request: ConnectRequest) => Promise<Connection>;
  readonly events: EventHub<PoolEvents>;
  /** Told of every connection that could not be established, once each. */
  readonly onConnectFailure: (failure: ConnectFailure) => void;
  /** Whether the server still answers on an idle connection: bounded, never rejects. */
  readonly isAlive?: ((connection: Connection) => Promise<boolean>) | undefined;
  /** Asked before a check-out: has `verifyIdle` called where idle connections may have died unnoticed. */
  readonly wakeWatch?: Pick<WakeWatch, 'look'> | undefined;
  /** Connections belong to services behind a load balancer, each with a generation of its own. */
  readonly loadBalanced?: boolean | undefined;
  /** Number of the running process; connections are never used in another one. */
  readonly processId?: (() => number) | undefined;
}

/** The settings that differ from their defaults. */
export const changedSettings = (settings: PoolSettings): Readonly<Record<string, number>> => {
  const keys = Object.keys(DEFAULT_POOL_SETTINGS) as (keyof PoolSettings)[];
  return Object.fromEntries(
    keys.filter((key) => settings[key] !== DEFAULT_POOL_SETTINGS[key]).map((key) => [key, settings[key]]),
  );
};
