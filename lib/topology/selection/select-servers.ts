import { ConfigurationError } from '../../core/errors/usage.js';
import type { TagSet } from '../../options/read-preference.js';
import type { ServerDescription } from '../description/server-description.js';
import type { SelectionPreference, ServerSelector } from './server-selector.js';
import { isKnown, type TopologyType } from '../description/topology-types.js';

/** What selection looks at. */
export interface TopologyView {
  readonly topologyType: TopologyType;
  readonly servers: ReadonlyMap<string, ServerDescription>;
  readonly heartbeatFrequencyMS: number;
}

type Candidates = readonly ServerDescription[];

const NOBODY: ReadonlySet<string> = new Set();
/** Max staleness specification: a primary that has nothing to do writes to its log this often. */
const IDLE_WRITE_PERIOD_MS = 10_000;
const SMALLEST_MAX_STALENESS_SECONDS = 90;

/**
 * The servers that an operation may go to, whatever their latency (server selection specification, "Server Selection
 * Algorithm", step 3). Deprioritized servers count only where no other is suitable. Throws `ConfigurationError` for a
 * staleness limit that cannot work.
 */
export const selectSuitable = (
  view: TopologyView,
  selector: ServerSelector,
  deprioritized: ReadonlySet<string> = NOBODY,
): Candidates => {
  const all = [...view.servers.values()];
  if (deprioritized.size === 0) return suitable(view, all, selector);
  const others = suitable(
    view,
    all.filter(({ address }) => !deprioritized.has(address)),
    selector,
  );
  return others.length > 0 ? others : suitable(view, all, selector);
};

/** Those of the servers that are hardly slower than the fastest of them. */
export const withinLatencyWindow = (servers: Candidates, localThresholdMS: number): Candidates => {
  if (servers.length < 2) return servers;
  let fastest = Infinity;
  for (const { roundTripTime } of servers) fastest = Math.min(fastest, roundTripTime ?? Infinity);
  if (fastest === Infinity) return servers;
  return servers.filter(({ roundTripTime }) => (roundTripTime ?? Infinity) <= fastest + localThresholdMS);
};

/**
 * Of two candidates taken at random the one with less to do: load spreads, and nobody herds to the idlest. `find` gives
 * the server of a candidate, where there is one; it is asked for these two alone.
 */
export const chooseByLoad = <C, S extends { readonly operationCount: number }>(
  candidates: readonly C[],
  find: (candidate: C) => S | undefined,
  random: () => number,
): S | undefined => {
  const { length } = candidates;
  if (length === 0) return undefined;
  if (length === 1) return find(candidates[0] as C);
  const first = Math.floor(random() * length);
  const second = (first + 1 + Math.floor(random() * (length - 1))) % length;
  const [a, b] = [find(candidates[first] as C), find(candidates[second] as C)];
  if (a === undefined || b === undefined) return a ?? b;
  return b.operationCount < a.operationCount ? b : a;
};

const suitable = (view: TopologyView, candidates: Candidates, selector: ServerSelector): Candidates => {
  if (selector.kind === 'address') {
    return candidates.filter((server) => server.address === selector.address && isUsable(view, server));
  }
  switch (view.topologyType) {
    case 'Unknown':
      return [];
    case 'Single':
    case 'LoadBalanced':
      return candidates.filter((server) => isUsable(view, server));
    case 'Sharded':
      return ofType(candidates, 'Mongos');
    default:
      return ofReplicaSet(view, candidates, selector);
  }
};

/** A direct connection takes whatever the server is. */
const isUsable = (view: TopologyView, server: ServerDescription): boolean =>
  view.topologyType === 'Single' ? isKnown(server.serverType) : server.isDataBearing;

const ofType = (candidates: Candidates, type: ServerDescription['serverType']): Candidates =>
  candidates.filter(({ serverType }) => serverType === type);

