import type { Connection } from '../connection/connection.js';
import type { ServiceId } from './service-id.js';

/** An open connection with what the pool keeps about it. */
export interface PooledConnection {
  readonly connection: Connection;
  readonly generation: number;
  readonly serviceId: ServiceId | undefined;
  /** Monotonic milliseconds of the latest check-in; kept up only where `maxIdleTimeMS` asks for it. */
  idleSince: number;
}
