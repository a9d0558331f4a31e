/** `source/server-selection/server-selection-tests.md`, by its titles. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ReadPreference, type ReadPreferenceLike } from '../../lib/index.js';
import { startDeployment } from '../../lib/testing.js';
import { RoundTripTimes } from '../../lib/topology/monitoring/rtt.js';
import { clientOf, closeAll, closeLater, serverAndClient } from '../client/client-fixture.js';
import { failCommand, observeCommands } from '../support/observed-commands.js';
import { cursorReply, mongosHello } from '../support/scripted-server.js';

afterEach(closeAll);

const started = async (...given: Parameters<typeof startDeployment>) => {
  const deployment = await startDeployment(...given);
  closeLater({ close: () => deployment.stop() });
  return deployment;
};

describe('server selection, test plan', () => {
  it('ReadPreference Document Validation: no tags with primary', () => {
    expect(() => new ReadPreference('primary', { tagSets: [{ dc: 'x' }] })).toThrow(/primary/);
    const options = { readPreference: 'primary', readPreferenceTags: [{ dc: 'x' }] } as const;
    expect(() => clientOf('mongodb://h', { connect: false, ...options })).toThrow(/primary/);
  });

  it('Calculating Round Trip Time: begins anew after a disconnection', () => {
    const times = new RoundTripTimes();
    times.add(100);
    times.add(200);
    expect(times.average).toBe(120);
    times.reset();
    expect(times.average).toBeNull();
    times.add(30);
    expect(times.average).toBe(30);
  });

  it.each<[ReadPreferenceLike, unknown]>([
    ['primary', undefined],
    ['primaryPreferred', { mode: 'primaryPreferred' }],
    ['secondary', { mode: 'secondary' }],
    ['secondaryPreferred', { mode: 'secondaryPreferred' }],
    [
      new ReadPreference('secondaryPreferred', { tagSets: [{ dc: 'x' }] }),
      { mode: 'secondaryPreferred', tags: [{ dc: 'x' }] },
    ],
    ['nearest', { mode: 'nearest' }],
  ])('Passing ReadPreference to Mongos: %s', async (readPreference, sent) => {
    const { server, client } = await serverAndClient({
      hello: mongosHello(),
      script: { find: cursorReply('t.c', []) },
    });
    await client.db('t', { readPreference }).collection('c').findOne();
    expect(server.received('find')[0]?.command['$readPreference']).toEqual(sent);
  });

  it('operationCount-based Selection, Prose Test', async () => {
    const { hosts, uri } = await started({ topology: 'sharded', members: 2 });
    const [slow = ''] = hosts;
    const control = clientOf(`mongodb://${slow}/?directConnection=true`);
    await failCommand(
      control,
      { times: 10_000 },
      { failCommands: ['find'], blockConnection: true, blockTimeMS: 500, appName: 'loadBalancingTest' },
    );
    const client = clientOf(uri, {
      appName: 'loadBalancingTest',
      localThresholdMS: 30_000,
      minPoolSize: 10,
      maxPoolSize: 10,
    });
    const collection = client.db('t').collection('c');
    let established = 0;
    const saturated = new Promise<void>((resolve) => {
      client.on('connectionReady', () => ++established === 20 && resolve());
    });
    await client.connect();
    await saturated;
    const { started: sent } = observeCommands(client, 'find');
    const toSlow = (): number => sent.filter(({ address }) => address === slow).length / sent.length;
    const run = (each: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 10 }, async () => {
          for (let turn = 0; turn < each; turn++) await collection.findOne();
        }),
      );
    await run(10);
    expect(sent).toHaveLength(100);
    expect(toSlow()).toBeLessThan(0.25);
    await failCommand(control, 'off');
    (sent as unknown[]).length = 0;
    await run(100);
    expect(sent).toHaveLength(1_000);
    expect(toSlow()).toBeGreaterThan(0.4);
    expect(toSlow()).toBeLessThan(0.6);
  });

  it('[SEL-6] Application-Provided Server Selector', async () => {
    const { uri, hosts } = await started({ topology: 'replicaset', members: 3 });
    const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
    const highest = [...hosts].sort((a, b) => portOf(b) - portOf(a))[0];
    const client = clientOf(uri, {
      localThresholdMS: 30_000,
      serverSelector: (servers) => {
        const ports = servers.map(({ address }) => portOf(address));
        return servers.filter(({ address }) => portOf(address) === Math.max(...ports));
      },
    });
    // Until then not every member is known.
    await client.secondaries;
    const { started: sent } = observeCommands(client, 'find');
    const collection = client.db('t', { readPreference: 'nearest' }).collection('c');
    for (let turn = 0; turn < 10; turn++) await collection.findOne();
    expect(sent.map(({ address }) => address)).toEqual(Array.from({ length: 10 }, () => highest));
  });
});
