/** `source/retryable-reads/tests/README.md`, "Prose Tests", by number. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AsyncMongoClientOptions } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import { expectRetryOverClearedPool } from '../support/cleared-pool.js';
import { failCommand, observeCommands } from '../support/observed-commands.js';
import { mongosHello } from '../support/scripted-server.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

const OVERLOAD = ['RetryableError', 'SystemOverloadedError'];

describe('retryable reads prose tests', () => {
  it('1. a read that found the pool cleared is tried again', () =>
    expectRetryOverClearedPool('find', {}, (client) => client.db('prose').collection('c').findOne()));

  describe('2. in a sharded cluster', () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment({ topology: 'sharded', members: 2 });
    });
    afterAll(() => deployment.stop());

    const failOnce = async (hosts: readonly string[]): Promise<void> => {
      for (const host of hosts) {
        await failCommand(
          clientOf(`mongodb://${host}`),
          { times: 1 },
          { failCommands: ['find'], errorCode: 6 },
        );
      }
    };

    it('2.1 reads are tried again on another mongos where there is one', async () => {
      await failOnce(deployment.hosts);
      const client = clientOf(deployment.uri, { retryReads: true });
      const { failed } = observeCommands(client, 'find');
      await rejectionOf(client.db('prose').collection('c').findOne());
      expect(failed.map(({ address }) => address).sort()).toEqual([...deployment.hosts].sort());
    });

    it('2.2 reads are tried again on the same mongos where there is no other', async () => {
      const [host] = deployment.hosts as readonly [string];
      await failOnce([host]);
      const client = clientOf(`mongodb://${host}`, { retryReads: true, directConnection: false });
      const { failed, succeeded } = observeCommands(client, 'find');
      await client.db('prose').collection('c').findOne();
      expect([failed, succeeded]).toEqual([
        [{ name: 'find', address: host }],
        [{ name: 'find', address: host }],
      ]);
    });
  });

  describe('3. in a replica set', () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment({ topology: 'replicaset', members: 2 });
    });
    afterAll(() => deployment.stop());

    /** Addresses of the attempt that failed and the one that succeeded. */
    const addresses = async (
      errorLabels: readonly string[],
      options: AsyncMongoClientOptions = {},
    ): Promise<readonly unknown[]> => {
      const client = clientOf(deployment.uri, {
        retryReads: true,
        readPreference: 'primaryPreferred',
        ...options,
      });
      await failCommand(client, { times: 1 }, { failCommands: ['find'], errorLabels, errorCode: 6 });
      const { failed, succeeded } = observeCommands(client, 'find');
      await client.db('prose').collection('c').find().toArray();
      expect([failed, succeeded].map(({ length }) => length)).toEqual([1, 1]);
      return [failed[0]?.address, succeeded[0]?.address];
    };

    it('3.1 overload errors are tried again on another server with enableOverloadRetargeting', async () => {
      const [failed, succeeded] = await addresses(OVERLOAD, { enableOverloadRetargeting: true });
      expect(failed).not.toBe(succeeded);
    });

    it('3.2 other errors are tried again on the same server', async () => {
      const [failed, succeeded] = await addresses(['RetryableError']);
      expect(failed).toBe(succeeded);
    });

    it('3.3 overload errors are tried again on the same server without enableOverloadRetargeting', async () => {
      const [failed, succeeded] = await addresses(OVERLOAD);
      expect(failed).toBe(succeeded);
    });
  });

  /**
   * A router that is overloaded once, and cannot reach its shards from then on. Code 6 instead of 91: this way nothing is
   * waited for but the backoff.
   */
  const overloadedOnce = async () => {
    const { server, client } = await serverAndClient({ hello: mongosHello() }, { retryReads: true });
    server.on('find', { ok: 0, code: 6, errmsg: 'unreachable', errorLabels: ['RetryableError'] });
    server.once('find', { ok: 0, code: 6, errmsg: 'overloaded', errorLabels: OVERLOAD });
    return { server, client };
  };

  it('4. an overload error sets the number of retries for all errors', async () => {
    const { server, client } = await overloadedOnce();
    const error = await rejectionOf(client.db('prose').collection('c').findOne());
    expect(error).toMatchObject({ code: 6, errorLabels: ['RetryableError'] });
    expect(server.received('find')).toHaveLength(3);
  });

  it('5. only overload errors are waited after', async () => {
    const { client } = await overloadedOnce();
    await client.connect();
    jest.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
    const start = performance.now();
    await rejectionOf(client.db('prose').collection('c').findOne());
    const duration = performance.now() - start;
    // The first retry waits 200 ms; the second would wait 400.
    expect(duration).toBeGreaterThan(180);
    expect(duration).toBeLessThan(600);
  });
});
