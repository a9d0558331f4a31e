import type { ObjectId } from '../bson/values.js';
import type { Connection } from '../connection/connection.js';

/** One connection, lent to one caller until it is checked in. */
export interface Lease {
  readonly connection: Connection;
  /** The pool's generation the connection belongs to; tells a failure of this connection from one of the past. */
  readonly generation: number;
  /** The service behind a load balancer that the connection leads to. */
  readonly serviceId: ObjectId | undefined;
}
