/** Server types of the server discovery and monitoring specification, "ServerType". */
export type ServerType =
  | 'Standalone'
  | 'Mongos'
  | 'PossiblePrimary'
  | 'RSPrimary'
  | 'RSSecondary'
  | 'RSArbiter'
  | 'RSOther'
  | 'RSGhost'
  | 'LoadBalancer'
  | 'Unknown';

/** Topology types of the same specification, "TopologyType". */
export type TopologyType =
  'Single' | 'ReplicaSetNoPrimary' | 'ReplicaSetWithPrimary' | 'Sharded' | 'LoadBalanced' | 'Unknown';

const DATA_BEARING: ReadonlySet<ServerType> = new Set<ServerType>([
  'Standalone',
  'Mongos',
  'RSPrimary',
  'RSSecondary',
  'LoadBalancer',
]);

/** Operations can be sent to such a server (SDAM specification, "Data-Bearing Server Type"). */
export const isDataBearing = (type: ServerType): boolean => DATA_BEARING.has(type);

/** A check found out what the server is; that another member takes it for the primary is a guess. */
export const isKnown = (type: ServerType): boolean => type !== 'Unknown' && type !== 'PossiblePrimary';
