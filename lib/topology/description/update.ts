import type { ObjectId } from '../../bson/values.js';
import { ConnectionFailure } from '../../core/errors/connection.js';
import { possiblePrimary, unknownServer, type ServerDescription } from './server-description.js';
import { TopologyDescription } from './topology-description.js';
import type { TopologyType } from './topology-types.js';
import { compareTopologyVersions } from './topology-version.js';

/** First wire version whose primaries are ordered by election id before set version (MongoDB 6.0). */
const ELECTION_ID_FIRST = 17;
/** Code of the error of a single server that belongs to another replica set than the client asked for. */
export const OTHER_REPLICA_SET = 'ERR_OTHER_REPLICA_SET';
/** How many rejected hosts a description remembers. */
const REJECTED_KEPT = 50;

/** A description while it is changed. */
interface Draft {
  topologyType: TopologyType;
  setName: string | null;
  maxElectionId: ObjectId | null;
  maxSetVersion: number | null;
  readonly servers: Map<string, ServerDescription>;
  readonly rejected: Map<string, string>;
}

const draftOf = (topology: TopologyDescription): Draft => ({
  topologyType: topology.topologyType,
  setName: topology.setName,
  maxElectionId: topology.maxElectionId,
  maxSetVersion: topology.maxSetVersion,
  servers: new Map(topology.servers),
  rejected: new Map(topology.rejected),
});

const publish = (topology: TopologyDescription, draft: Draft): TopologyDescription =>
  new TopologyDescription({
    id: topology.id,
    topologyType: draft.topologyType,
    servers: draft.servers,
    setName: draft.setName,
    maxElectionId: draft.maxElectionId,
    maxSetVersion: draft.maxSetVersion,
    heartbeatFrequencyMS: topology.heartbeatFrequencyMS,
    rejected: draft.rejected,
  });

/**
 * What is known of the deployment after one server was checked, or failed (SDAM specification, "Updating the
 * TopologyDescription"). Returns the same description where the news comes from a server that does not belong to it, or
 * is older than what is known already. `seedCount` is the number of hosts the client was given.
 */
export const updateTopologyDescription = (
  topology: TopologyDescription,
  server: ServerDescription,
  seedCount: number,
): TopologyDescription => {
  const current = topology.servers.get(server.address);
  if (current === undefined) return topology;
  if (compareTopologyVersions(current.topologyVersion, server.topologyVersion) > 0) return topology;
  const draft = draftOf(topology);
  draft.servers.set(server.address, server);
  UPDATES[topology.topologyType](draft, server, seedCount);
  return publish(topology, draft);
};

/** Adds and removes hosts as an SRV record says: replica sets tell their members themselves. */
export const updateSrvHosts = (
  topology: TopologyDescription,
  hosts: readonly string[],
): TopologyDescription => {
  if (topology.topologyType.startsWith('ReplicaSet') && topology.servers.size > 0) return topology;
  const draft = draftOf(topology);
  const present = new Set(hosts);
  for (const address of draft.servers.keys()) if (!present.has(address)) draft.servers.delete(address);
  addMembers(draft, hosts);
  return publish(topology, draft);
};

/** The description of a client that is closed. */
export const closedTopology = (topology: TopologyDescription): TopologyDescription =>
  publish(topology, {
    ...draftOf(topology),
    topologyType: 'Unknown',
    servers: new Map(),
    rejected: new Map(),
  });

type Update = (draft: Draft, server: ServerDescription, seedCount: number) => void;

const keepSingle: Update = (draft, server) => {
  if (draft.setName === null || server.serverType === 'Unknown' || server.setName === draft.setName) return;
  draft.servers.set(server.address, withError(server, setMismatch(draft, server), OTHER_REPLICA_SET));
};

const keep: Update = () => undefined;

