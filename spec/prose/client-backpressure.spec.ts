/** `source/client-backpressure/tests/README.md`, "Prose Tests", by number. 2 was removed there. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hasErrorLabel } from '../../lib/core/errors/predicates.js';
import type { AsyncMongoClient } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import { failCommand, observeCommands } from '../support/observed-commands.js';

const OVERLOAD = ['SystemOverloadedError', 'RetryableError'];

/** How long an insert takes that fails, in milliseconds, where chance always gives the same. */
const failingInsert = async (client: AsyncMongoClient, chance: number): Promise<number> => {
  jest.spyOn(Math, 'random').mockReturnValue(chance);
  const start = performance.now();
  await rejectionOf(client.db('prose').collection('c').insertOne({ a: 1 }));
  return performance.now() - start;
};

describe('client backpressure prose tests', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
  });
  afterAll(() => deployment.stop());
  afterEach(async () => {
    jest.restoreAllMocks();
    await failCommand(clientOf(deployment.uri), 'off');
    await closeAll();
  });

  it('1. a retry waits, twice as long each time', async () => {
    const client = clientOf(deployment.uri);
    await failCommand(client, 'alwaysOn', { failCommands: ['insert'], errorCode: 2, errorLabels: OVERLOAD });
    const without = await failingInsert(client, 0);
    const withBackoff = await failingInsert(client, 1 - Number.EPSILON);
    // The two waits are 200 and 400 ms.
    expect(Math.abs(withBackoff - (without + 600))).toBeLessThan(600);
    expect(withBackoff).toBeGreaterThan(560);
  });

  it.each([
    ['3. overload errors are followed by two retries', undefined, 3],
    ['4. overload errors are followed by maxAdaptiveRetries retries where that is set', 1, 2],
  ])('%s', async (_title, maxAdaptiveRetries, attempts) => {
    const client = clientOf(deployment.uri, { maxAdaptiveRetries });
    await failCommand(client, 'alwaysOn', { failCommands: ['find'], errorCode: 462, errorLabels: OVERLOAD });
    const { started } = observeCommands(client, 'find');
    const error = await rejectionOf(client.db('prose').collection('c').find().toArray());
    expect(OVERLOAD.map((label) => hasErrorLabel(error, label))).toEqual([true, true]);
    expect(started).toHaveLength(attempts);
  });

  it('5. baseBackoffMS of the server takes the place of the base', async () => {
    const overloaded = { ok: 0, code: 462, errmsg: 'overloaded', errorLabels: OVERLOAD };
    const { server, client } = await serverAndClient({ script: { insert: overloaded } });
    expect(await failingInsert(client, 1 - Number.EPSILON)).toBeGreaterThan(560);
    server.on('insert', { ...overloaded, baseBackoffMS: 50 });
    const duration = await failingInsert(client, 1 - Number.EPSILON);
    expect(duration).toBeGreaterThan(270);
    expect(duration).toBeLessThan(600);
  });
});