const ofReplicaSet = (
  view: TopologyView,
  candidates: Candidates,
  selector: Exclude<ServerSelector, { readonly kind: 'address' }>,
): Candidates => {
  if (selector.kind === 'writable') return ofType(candidates, 'RSPrimary');
  if (selector.kind === 'write-read') {
    const tooOld = ({ isDataBearing, maxWireVersion }: ServerDescription): boolean =>
      isDataBearing && (maxWireVersion ?? 0) < selector.minWireVersion;
    if ([...view.servers.values()].some(tooOld)) return ofType(candidates, 'RSPrimary');
  }
  return readable(view, candidates, selector.readPreference);
};

const readable = (
  view: TopologyView,
  candidates: Candidates,
  readPreference: SelectionPreference,
): Candidates => {
  checkMaxStaleness(view, readPreference);
  const primaries = (): Candidates => ofType(candidates, 'RSPrimary');
  const eligible = (servers: Candidates): Candidates =>
    matchingTags(fresh(view, servers, readPreference), readPreference.tagSets);
  const secondaries = (): Candidates => eligible(ofType(candidates, 'RSSecondary'));
  switch (readPreference.mode) {
    case 'primary':
      return primaries();
    case 'primaryPreferred': {
      const found = primaries();
      return found.length > 0 ? found : secondaries();
    }
    case 'secondary':
      return secondaries();
    case 'secondaryPreferred': {
      const found = secondaries();
      return found.length > 0 ? found : primaries();
    }
    case 'nearest':
      return eligible(
        candidates.filter(({ serverType }) => serverType === 'RSPrimary' || serverType === 'RSSecondary'),
      );
  }
};

const checkMaxStaleness = (view: TopologyView, { mode, maxStalenessSeconds }: SelectionPreference): void => {
  if (maxStalenessSeconds === -1) return;
  if (mode === 'primary') {
    throw new ConfigurationError('Read preference "primary" cannot be combined with maxStalenessSeconds');
  }
  const least = Math.max(
    SMALLEST_MAX_STALENESS_SECONDS,
    (view.heartbeatFrequencyMS + IDLE_WRITE_PERIOD_MS) / 1000,
  );
  if (maxStalenessSeconds >= least) return;
  throw new ConfigurationError(
    `maxStalenessSeconds must be at least ${String(least)} (90, and heartbeatFrequencyMS plus 10 seconds), got ${String(maxStalenessSeconds)}`,
  );
};

/** Server selection specification, "maxStalenessSeconds": each secondary's lag is an estimate from hello replies. */
const fresh = (
  view: TopologyView,
  servers: Candidates,
  { maxStalenessSeconds }: SelectionPreference,
): Candidates => {
  if (maxStalenessSeconds <= 0) return servers;
  const limit = maxStalenessSeconds * 1000;
  const staleness = stalenessOf(view);
  return servers.filter((server) => server.serverType !== 'RSSecondary' || staleness(server) <= limit);
};

const stalenessOf = (view: TopologyView): ((secondary: ServerDescription) => number) => {
  const { heartbeatFrequencyMS } = view;
  const all = [...view.servers.values()];
  const primary = all.find(({ serverType }) => serverType === 'RSPrimary');
  const age = (server: ServerDescription): number => server.lastUpdateTime - (server.lastWriteDate ?? 0);
  if (primary !== undefined) return (secondary) => age(secondary) - age(primary) + heartbeatFrequencyMS;
  const latest = Math.max(...ofType(all, 'RSSecondary').map(({ lastWriteDate }) => lastWriteDate ?? 0));
  return (secondary) => latest - (secondary.lastWriteDate ?? 0) + heartbeatFrequencyMS;
};

const hasTags = (tags: TagSet, wanted: TagSet, names: readonly string[]): boolean => {
  for (const name of names) if (tags[name] !== wanted[name]) return false;
  return true;
};

const matchingTags = (servers: Candidates, tagSets: readonly TagSet[] | null): Candidates => {
  if (tagSets === null || tagSets.length === 0) return servers;
  for (const wanted of tagSets) {
    const names = Object.keys(wanted);
    const matching = servers.filter(({ tags }) => hasTags(tags, wanted, names));
    if (matching.length > 0) return matching;
  }
  return [];
};
