import type { Connection } from '../connection/connection.js';
import type { PooledConnection } from './pooled-connection.js';
import type { ServiceId } from './service-id.js';

/** Behind a load balancer a connection stays with its cursor or transaction. */
export type LeasePurpose = 'operation' | 'cursor' | 'transaction';

/** One connection, lent to one caller until it is checked in. */
export interface Lease {
  readonly connection: Connection;
  /** The pool's generation the connection belongs to; tells a failure of this connection from one of the past. */
  readonly generation: number;
  /** The service behind a load balancer that the connection leads to. */
  readonly serviceId: ServiceId | undefined;
  /** What keeps it: told to those who wait for it in vain. */
  heldFor: LeasePurpose;
}

/** A lease with what its pool needs to take it back. */
export class PoolLease implements Lease {
  readonly connection: Connection;
  readonly pooled: PooledConnection;
  /** Gives the permit back; absent where it was taken past the queue. */
  readonly release: (() => void) | undefined;
  heldFor: LeasePurpose = 'operation';
  /** It is back while the reply to its last request is not: it counts as in use until that was read. */
  isLate = false;

  constructor(pooled: PooledConnection, release: (() => void) | undefined) {
    this.connection = pooled.connection;
    this.pooled = pooled;
    this.release = release;
  }

  get generation(): number {
    return this.pooled.generation;
  }

  get serviceId(): ServiceId | undefined {
    return this.pooled.serviceId;
  }
}
