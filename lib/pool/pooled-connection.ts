import type { ObjectId } from '../bson/values.js';
import type { Connection } from '../connection/connection.js';

/** An open connection with what the pool keeps about it. */
export interface PooledConnection {
  readonly connection: Connection;
  readonly generation: number;
  readonly serviceId: ObjectId | undefined;
  /** Monotonic milliseconds of the latest check-in; kept up only where `maxIdleTimeMS` asks for it. */
  idleSince: number;
}
