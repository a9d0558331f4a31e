import type { Connection } from '../connection/connection.js';
import type { Deadline } from '../core/deadline.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { PoolEvents } from '../pool/pool-events.js';
import type { ConnectRequest, PoolSettings } from '../pool/pool-options.js';
import type { MonitorConnection } from './monitor-connection.js';
import type { Server, ServerFailure } from './server.js';
import type { CustomServerSelector, ServerSelector } from './server-selector.js';
import type { TopologyDescription } from './topology-description.js';
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
  /** Bounds each selection; 0 means no limit. */
  readonly serverSelectionTimeoutMS: number;
  readonly serverSelector?: CustomServerSelector | undefined;
  readonly pool: PoolSettings;
}

export interface TopologyOptions extends TopologySettings {
  readonly runtime: Runtime;
  readonly events: EventHub<TopologyEvents & PoolEvents>;
  /** Opens an authenticated connection for the pool of a server. */
  readonly connect: (address: string, request: ConnectRequest) => Promise<Connection>;
  readonly openMonitorConnection: (address: string, deadline: Deadline) => Promise<MonitorConnection>;
}

/** The deployment: what is known of it, and who is told when that changes. */
export declare class Topology {
  constructor(options: TopologyOptions);
  readonly description: TopologyDescription;
  /** Begins to look for servers; `select` does it too. */
  start(): void;
  /** A server the selector allows: at once where the description has one, else as soon as one is found. */
  select(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized?: readonly Server[],
  ): Server | Promise<Server>;
  /** A connection failed, or a server said that it is not what it was taken for. */
  report(failure: ServerFailure): void;
  /** Hosts of an SRV record: the seeds at first, later what is to be kept of them. */
  setSrvHosts(hosts: readonly string[]): void;
  requestCheck(address?: string): void;
  /** The next description after `since`; the current one where it is another already. */
  nextDescription(since: TopologyDescription, deadline: Deadline): Promise<TopologyDescription>;
  server(address: string): Server | undefined;
  close(): Promise<void>;
}
