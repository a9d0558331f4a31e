import { parseVersion } from '../../../lib/testing/versions.js';
import type { RunOnRequirement, TopologyKind } from './format.js';
import { unmetRequirement, type DeploymentFacts } from './requirements.js';
import { compareVersions } from './version.js';

/** One kind of deployment a case can run on. */
export interface Combination {
  readonly version: string;
  readonly topology: TopologyKind;
  readonly auth: boolean;
}

/** The server versions the embedded deployment imitates, newest first. */
export const VERSIONS = ['8.2', '8.0', '7.0', '6.0', '4.4', '4.2'] as const;
/** In the order in which a case looks for a home: a replica set exercises most (sessions, cluster time).
 */
export const TOPOLOGIES: readonly TopologyKind[] = ['replicaset', 'single', 'sharded', 'load-balanced'];

export const combinationName = ({ version, topology, auth }: Combination): string =>
  `${version} ${topology}${auth ? ' auth' : ''}`;

/** Routers know load balancers since 5.0. */
const exists = ({ version, topology }: Combination): boolean =>
  topology !== 'load-balanced' || compareVersions(version, '5.0') >= 0;

/** Newest version first; within a version without authentication first. */
export const embeddedCombinations = (): Combination[] =>
  VERSIONS.flatMap((version) =>
    [false, true].flatMap((auth) => TOPOLOGIES.map((topology) => ({ version, topology, auth }))),
  ).filter(exists);

/** What such a deployment will say of itself: a series answers as one of its patch releases. */
const factsOf = (combination: Combination): DeploymentFacts => ({
  ...combination,
  version: parseVersion(combination.version).full,
});

export interface Plan {
  readonly combinations: readonly Combination[];
  /** Set when no combination reaches the case. */
  readonly neverRun?: string;
}

/**
 * Where a case runs. `full`: on every combination that its requirements allow. Otherwise once: on the first such
 * combination of the newest version that has one.
 */
export const planCase = (
  requirements: readonly (readonly RunOnRequirement[] | undefined)[],
  available: readonly Combination[],
  full: boolean,
): Plan => {
  const reached = available.filter((combination) =>
    requirements.every((list) => unmetRequirement(list, factsOf(combination)) === undefined),
  );
  const [first] = reached;
  if (first) return { combinations: full ? reached : [first] };
  const [newest] = available;
  const reason =
    newest &&
    requirements.map((list) => unmetRequirement(list, factsOf(newest))).find((text) => text !== undefined);
  return { combinations: [], neverRun: reason ?? 'no combination meets the requirements' };
};
