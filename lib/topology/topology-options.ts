import type { Connection } from '../connection/connection.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { PoolEvents } from '../pool/pool-events.js';
import type { ConnectRequest, PoolSettings } from '../pool/pool-options.js';
import type { ServerSelectorFunction } from '../options/server-selector-function.js';
import type { OpenMonitorConnection } from './monitoring/monitor-connection.js';
import type { SelectionEvents } from './selection/selection-events.js';
import type { SeedSource } from './srv/srv-seeds.js';
import type { TopologyEvents } from './topology-events.js';

export interface TopologySettings {
  /** `host:port` (lower case) or socket paths. Empty while an SRV record is still to be resolved. */
  readonly seeds: readonly string[];
  readonly directConnection: boolean;
  readonly loadBalanced: boolean;
  readonly replicaSet: string | null;
  readonly heartbeatFrequencyMS: number;
  readonly localThresholdMS: number;
  /** Bounds each check; 0 means no limit. */
  readonly connectTimeoutMS: number;
  /** Servers that can tell by themselves when they change do so; otherwise all are polled. */
  readonly streaming?: boolean | undefined;
  /** Bounds each selection; 0 means no limit. */
  readonly serverSelectionTimeoutMS: number;
  /** Faults of the first connect that last end a selection at once. */
  readonly failFast?: boolean | undefined;
  readonly serverSelector?: ServerSelectorFunction | undefined;
  readonly pool: PoolSettings;
  /** For the hints of a selection error: where users are looked up, and whether connections use TLS. */
  readonly authSource?: string | undefined;
  readonly tls?: boolean | undefined;
  /** Told of what a user should know and no operation reports. */
  readonly warn?: ((message: string) => void) | undefined;
}

export interface TopologyOptions extends TopologySettings {
  readonly runtime: Runtime;
  readonly events: EventHub<TopologyEvents & PoolEvents & SelectionEvents>;
  /** Where the seeds come from, and what else is only known with them, if they are not given. */
  readonly seedSource?: SeedSource | undefined;
  /** Opens an authenticated connection for the pool of a server. */
  readonly connect: (address: string, request: ConnectRequest) => Promise<Connection>;
  /** Whether the server still answers on an idle connection: bounded, never rejects. */
  readonly isAlive?: ((connection: Connection) => Promise<boolean>) | undefined;
  readonly openMonitorConnection: OpenMonitorConnection;
}
