import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import {
  chooseByLoad,
  selectSuitable,
  withinLatencyWindow,
} from '../../../lib/topology/selection/select-servers.js';
import { ReadPreference } from '../../../lib/options/read-preference.js';
import {
  ServerDescription,
  type ServerDescriptionFields,
} from '../../../lib/topology/description/server-description.js';
import { WRITABLE_SELECTOR, type ServerSelector } from '../../../lib/topology/selection/server-selector.js';
import { TopologyDescription } from '../../../lib/topology/description/topology-description.js';
import type { TopologyType } from '../../../lib/topology/description/topology-types.js';

type Fields = Partial<ServerDescriptionFields> & { readonly address: string };

const topology = (topologyType: TopologyType, ...servers: readonly Fields[]): TopologyDescription =>
  new TopologyDescription({
    id: new ObjectId(),
    topologyType,
    servers: new Map(servers.map((fields) => [fields.address, new ServerDescription(fields)])),
    setName: null,
    maxElectionId: null,
    maxSetVersion: null,
    heartbeatFrequencyMS: 10_000,
    rejected: new Map(),
  });

const read = (readPreference: ReadPreference): ServerSelector => ({ kind: 'read', readPreference });
const names = (servers: readonly ServerDescription[]): readonly string[] =>
  servers.map(({ address }) => address);

const SET = topology(
  'ReplicaSetWithPrimary',
  {
    address: 'p',
    serverType: 'RSPrimary',
    tags: { dc: 'ny' },
    maxWireVersion: 17,
    lastUpdateTime: 0,
    lastWriteDate: 500_000,
  },
  {
    address: 's1',
    serverType: 'RSSecondary',
    tags: { dc: 'ny', rack: '1' },
    maxWireVersion: 17,
    lastUpdateTime: 0,
    lastWriteDate: 499_000,
  },
  {
    address: 's2',
    serverType: 'RSSecondary',
    tags: { dc: 'sf' },
    maxWireVersion: 9,
    lastUpdateTime: 0,
    lastWriteDate: 300_000,
  },
  { address: 'arb', serverType: 'RSArbiter' },
);

describe('selectSuitable', () => {
  it('[SEL-1] follows the mode', () => {
    const found = Object.fromEntries(
      (['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'] as const).map((mode) => [
        mode,
        names(selectSuitable(SET, read(new ReadPreference(mode)))),
      ]),
    );
    expect(found).toEqual({
      primary: ['p'],
      primaryPreferred: ['p'],
      secondary: ['s1', 's2'],
      secondaryPreferred: ['s1', 's2'],
      nearest: ['p', 's1', 's2'],
    });
  });

  it('[SEL-3] takes the first tag set that a member matches', () => {
    const tagSets = [{ dc: 'tokyo' }, { dc: 'ny', rack: '1' }, {}];
    expect(names(selectSuitable(SET, read(new ReadPreference('nearest', { tagSets }))))).toEqual(['s1']);
    const nobody = new ReadPreference('secondary', { tagSets: [{ dc: 'tokyo' }] });
    expect(selectSuitable(SET, read(nobody))).toEqual([]);
  });

  it('[SEL-4] leaves out a secondary that lags 200 s where 90 s are allowed', () => {
    const readPreference = new ReadPreference('secondary', { maxStalenessSeconds: 90 });
    expect(names(selectSuitable(SET, read(readPreference)))).toEqual(['s1']);
  });

  it('refuses a staleness limit below the heartbeat frequency plus ten seconds', () => {
    const slow = topology('ReplicaSetNoPrimary');
    const view = {
      ...slow,
      servers: slow.servers,
      topologyType: slow.topologyType,
      heartbeatFrequencyMS: 120_000,
    };
    const readPreference = new ReadPreference('secondary', { maxStalenessSeconds: 100 });
    expect(() => selectSuitable(view, read(readPreference))).toThrow('at least 130');
  });

  it('sends writes to the primary only', () => {
    expect(names(selectSuitable(SET, WRITABLE_SELECTOR))).toEqual(['p']);
  });

  it('lets an aggregation that writes go to a secondary only where all servers can take it there', () => {
    const selector = (minWireVersion: number): ServerSelector => ({
      kind: 'write-read',
      readPreference: ReadPreference.SECONDARY,
      minWireVersion,
    });
    expect(names(selectSuitable(SET, selector(13)))).toEqual(['p']);
    expect(names(selectSuitable(SET, selector(9)))).toEqual(['s1', 's2']);
  });

  it('finds the server that something is pinned to, when it can be used', () => {
    expect(names(selectSuitable(SET, { kind: 'address', address: 's1' }))).toEqual(['s1']);
    expect(selectSuitable(SET, { kind: 'address', address: 'arb' })).toEqual([]);
    expect(selectSuitable(SET, { kind: 'address', address: 'gone' })).toEqual([]);
  });

  it('[SEL-9] takes whatever a direct connection leads to', () => {
    const direct = topology('Single', { address: 's', serverType: 'RSSecondary' });
    expect(names(selectSuitable(direct, WRITABLE_SELECTOR))).toEqual(['s']);
    expect(names(selectSuitable(direct, read(ReadPreference.PRIMARY)))).toEqual(['s']);
    const lost = topology('Single', { address: 's' });
    expect(selectSuitable(lost, WRITABLE_SELECTOR)).toEqual([]);
  });

  it('avoids deprioritized servers where another will do', () => {
    expect(names(selectSuitable(SET, read(ReadPreference.SECONDARY), new Set(['s1'])))).toEqual(['s2']);
    expect(names(selectSuitable(SET, WRITABLE_SELECTOR, new Set(['p'])))).toEqual(['p']);
  });
});

describe('withinLatencyWindow', () => {
  const at = (address: string, roundTripTime: number): ServerDescription =>
    new ServerDescription({ address, serverType: 'Mongos', roundTripTime });

  it('[SEL-7] keeps servers hardly slower than the fastest', () => {
    const servers = [at('a', 5), at('b', 15), at('c', 60)];
    expect(names(withinLatencyWindow(servers, 15))).toEqual(['a', 'b']);
    expect(names(withinLatencyWindow(servers, 100))).toEqual(['a', 'b', 'c']);
    expect(names(withinLatencyWindow(servers, 0))).toEqual(['a']);
  });
});

describe('chooseByLoad', () => {
  it('takes the less busy of two and never the same server twice', () => {
    const servers = [{ operationCount: 3 }, { operationCount: 1 }];
    for (const chance of [0, 0.4, 0.6, 0.99])
      expect(
        chooseByLoad(
          servers,
          (server) => server,
          () => chance,
        ),
      ).toBe(servers[1]);
    expect(
      chooseByLoad(
        [],
        () => undefined,
        () => 0,
      ),
    ).toBeUndefined();
  });
});
