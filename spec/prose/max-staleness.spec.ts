/**
 * `source/max-staleness/max-staleness-tests.md`, by its titles; what is said there of routers' own code is no test of a
 * driver.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Long } from 'bson';
import type { AsyncMongoClient, ClientEvents } from '../../lib/index.js';
import { startDeployment } from '../../lib/testing.js';
import {
  clientOf,
  closeAll,
  closeLater,
  serverAndClient,
  startServer,
  warningsOf,
} from '../client/client-fixture.js';
import { cursorReply, mongosHello } from '../support/scripted-server.js';

afterEach(closeAll);

const optionsOf = (query: string): AsyncMongoClient['options'] =>
  clientOf(`mongodb://host/?${query}`, { connect: false }).options;

describe('max staleness, connection string', () => {
  it('Basic', () => {
    expect(optionsOf('readPreference=secondary&maxStalenessSeconds=120').readPreference).toMatchObject({
      maxStalenessSeconds: 120,
    });
  });

  it.each(['maxStalenessSeconds=120', 'readPreference=primary&maxStalenessSeconds=120'])(
    'No maxStalenessSeconds with mode "primary": %s',
    (query) => {
      expect(() => optionsOf(query)).toThrow(/maxStalenessSeconds/);
    },
  );

  it('Specifying "no max staleness" with "-1"', () => {
    const unlimited = optionsOf('readPreference=secondary&maxStalenessSeconds=-1').readPreference;
    expect(unlimited).toEqual(optionsOf('readPreference=secondary').readPreference);
    expect(optionsOf('readPreference=primary&maxStalenessSeconds=-1').readPreference.mode).toBe('primary');
  });

  it('No validation: a small value is a warning, as every wrong value of a connection string', async () => {
    const warnings = await warningsOf(() => {
      const { readPreference } = optionsOf('readPreference=secondary&maxStalenessSeconds=1');
      expect(readPreference.maxStalenessSeconds).toBe(-1);
    });
    expect(warnings.join()).toContain('maxStalenessSeconds');
  });

  it('heartbeatFrequencyMS is configurable', async () => {
    const server = await startServer();
    const client = clientOf(`${server.uri}?heartbeatFrequencyMS=500`);
    expect(client.options.heartbeatFrequencyMS).toBe(500);
    const isCheck = ({ commandName }: { readonly commandName: string }): boolean => commandName === 'hello';
    await client.connect();
    const { at: first } = await server.waitFor(isCheck, 1);
    const { at: third } = await server.waitFor(isCheck, 3);
    expect(third - first).toBeGreaterThan(950);
    expect(third - first).toBeLessThan(5_000);
  });
});

describe('max staleness, driver tests', () => {
  it('Parse lastWriteDate', async () => {
    const deployment = await startDeployment({ topology: 'replicaset' });
    closeLater({ close: () => deployment.stop() });
    const client = clientOf(deployment, { heartbeatFrequencyMS: 500, serverMonitoringMode: 'poll' });
    const collection = client.db('t').collection('c');
    const lastWriteDate = async (): Promise<number> => {
      await collection.insertOne({ x: 1 });
      for (let beats = 0; beats < 2; beats++) {
        await new Promise<ClientEvents['serverHeartbeatSucceeded']>((resolve) => {
          client.once('serverHeartbeatSucceeded', resolve);
        });
      }
      return client.topologyDescription.servers.get(deployment.hosts[0] ?? '')?.lastWriteDate ?? 0;
    };
    const first = await lastWriteDate();
    expect(first).toBeGreaterThan(0);
    const second = await lastWriteDate();
    expect(second).toBeGreaterThan(first);
    expect(second - first).toBeLessThan(10_000);
  });

  it.each([
    ['with it', '&maxStalenessSeconds=120', { mode: 'secondary', maxStalenessSeconds: 120 }],
    ['without it', '', { mode: 'secondary' }],
  ])('Direct connection to mongos %s', async (_title, query, sent) => {
    const { server } = await serverAndClient({
      hello: mongosHello(),
      script: { find: cursorReply('t.c', []) },
    });
    const client = clientOf(`${server.uri}?readPreference=secondary${query}`);
    await client.db('t').collection('c').findOne();
    const readPreference = server.received('find')[0]?.command['$readPreference'] as object;
    expect(readPreference).toEqual(sent);
    for (const value of Object.values(readPreference)) {
      // An integer on the wire: a double would come back as an object of its own.
      if (typeof value !== 'string') expect(Number.isInteger(value) || value instanceof Long).toBe(true);
    }
  });
});