const fromUnknown: Update = (draft, server, seedCount) => {
  switch (server.serverType) {
    case 'Standalone':
      if (seedCount === 1) draft.topologyType = 'Single';
      else
        reject(
          draft,
          server,
          'it is a standalone: several hosts must be members of one replica set, or routers',
        );
      return;
    case 'Mongos':
      draft.topologyType = 'Sharded';
      return;
    case 'RSPrimary':
      return fromPrimary(draft, server);
    case 'RSSecondary':
    case 'RSArbiter':
    case 'RSOther':
      draft.topologyType = 'ReplicaSetNoPrimary';
      return fromMemberWithoutPrimary(draft, server);
    default:
  }
};

const fromSharded: Update = (draft, server) => {
  if (server.serverType !== 'Mongos' && server.serverType !== 'Unknown') {
    reject(draft, server, `it is a ${server.serverType}, not a router`);
  }
};

const fromReplicaSet: Update = (draft, server) => {
  switch (server.serverType) {
    case 'Standalone':
    case 'Mongos':
      reject(draft, server, `it is a ${server.serverType}, not a member of a replica set`);
      checkIfHasPrimary(draft);
      return;
    case 'RSPrimary':
      return fromPrimary(draft, server);
    case 'RSSecondary':
    case 'RSArbiter':
    case 'RSOther':
      if (draft.topologyType === 'ReplicaSetNoPrimary') fromMemberWithoutPrimary(draft, server);
      else fromMemberWithPrimary(draft, server);
      return;
    default:
      checkIfHasPrimary(draft);
  }
};

const UPDATES: Readonly<Record<TopologyType, Update>> = {
  Single: keepSingle,
  LoadBalanced: keep,
  Unknown: fromUnknown,
  Sharded: fromSharded,
  ReplicaSetNoPrimary: fromReplicaSet,
  ReplicaSetWithPrimary: fromReplicaSet,
};

const setMismatch = (draft: Draft, server: ServerDescription): string =>
  `it belongs to ${server.setName === null ? 'no replica set' : `the replica set "${server.setName}"`}, not to "${String(draft.setName)}"`;

const withError = (
  { address, lastUpdateTime }: ServerDescription,
  why: string,
  code?: string,
): ServerDescription => {
  const facts = { address, phase: 'hello' } as const;
  const error = new ConnectionFailure(`${address} cannot be used: ${why}`, facts, 'network', code);
  return unknownServer(address, { lastUpdateTime, error });
};

const reject = (draft: Draft, { address }: ServerDescription, why: string): void => {
  draft.servers.delete(address);
  draft.rejected.set(address, why);
  if (draft.rejected.size > REJECTED_KEPT)
    draft.rejected.delete(draft.rejected.keys().next().value as string);
};

const addMembers = (draft: Draft, addresses: readonly string[]): void => {
  for (const address of addresses) {
    if (draft.servers.has(address)) continue;
    draft.servers.set(address, unknownServer(address));
    draft.rejected.delete(address);
  }
};

const primaryIn = (draft: Draft): ServerDescription | undefined => {
  for (const server of draft.servers.values()) if (server.serverType === 'RSPrimary') return server;
  return undefined;
};

const checkIfHasPrimary = (draft: Draft): void => {
  draft.topologyType = primaryIn(draft) === undefined ? 'ReplicaSetNoPrimary' : 'ReplicaSetWithPrimary';
};

const markPossiblePrimary = (draft: Draft, { primary }: ServerDescription): void => {
  const named = primary === null ? undefined : draft.servers.get(primary);
  if (named?.serverType !== 'Unknown') return;
  draft.servers.set(named.address, possiblePrimary(named));
};

/** Returns whether the server was rejected for the name of its set, or its own. */
const rejectStranger = (draft: Draft, server: ServerDescription): boolean => {
  if (server.setName !== draft.setName) {
    reject(draft, server, setMismatch(draft, server));
    return true;
  }
  return false;
};

