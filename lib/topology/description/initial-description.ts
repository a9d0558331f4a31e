import type { ObjectId } from '../../bson/values.js';
import { unknownServer } from './server-description.js';
import { TopologyDescription } from './topology-description.js';
import type { TopologyType } from './topology-types.js';

export interface InitialTopology {
  readonly id: ObjectId;
  readonly seeds: readonly string[];
  readonly directConnection: boolean;
  readonly loadBalanced: boolean;
  readonly replicaSet: string | null;
  readonly heartbeatFrequencyMS: number;
}

/** SDAM specification, "Initial TopologyType". */
const initialType = ({ directConnection, loadBalanced, replicaSet }: InitialTopology): TopologyType => {
  if (loadBalanced) return 'LoadBalanced';
  if (directConnection) return 'Single';
  return replicaSet === null ? 'Unknown' : 'ReplicaSetNoPrimary';
};

/** What is known of a deployment nobody was asked about yet: the configured hosts. */
export const initialDescription = (settings: InitialTopology): TopologyDescription =>
  new TopologyDescription({
    id: settings.id,
    topologyType: initialType(settings),
    servers: new Map(settings.seeds.map((address) => [address, unknownServer(address)])),
    setName: settings.replicaSet,
    maxElectionId: null,
    maxSetVersion: null,
    heartbeatFrequencyMS: settings.heartbeatFrequencyMS,
    rejected: new Map(),
  });

/** What listeners are told stood before the first description. */
export const emptyDescription = (id: ObjectId, heartbeatFrequencyMS: number): TopologyDescription =>
  initialDescription({
    id,
    heartbeatFrequencyMS,
    seeds: [],
    directConnection: false,
    loadBalanced: false,
    replicaSet: null,
  });
