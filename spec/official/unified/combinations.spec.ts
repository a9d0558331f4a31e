import { describe, expect, it } from '@jest/globals';
import { VERSIONS, combinationName, embeddedCombinations, planCase } from './combinations.js';
import type { RunOnRequirement } from './format.js';
import { unmetRequirement } from './requirements.js';

const available = embeddedCombinations();
const plan = (requirements: RunOnRequirement[] | undefined, full = false): string[] =>
  planCase([requirements], available, full).combinations.map(combinationName);

describe('where a case runs', () => {
  it('is the newest version, once', () => {
    expect(plan(undefined)).toEqual(['8.2 replicaset']);
    expect(plan([{ minServerVersion: '4.4' }])).toEqual(['8.2 replicaset']);
  });

  it('is the first topology that fits', () => {
    expect(plan([{ topologies: ['sharded', 'single'] }])).toEqual(['8.2 single']);
    expect(plan([{ topologies: ['sharded-replicaset'] }])).toEqual(['8.2 sharded']);
  });

  it('is the newest of the older versions where the newest does not fit', () => {
    expect(plan([{ maxServerVersion: '4.4.99', topologies: ['single'] }])).toEqual(['4.4 single']);
  });

  it('is with authentication where the case asks for it', () => {
    expect(plan([{ auth: true }])).toEqual(['8.2 replicaset auth']);
  });

  it('is nowhere where nothing fits, with the reason', () => {
    expect(planCase([[{ maxServerVersion: '4.0' }]], available, false)).toEqual({
      combinations: [],
      neverRun: 'needs server 4.0 or earlier',
    });
    expect(planCase([[{ csfle: true }]], available, true).neverRun).toBe('needs client-side encryption');
  });

  it('is everywhere it fits in the full matrix', () => {
    const everywhere = plan([{ topologies: ['single'], auth: false }], true);
    expect(everywhere).toEqual(VERSIONS.map((version) => `${version} single`));
  });

  it('needs the requirements of the file and of the case', () => {
    const both = [[{ topologies: ['replicaset' as const] }], [{ topologies: ['single' as const] }]];
    expect(planCase(both, available, false).combinations).toEqual([]);
  });
});

describe('server parameters', () => {
  const facts = { version: '8.2.0', topology: 'single', auth: false } as const;
  const parameters = { enableTestCommands: true, authenticationMechanisms: ['SCRAM-SHA-256'] };

  it('must be there and equal', () => {
    const requirement = [{ serverParameters: { enableTestCommands: true } }];
    expect(unmetRequirement(requirement, { ...facts, parameters })).toBeUndefined();
    expect(unmetRequirement(requirement, { ...facts, parameters: {} })).toMatch(/enableTestCommands/);
    expect(
      unmetRequirement([{ serverParameters: { enableTestCommands: false } }], { ...facts, parameters }),
    ).toMatch(/= false/);
  });

  it('name the mechanism a case needs, in any case', () => {
    expect(unmetRequirement([{ authMechanism: 'scram-sha-256' }], { ...facts, parameters })).toBeUndefined();
    expect(unmetRequirement([{ authMechanism: 'MONGODB-OIDC' }], { ...facts, parameters })).toMatch(
      /MONGODB-OIDC/,
    );
  });
});
