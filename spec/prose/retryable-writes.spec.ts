/** `source/retryable-writes/tests/README.md`, "Prose Tests", by number. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AsyncMongoClient, Document, OperationFailure } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import { expectRetryOverClearedPool } from '../support/cleared-pool.js';
import { failCommand, observeCommands } from '../support/observed-commands.js';
import { mongosHello, type ScriptedServer } from '../support/scripted-server.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

const insertInto = (client: AsyncMongoClient): Promise<unknown> =>
  client.db('prose').collection('c').insertOne({ a: 1 });

/** A server whose answers to inserts follow one another; the last one stays. */
const answering = async (
  ...answers: readonly Document[]
): Promise<{ readonly server: ScriptedServer; readonly client: AsyncMongoClient }> => {
  const { server, client } = await serverAndClient({ hello: mongosHello() }, { retryWrites: true });
  let next = 0;
  server.on('insert', () => answers[Math.min(next++, answers.length - 1)]);
  return { server, client };
};

/** Code 6 where a state change would do as well: nothing is waited for but the backoff. */
const failing = (code: number, ...errorLabels: readonly string[]): Document => ({
  ok: 0,
  code,
  errmsg: `code ${String(code)}`,
  errorLabels,
});

const OVERLOAD = ['RetryableError', 'SystemOverloadedError'] as const;

describe('retryable writes prose tests', () => {
  it('1. a storage engine without retryable writes is told of in plain words', async () => {
    const { client } = await answering({
      ok: 0,
      code: 20,
      codeName: 'IllegalOperation',
      errmsg: 'Transaction numbers are only allowed on a replica set member or mongos',
    });
    expect(await rejectionOf(insertInto(client))).toMatchObject({
      code: 20,
      message:
        'This MongoDB deployment does not support retryable writes. Please add retryWrites=false to your connection string.',
    });
  });

  it('2. a write that found the pool cleared is tried again', () =>
    expectRetryOverClearedPool('insert', { errorLabels: ['RetryableWriteError'] }, insertInto));

  it('3. the original error is thrown after a WriteConcernError with a RetryableWriteError label', async () => {
    const { server, client } = await answering(
      {
        ok: 1,
        n: 1,
        writeConcernError: { code: 91, errmsg: 'shutting down' },
        errorLabels: ['RetryableWriteError'],
      },
      failing(10107, 'RetryableWriteError', 'NoWritesPerformed'),
    );
    expect(await rejectionOf(insertInto(client))).toMatchObject({ code: 91 });
    expect(server.received('insert')).toHaveLength(2);
  });

  describe('in a sharded cluster', () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await startDeployment({ topology: 'sharded', members: 2 });
    });
    afterAll(() => deployment.stop());

    it('4. writes are tried again on another mongos where there is one', async () => {
      for (const host of deployment.hosts) {
        await failCommand(
          clientOf(`mongodb://${host}`),
          { times: 1 },
          { failCommands: ['insert'], errorCode: 6, errorLabels: ['RetryableWriteError'] },
        );
      }
      const client = clientOf(deployment.uri, { retryWrites: true });
      const { failed } = observeCommands(client, 'insert');
      await rejectionOf(insertInto(client));
      expect(failed.map(({ address }) => address).sort()).toEqual([...deployment.hosts].sort());
    });

    it('5. writes are tried again on the same mongos where there is no other', async () => {
      const [host] = deployment.hosts as readonly [string];
      await failCommand(
        clientOf(`mongodb://${host}`),
        { times: 1 },
        {
          failCommands: ['insert'],
          errorCode: 6,
          errorLabels: ['RetryableWriteError'],
          closeConnection: true,
        },
      );
      const client = clientOf(`mongodb://${host}`, { retryWrites: true, directConnection: false });
      const { failed, succeeded } = observeCommands(client, 'insert');
      await insertInto(client);
      expect([failed, succeeded].map((list) => list.map(({ address }) => address))).toEqual([[host], [host]]);
    });
  });

  describe('6. error propagation after several errors', () => {
    it('Case 1: the latest, where none has NoWritesPerformed', async () => {
      const { client } = await answering(failing(6, ...OVERLOAD), failing(10107, ...OVERLOAD));
      expect(await rejectionOf(insertInto(client))).toMatchObject({ code: 10107 });
    });

    it('Case 2: the first, where all have NoWritesPerformed', async () => {
      const { client } = await answering(
        failing(6, ...OVERLOAD, 'NoWritesPerformed'),
        failing(10107, ...OVERLOAD, 'NoWritesPerformed'),
      );
      expect(await rejectionOf(insertInto(client))).toMatchObject({ code: 6 });
    });

    it('Case 3: the last without NoWritesPerformed, where some have it', async () => {
      const { client } = await answering(
        failing(6, ...OVERLOAD),
        failing(6, ...OVERLOAD, 'NoWritesPerformed'),
      );
      const error = (await rejectionOf(insertInto(client))) as OperationFailure;
      expect(error.code).toBe(6);
      expect(error.hasErrorLabel('NoWritesPerformed')).toBe(false);
    });
  });

  it('7. an overload error sets the number of retries for all errors', async () => {
    const { server, client } = await answering(failing(6, ...OVERLOAD), failing(6, 'RetryableWriteError'));
    expect(await rejectionOf(insertInto(client))).toMatchObject({ code: 6 });
    expect(server.received('insert')).toHaveLength(3);
  });

  it('8. only overload errors are waited after', async () => {
    const { client } = await answering(failing(6, ...OVERLOAD), failing(6, 'RetryableWriteError'));
    await client.connect();
    jest.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
    const start = performance.now();
    await rejectionOf(insertInto(client));
    const duration = performance.now() - start;
    // The first retry waits 200 ms; the second would wait 400.
    expect(duration).toBeGreaterThan(180);
    expect(duration).toBeLessThan(600);
  });
});
