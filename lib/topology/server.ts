import type { ObjectId } from '../bson/values.js';
import type { Pool } from '../pool/pool.js';
import type { Monitor } from './monitoring/monitor.js';
import type { ServerDescription } from './description/server-description.js';

/** One server of the deployment as the executor sees it. */
export interface Server {
  readonly address: string;
  /** The latest view of it; replaced, never changed. */
  readonly description: ServerDescription;
  readonly pool: Pool;
  /** Operations that selected this server and have not finished; the executor counts up and down. */
  operationCount: number;
}

/** A connection to a server failed while an operation used or awaited it. */
export interface ServerFailure {
  readonly address: string;
  /** Generation of the connection: `lease.generation`. */
  readonly generation: number;
  readonly serviceId?: ObjectId | undefined;
  /** `before-hello`: no handshake yet; `after-hello`: authenticating; `in-use`: an operation ran on it. */
  readonly phase: 'before-hello' | 'after-hello' | 'in-use';
  readonly error: unknown;
  /** Greatest wire version of the connection, where its handshake succeeded. */
  readonly maxWireVersion?: number | undefined;
}

/** A server as the topology keeps it. Behind a load balancer nobody monitors it. */
export class TopologyServer implements Server {
  readonly address: string;
  readonly pool: Pool;
  readonly monitor: Monitor | undefined;
  description: ServerDescription;
  operationCount = 0;

  constructor(description: ServerDescription, pool: Pool, monitor: Monitor | undefined) {
    this.address = description.address;
    this.description = description;
    this.pool = pool;
    this.monitor = monitor;
  }
}
