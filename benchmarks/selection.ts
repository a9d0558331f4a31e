import { createRequire } from 'node:module';
import type * as describe from '../lib/topology/description/describe-server.js';
import type * as initial from '../lib/topology/description/initial-description.js';
import type * as pick from '../lib/topology/selection/pick-server.js';
import type * as update from '../lib/topology/description/update.js';
import type { CodecTask } from './codec.js';

const MEMBERS = 50;
/** What one selection may cost, in microseconds of CPU. */
export const SELECTION_BUDGET_US = 5;

/** The modules of the built package that a selection runs through. */
export interface Selection {
  readonly pick: typeof pick;
  readonly update: typeof update;
  readonly initial: typeof initial;
  readonly describe: typeof describe;
}

export interface SelectionTask extends Pick<CodecTask, 'name' | 'asyncmongo' | 'official'> {
  readonly unit: 'selection';
}

const addresses = Array.from({ length: MEMBERS }, (_, index) => `m${String(index)}.example.com:27017`);

const helloOf = (address: string, index: number): Record<string, unknown> => ({
  ok: 1,
  setName: 'rs',
  setVersion: 1,
  me: address,
  primary: addresses[0],
  hosts: addresses,
  isWritablePrimary: index === 0,
  secondary: index > 0,
  tags: { dc: index % 2 === 0 ? 'east' : 'west' },
  lastWrite: { lastWriteDate: new Date() },
  minWireVersion: 0,
  maxWireVersion: 27,
});

type Mode = 'primary' | 'secondary' | 'nearest';
type Wanted = Readonly<Record<string, string>> | undefined;

const ours = (
  parts: Selection,
): ((mode: Mode, tags: Wanted, maxStalenessSeconds: number) => () => unknown) => {
  const id = { toHexString: () => '' } as never;
  let description = parts.initial.initialDescription({
    id,
    seeds: addresses,
    replicaSet: 'rs',
    directConnection: false,
    loadBalanced: false,
    heartbeatFrequencyMS: 10_000,
  });
  addresses.forEach((address, index) => {
    const facts = { now: 0, roundTripTime: 5, minRoundTripTime: 5 };
    const described = parts.describe.describeServer(address, helloOf(address, index), facts);
    description = parts.update.updateTopologyDescription(description, described, MEMBERS);
  });
  const servers = new Map(addresses.map((address) => [address, { address, operationCount: 0 }]));
  const find = (address: string): never => servers.get(address) as never;
  const rules = { localThresholdMS: 15, random: Math.random };
  return (mode, tags, maxStalenessSeconds) => {
    const tagSets = tags === undefined ? null : [tags];
    const selector = { kind: 'read', readPreference: { mode, tagSets, maxStalenessSeconds } } as const;
    return () => parts.pick.pickServer(description, find, selector, [], rules);
  };
};

/** The same steps as the official driver takes for an operation that finds its server at once. */
const theirs = (): ((mode: Mode, tags: Wanted, maxStalenessSeconds: number) => () => unknown) => {
  const require = createRequire(import.meta.url);
  const { TopologyDescription } = require('mongodb/lib/sdam/topology_description.js');
  const { ServerDescription } = require('mongodb/lib/sdam/server_description.js');
  const { readPreferenceServerSelector } = require('mongodb/lib/sdam/server_selection.js');
  const { ReadPreference } = require('mongodb');
  const described = addresses.map((address, index): [string, unknown] => [
    address,
    new ServerDescription(address, helloOf(address, index), { roundTripTime: 5 }),
  ]);
  const description = new TopologyDescription(
    'ReplicaSetWithPrimary',
    new Map(described),
    'rs',
    1,
    null,
    27,
    {
      heartbeatFrequencyMS: 10_000,
      localThresholdMS: 15,
    },
  );
  const servers = new Map(addresses.map((address) => [address, { address, operationCount: 0 }]));
  return (mode, tags, maxStalenessSeconds) => {
    const options = maxStalenessSeconds === -1 ? {} : { maxStalenessSeconds };
    const preference = new ReadPreference(mode, tags === undefined ? undefined : [tags], options);
    const select = readPreferenceServerSelector(preference) as (
      topology: unknown,
      list: unknown[],
      avoided: ReadonlySet<unknown>,
    ) => { readonly address: string }[];
    const nobody = new Set();
    return () => {
      const suitable = select(description, [...description.servers.values()], nobody);
      const first = servers.get(suitable[Math.floor(Math.random() * suitable.length)]?.address ?? '');
      const second = servers.get(suitable[Math.floor(Math.random() * suitable.length)]?.address ?? '');
      return (first?.operationCount ?? 0) < (second?.operationCount ?? 0) ? first : second;
    };
  };
};

/** Selection of one server on a description of fifty members. */
export const selectionTasks = (parts: Selection): readonly SelectionTask[] => {
  const [make, makeOfficial] = [ours(parts), theirs()];
  const cases: readonly (readonly [string, Mode, Wanted, number])[] = [
    ['primary', 'primary', undefined, -1],
    ['secondary', 'secondary', undefined, -1],
    ['nearest', 'nearest', undefined, -1],
    ['tags', 'nearest', { dc: 'east' }, -1],
    ['staleness', 'secondary', undefined, 120],
  ];
  return cases.map(([name, ...wanted]) => ({
    name: `selection-50/${name}`,
    unit: 'selection',
    asyncmongo: make(...wanted),
    official: makeOfficial(...wanted),
  }));
};
