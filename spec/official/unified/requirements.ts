import type { Doc, RunOnRequirement, TopologyKind } from './format.js';
import { compareVersions } from './version.js';

/** What is known of a deployment. `parameters` is absent while only planning: then they are taken to fit. */
export interface DeploymentFacts {
  readonly version: string;
  readonly topology: TopologyKind;
  readonly auth: boolean;
  readonly parameters?: Doc;
}

/** Why none of the requirements is met, or undefined when one is (or there are none). */
export const unmetRequirement = (
  requirements: readonly RunOnRequirement[] | undefined,
  facts: DeploymentFacts,
): string | undefined => {
  if (!requirements || requirements.length === 0) return undefined;
  const reasons = requirements.map((requirement) => unmet(requirement, facts));
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join('; or ');
};

const unmet = (requirement: RunOnRequirement, facts: DeploymentFacts): string | undefined => {
  const { minServerVersion: min, maxServerVersion: max, topologies } = requirement;
  if (min !== undefined && compareVersions(facts.version, min) < 0) return `needs server ${min} or later`;
  if (max !== undefined && compareVersions(facts.version, max) > 0) return `needs server ${max} or earlier`;
  if (topologies && !topologies.some((topology) => covers(topology, facts.topology)))
    return `needs topology ${topologies.join(' or ')}`;
  if (requirement.serverless === 'require') return 'needs Atlas Serverless';
  if (requirement.auth !== undefined && requirement.auth !== facts.auth)
    return requirement.auth ? 'needs authentication' : 'needs a deployment without authentication';
  if (requirement.csfle !== undefined && requirement.csfle !== false) return 'needs client-side encryption';
  return unmetParameters(requirement, facts);
};

// Every shard of a server since 3.6 is a replica set, so the two names for a sharded cluster mean the same.
const covers = (wanted: string, actual: TopologyKind): boolean =>
  wanted === actual || (wanted === 'sharded-replicaset' && actual === 'sharded');

const unmetParameters = (
  requirement: RunOnRequirement,
  { parameters }: DeploymentFacts,
): string | undefined => {
  if (!parameters) return undefined;
  for (const [name, wanted] of Object.entries(requirement.serverParameters ?? {})) {
    // Server parameters of these files are booleans, strings and numbers; numbers compare by value.
    const actual = parameters[name];
    const same = typeof wanted === 'number' ? Number(actual) === wanted : actual === wanted;
    if (!(name in parameters) || !same) return `needs server parameter ${name} = ${String(wanted)}`;
  }
  const mechanism = requirement.authMechanism?.toLowerCase();
  const offered = parameters['authenticationMechanisms'];
  if (
    mechanism !== undefined &&
    !(Array.isArray(offered) && offered.some((name) => String(name).toLowerCase() === mechanism))
  )
    return `needs authentication mechanism ${requirement.authMechanism ?? ''}`;
  return undefined;
};