const rejectAlias = (draft: Draft, server: ServerDescription): boolean => {
  if (server.me === null || server.me === server.address) return false;
  reject(draft, server, `its replica set calls it ${server.me}`);
  return true;
};

const fromMemberWithoutPrimary = (draft: Draft, server: ServerDescription): void => {
  draft.setName ??= server.setName;
  if (rejectStranger(draft, server)) return;
  addMembers(draft, server.members);
  markPossiblePrimary(draft, server);
  rejectAlias(draft, server);
};

const fromMemberWithPrimary = (draft: Draft, server: ServerDescription): void => {
  if (rejectStranger(draft, server) || rejectAlias(draft, server)) {
    checkIfHasPrimary(draft);
    return;
  }
  if (primaryIn(draft) !== undefined) return;
  draft.topologyType = 'ReplicaSetNoPrimary';
  markPossiblePrimary(draft, server);
};

const fromPrimary = (draft: Draft, server: ServerDescription): void => {
  draft.setName ??= server.setName;
  if (rejectStranger(draft, server)) {
    checkIfHasPrimary(draft);
    return;
  }
  if (server.members.length === 0) {
    // A primary names itself at least: to believe that it has no members would leave nothing to connect to.
    draft.servers.set(server.address, withError(server, 'it is a primary that names no members'));
    checkIfHasPrimary(draft);
    return;
  }
  const outdated = recordElection(draft, server);
  if (outdated !== undefined) {
    draft.servers.set(
      server.address,
      withStalePrimary(server, `electionId/setVersion mismatch: ${outdated}`),
    );
    checkIfHasPrimary(draft);
    return;
  }
  for (const other of draft.servers.values()) {
    if (other.serverType === 'RSPrimary' && other.address !== server.address) {
      draft.servers.set(
        other.address,
        withStalePrimary(other, `discovery of newer primary ${server.address}`),
      );
    }
  }
  const { members } = server;
  addMembers(draft, members);
  const named = new Set(members);
  for (const other of draft.servers.values()) {
    if (!named.has(other.address))
      reject(draft, other, `the primary ${server.address} does not name it as a member`);
  }
  checkIfHasPrimary(draft);
};

const withStalePrimary = ({ address, lastUpdateTime }: ServerDescription, why: string): ServerDescription =>
  unknownServer(address, {
    lastUpdateTime,
    error: new ConnectionFailure(`primary marked stale due to ${why}`, { address, phase: 'hello' }),
  });

const compareIds = (a: ObjectId | null, b: ObjectId | null): number => {
  const [left, right] = [a?.toHexString() ?? '', b?.toHexString() ?? ''];
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

const compareNumbers = (a: number | null, b: number | null): number =>
  (a ?? -Infinity) - (b ?? -Infinity) || 0;

/** Remembers the greatest election seen; returns why the server cannot be the primary any more, if so. */
const recordElection = (draft: Draft, server: ServerDescription): string | undefined => {
  const byElection = compareIds(server.electionId, draft.maxElectionId);
  const bySetVersion = compareNumbers(server.setVersion, draft.maxSetVersion);
  if ((server.maxWireVersion ?? 0) >= ELECTION_ID_FIRST) {
    if (byElection < 0) return 'mismatched electionId';
    if (byElection === 0 && bySetVersion < 0) return 'mismatched setVersion';
    draft.maxElectionId = server.electionId;
    draft.maxSetVersion = server.setVersion;
    return undefined;
  }
  const { maxElectionId, maxSetVersion } = draft;
  if (server.electionId !== null && server.setVersion !== null) {
    if (maxElectionId !== null && maxSetVersion !== null) {
      if (bySetVersion < 0) return 'mismatched setVersion';
      if (bySetVersion === 0 && byElection < 0) return 'mismatched electionId';
    }
    draft.maxElectionId = server.electionId;
  }
  if (server.setVersion !== null && bySetVersion > 0) draft.maxSetVersion = server.setVersion;
  return undefined;
};
