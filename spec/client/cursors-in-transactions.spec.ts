import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidOperation } from '../../lib/index.js';
import type { Deployment } from '../../lib/testing.js';
import { closeAll, rejectionOf } from './client-fixture.js';
import { setUp, startReplicaSet } from './transactions-fixture.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startReplicaSet();
});
afterEach(closeAll);
afterAll(() => deployment.stop());

describe('a cursor in a transaction', () => {
  it.each([
    [{ readConcern: { level: 'majority' } }, /read concern/],
    [{ readPreference: 'secondary' }, /read preference/],
  ] as const)('refuses %j of its own before it sends anything', async (options, message) => {
    const { client, collection, names } = await setUp(deployment);
    await using session = client.startSession();
    session.startTransaction();
    const given = { ...options, session };
    for (const failure of [
      await rejectionOf(collection.find({}, given).toArray()),
      await rejectionOf(collection.find({}, given).explain()),
      await rejectionOf(collection.aggregate([], given).next()),
    ]) {
      expect(failure).toBeInstanceOf(InvalidOperation);
      expect(String(failure)).toMatch(message);
    }
    expect(names()).toEqual([]);
  });

  it('refuses a timeoutMS beside that of withTransaction', async () => {
    const { client, collection, names } = await setUp(deployment);
    const reading = client.withTransaction(() => collection.find({}, { timeoutMS: 500 }).toArray(), {
      timeoutMS: 5_000,
    });
    expect(await rejectionOf(reading)).toMatchObject({
      message: expect.stringContaining('timeoutMS cannot be set on an operation inside withTransaction'),
    });
    expect(names()).toEqual([]);
  });
});
