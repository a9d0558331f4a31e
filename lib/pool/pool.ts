import type { ObjectId } from '../bson/values.js';
import type { Deadline } from '../core/deadline.js';
import type { Lease } from './lease.js';
import type { PoolOptions } from './pool-options.js';

export type PoolState = 'paused' | 'ready' | 'closed';

export interface ClearOptions {
  /** Destroys connections that are in use too, instead of when they are checked in. */
  readonly interruptInUse?: boolean;
  /** Behind a load balancer: only the connections of this service. */
  readonly serviceId?: ObjectId | undefined;
  /** The failure that led to this. */
  readonly error?: unknown;
}

export interface PoolStats {
  readonly inUse: number;
  readonly idle: number;
  readonly connecting: number;
  /** Check-outs that wait for their turn. */
  readonly waiting: number;
  /** Median and 99th percentile of the latest waits, in milliseconds; 0 where none waited. */
  readonly waitP50MS: number;
  readonly waitP99MS: number;
}

/** All connections to one server except those of its monitor. */
export declare class Pool {
  readonly address: string;
  constructor(options: PoolOptions);
  readonly generation: number;
  readonly state: PoolState;
  /** A lease at once where an idle connection is free and nobody waits; else when its turn comes. */
  checkOut(deadline: Deadline): Lease | Promise<Lease>;
  /** Takes the connection back; closes it where it broke, is stale, or the pool is closed. */
  checkIn(lease: Lease): void;
  ready(): void;
  clear(options?: ClearOptions): void;
  close(): void;
  stats(): PoolStats;
}
