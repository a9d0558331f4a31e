import { ReadPreference } from '../options/read-preference.js';
import type { ServerType, TopologyType } from '../topology/description/topology-types.js';

/**
 * The read preference a command carries to this server, if any (server selection specification, "Passing read
 * preference to mongos and load balancers" and "Topology type Single"): never to a standalone, to everyone else when
 * it is not `primary`; a direct connection to a replica-set member asks for `primaryPreferred`, so that the member
 * answers whatever its role is.
 */
export const readPreferenceToSend = (
  readPreference: ReadPreference,
  topologyType: TopologyType,
  serverType: ServerType,
): ReadPreference | undefined => {
  if (serverType === 'Standalone') return undefined;
  if (readPreference.mode !== 'primary') return readPreference;
  const isRouter = serverType === 'Mongos' || serverType === 'LoadBalancer';
  return topologyType === 'Single' && !isRouter ? ReadPreference.PRIMARY_PREFERRED : undefined;
};
