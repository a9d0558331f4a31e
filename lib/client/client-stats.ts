import type { PoolStats } from '../pool/pool-stats.js';
import type { Topology } from '../topology/topology.js';
import type { ServerType, TopologyType } from '../topology/description/topology-types.js';

/** One server at one moment: its connections, how long check-outs waited for them, and how fast it answers. */
export interface ServerStats extends PoolStats {
  /** `host:port` or socket path. */
  readonly address: string;
  readonly serverType: ServerType;
  /** Operations that chose this server and have not finished, those that wait for a connection included. */
  readonly operations: number;
  /** Moving average of round trips in milliseconds; `null` while the server is unknown, and behind a load balancer. */
  readonly roundTripMS: number | null;
  /** The least of the ten latest round trips in milliseconds; 0 until there are two. */
  readonly minRoundTripMS: number;
}

/** A snapshot of a client. Frozen: ask again for the next. */
export interface ClientStats {
  readonly topologyType: TopologyType;
  /** By address, in the order in which the servers were found. */
  readonly servers: Readonly<Record<string, ServerStats>>;
}

export const clientStats = ({ description, servers }: Topology): ClientStats =>
  Object.freeze({
    topologyType: description.topologyType,
    servers: Object.freeze(
      Object.fromEntries(
        servers.map(({ address, description: server, operationCount, pool }): [string, ServerStats] => [
          address,
          Object.freeze({
            address,
            serverType: server.serverType,
            operations: operationCount,
            ...pool.stats(),
            roundTripMS: server.roundTripTime,
            minRoundTripMS: server.minRoundTripTime,
          }),
        ]),
      ),
    ),
  });
