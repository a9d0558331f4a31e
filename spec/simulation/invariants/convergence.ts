import type { ServerType, TopologyType } from '../../../lib/topology/description/topology-types.js';
import type { SimulatedClient } from '../simulated-client.js';
import type { World } from '../world.js';

/** The truth about a deployment: what a client must see some time after the last fault. */
export interface Truth {
  readonly topologyType: TopologyType;
  /** By address. */
  readonly servers: ReadonlyMap<string, ServerType>;
}

/** How long a client may take to see it: two heartbeats, and the time-out of a check that waits for a dead connection. */
export const convergenceMS = ({ client }: SimulatedClient): number =>
  2 * client.options.heartbeatFrequencyMS + client.options.connectTimeoutMS + 1_000;

export const checkConvergence = (world: World, { name, client }: SimulatedClient, truth: Truth): void => {
  const { topologyType, servers } = client.topologyDescription;
  const seen = [...servers.values()].map(({ address, serverType }) => `${address} ${serverType}`).sort();
  const real = [...truth.servers].map(([address, serverType]) => `${address} ${serverType}`).sort();
  if (topologyType === truth.topologyType && seen.join() === real.join()) return;
  world.judge.complain(
    'description converges',
    `${name} sees ${topologyType} of ${seen.join(', ')} where there is ${truth.topologyType} of ${real.join(', ')}`,
  );
};
