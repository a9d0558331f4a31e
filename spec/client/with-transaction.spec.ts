import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operationDeadline } from '../../lib/core/deadline.js';
import { OperationFailure } from '../../lib/core/errors/server.js';
import { TransactionRetries, type WithTransactionOptions } from '../../lib/client/with-transaction.js';
import { DuplicateKeyError, InvalidOperation, OperationTimeout } from '../../lib/index.js';
import type { Deployment } from '../../lib/testing.js';
import { outcomeOf } from '../support/outcome.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { closeAll, rejectionOf } from './client-fixture.js';
import { setUp, startReplicaSet } from './transactions-fixture.js';

afterEach(closeAll);

const transient = (): OperationFailure =>
  new OperationFailure('try again', { code: 112, labels: ['TransientTransactionError'] });
const unknown = (code = 64): OperationFailure =>
  new OperationFailure('who knows', { code, labels: ['UnknownTransactionCommitResult'] });

/** The loop alone, on virtual time, with a session that only remembers its steps. */
const retriesOn = (options: WithTransactionOptions = {}, random = () => 0.5) => {
  const runtime = new VirtualRuntime();
  Object.defineProperty(runtime, 'random', { value: random });
  const deadline = operationDeadline(runtime, options.timeoutMS, undefined, options.signal);
  const retries = new TransactionRetries(runtime, deadline, options);
  const steps: string[] = [];
  const commits: (() => unknown)[] = [];
  let open = false;
  const run = <T>(callback: () => T | Promise<T>): Promise<T> =>
    retries.run(
      {
        isOpen: () => open,
        start: () => {
          steps.push('start');
          open = true;
        },
        commit: async () => {
          steps.push('commit');
          open = false;
          await Promise.resolve();
          commits.shift()?.();
        },
        abort: async () => {
          steps.push('abort');
          open = false;
          await Promise.resolve();
        },
      },
      callback,
    );
  const end = (): void => {
    open = false;
  };
  return { runtime, steps, commits, run, end };
};

const failing = (failures: readonly unknown[]): (() => string) => {
  const left = [...failures];
  return () => {
    if (left.length > 0) throw left.shift() as Error;
    return 'done';
  };
};

describe('withTransaction: when it tries again', () => {
  it('[SESS-9] all of it for a transient failure, after a pause', async () => {
    const { runtime, steps, run } = retriesOn();
    const outcome = outcomeOf(run(failing([transient(), transient()])));
    await runtime.advance(2);
    expect(steps).toEqual(['start', 'abort']);
    await runtime.advance(100);
    expect(outcome.value).toBe('done');
    expect(steps).toEqual(['start', 'abort', 'start', 'abort', 'start', 'commit']);
  });

  it('finds the label along the cause', async () => {
    const { runtime, run } = retriesOn();
    const wrapped = new Error('in my words', { cause: new Error('and theirs', { cause: transient() }) });
    const outcome = outcomeOf(run(failing([wrapped])));
    await runtime.advance(100);
    expect(outcome.value).toBe('done');
  });

  it('survives a cause that leads to itself', async () => {
    const circle = new Error('round');
    circle.cause = circle;
    const { run } = retriesOn();
    expect(await rejectionOf(run(failing([circle])))).toBe(circle);
  });

  it('the pauses grow by half and end at half a second', async () => {
    const { runtime, steps, run } = retriesOn({}, () => 1 - Number.EPSILON);
    const starts: number[] = [];
    const outcome = outcomeOf(
      run(() => {
        starts.push(runtime.now());
        if (starts.length < 15) throw transient();
        return 'done';
      }),
    );
    await runtime.advance(10_000);
    expect(outcome.value).toBe('done');
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    const expected = pauses.map((_, index) => Math.min(5 * 1.5 ** index, 500));
    pauses.forEach((pause, index) => expect(pause).toBeCloseTo(expected[index] ?? 0, 3));
    expect(steps).toHaveLength(30);
  });

  it('only the commit where its outcome is unknown', async () => {
    const { runtime, steps, commits, run } = retriesOn();
    commits.push(failing([unknown()]), failing([unknown()]));
    const outcome = outcomeOf(run(() => 'done'));
    await runtime.advance(0);
    expect(outcome.value).toBe('done');
    expect(steps).toEqual(['start', 'commit', 'commit', 'commit']);
  });

  it('not a commit that took longer than maxCommitTimeMS', async () => {
    const { steps, commits, run } = retriesOn();
    commits.push(failing([unknown(50)]));
    expect(await rejectionOf(run(() => 1))).toMatchObject({ code: 50 });
    expect(steps).toEqual(['start', 'commit']);
  });

  it('all of it for a commit that failed for good but may succeed anew', async () => {
    const { runtime, steps, commits, run } = retriesOn();
    commits.push(failing([transient()]));
    const outcome = outcomeOf(run(() => 'done'));
    await runtime.advance(100);
    expect(outcome.value).toBe('done');
    expect(steps).toEqual(['start', 'commit', 'start', 'commit']);
  });

  it('nothing where the callback ended the transaction itself', async () => {
    const { steps, run, end } = retriesOn();
    expect(
      await run(() => {
        end();
        return 'done';
      }),
    ).toBe('done');
    expect(steps).toEqual(['start']);
  });

  it('maxAttempts bounds the callback', async () => {
    const { runtime, steps, run } = retriesOn({ maxAttempts: 3 });
    const last = transient();
    const outcome = outcomeOf(run(failing([transient(), transient(), last])));
    await runtime.advance(1_000);
    expect(outcome.error).toBe(last);
    expect(steps.filter((step) => step === 'start')).toHaveLength(3);
  });

  it('onRetry hears of each retry, and may stop them', async () => {
    const heard: unknown[] = [];
    const stop = new Error('enough');
    const onRetry = async (attempts: number, error: unknown): Promise<void> => {
      await Promise.resolve();
      heard.push([attempts, error]);
      if (attempts === 2) throw stop;
    };
    const { runtime, run } = retriesOn({ onRetry });
    const failures = [transient(), transient(), transient()];
    const outcome = outcomeOf(run(failing(failures)));
    await runtime.advance(1_000);
    expect(outcome.error).toBe(stop);
    expect(heard).toEqual([
      [1, failures[0]],
      [2, failures[1]],
    ]);
  });

  it('not once the signal is aborted', async () => {
    const controller = new AbortController();
    const { runtime, steps, run } = retriesOn({ signal: controller.signal });
    const reason = new Error('I have changed my mind');
    const outcome = outcomeOf(run(failing([transient()])));
    await runtime.advance(1);
    controller.abort(reason);
    await runtime.advance(0);
    expect(outcome.error).toBe(reason);
    expect(await rejectionOf(run(() => 1))).toBe(reason);
    expect(steps).toEqual(['start', 'abort']);
  });

  it('not a commit that ran out of time, though less than a round trip may be left', async () => {
    const { steps, commits, run } = retriesOn({ timeoutMS: 1_000 });
    const timeout = new OperationTimeout('too late', { labels: ['UnknownTransactionCommitResult'] });
    commits.push(failing([timeout]), failing([timeout]), failing([timeout]));
    expect(await rejectionOf(run(() => 'done'))).toMatchObject({
      name: 'OperationTimeout',
      message: 'withTransaction did not succeed within 1000 ms, after 1 attempt: too late',
      cause: timeout,
      errorLabels: ['UnknownTransactionCommitResult'],
    });
    expect(steps).toEqual(['start', 'commit']);
  });

  it('the error of the limit shows whatever the callback threw last, and counts the attempts', async () => {
    const { runtime, run } = retriesOn();
    const outcome = outcomeOf(
      run(() => {
        throw { mine: 'as I like', cause: transient() } as unknown as Error;
      }),
    );
    await runtime.advance(120_000);
    const { message } = outcome.error as Error;
    expect(message).toMatch(/within 120000 ms, after \d+ attempts: .*mine: 'as I like'/);
  });

  it('timeoutMS: 0 has no end', async () => {
    const { runtime, run } = retriesOn({ timeoutMS: 0 });
    const outcome = outcomeOf(
      run(() => {
        if (runtime.now() < 300_000) throw transient();
        return 'done';
      }),
    );
    await runtime.advance(301_000);
    expect(outcome.value).toBe('done');
  });

  it('timeoutMS ends retries with its error, which has the last failure as cause and its labels', async () => {
    const { runtime, run } = retriesOn({ timeoutMS: 1_000 });
    const outcome = outcomeOf(
      run(() => {
        throw transient();
      }),
    );
    await runtime.advance(1_000);
    expect(outcome.error).toBeInstanceOf(OperationTimeout);
    expect(outcome.error).toMatchObject({
      message: expect.stringContaining('try again'),
      cause: { code: 112 },
      errorLabels: ['TransientTransactionError'],
    });
  });
});

describe('withTransaction', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('[SESS-9] of a client: operations join without being told, in any function', async () => {
    const { client, collection, sent, names, all } = await setUp(deployment);
    const save = (_id: number) => collection.insertOne({ _id });
    const count = await client.withTransaction(async (session) => {
      expect(session.client).toBe(client);
      await Promise.all([save(1), save(2), collection.insertMany([{ _id: 3 }])]);
      await collection.insertOne({ _id: 9 }, { session: null });
      expect(await all()).toEqual([{ _id: 9 }]);
      return (await collection.find().toArray()).length;
    });
    expect(count).toBe(3);
    expect(names()).toEqual(['insert', 'insert', 'insert', 'insert', 'find', 'find', 'commitTransaction']);
    expect(sent.filter(({ command }) => command['autocommit'] === false)).toHaveLength(5);
    expect(await all()).toHaveLength(4);
    await collection.findOne();
    expect(sent.at(-1)?.command).not.toHaveProperty('txnNumber');
  });

  it('of a client: a failure of the server is tried again from the start', async () => {
    const { client, collection, failNext, all } = await setUp(deployment);
    await failNext('insert', { errorCode: 112, errorLabels: ['TransientTransactionError'] }, 2);
    const retries: number[] = [];
    await client.withTransaction(() => collection.insertOne({ _id: 1 }), {
      onRetry: (attempts) => retries.push(attempts),
    });
    expect(retries).toEqual([1, 2]);
    expect(await all()).toEqual([{ _id: 1 }]);
  });

  it('does not nest', async () => {
    const { client, collection, names } = await setUp(deployment);
    const nested = (call: () => Promise<unknown>) => client.withTransaction(call);
    expect(await rejectionOf(nested(() => client.withTransaction(() => 1)))).toMatchObject({
      name: 'InvalidOperation',
      message: expect.stringMatching(/do not nest/),
    });
    await using session = client.startSession();
    const again = session.withTransaction(() => session.withTransaction(() => 1));
    expect(await rejectionOf(again)).toMatchObject({ message: expect.stringMatching(/do not nest/) });
    const first = session.withTransaction(() => collection.findOne({}, { session }));
    expect(await rejectionOf(session.withTransaction(() => 1))).toMatchObject({
      message: expect.stringMatching(/at once each needs a session/),
    });
    await first;
    // Another session is another transaction.
    await nested(() => session.withTransaction(() => collection.insertOne({ _id: 1 }, { session })));
    expect(names().slice(-2)).toEqual(['insert', 'commitTransaction']);
  });

  it('of a client: what comes too late is refused, and not run outside', async () => {
    const { client, collection, all } = await setUp(deployment);
    let late: (() => Promise<unknown>) | undefined;
    const gate = new Promise<void>((resolve) => {
      late = async () => {
        resolve();
        return await straggler;
      };
    });
    let straggler: Promise<unknown> | undefined;
    await client.withTransaction(() => {
      straggler = gate.then(() => collection.insertOne({ _id: 1 }));
    });
    const refused = late?.() as Promise<unknown>;
    expect(await rejectionOf(refused)).toMatchObject({
      name: 'InvalidOperation',
      message: expect.stringContaining('session: null'),
    });
    expect(await all()).toEqual([]);
  });

  it('leaves the operations of another client alone', async () => {
    const { client, collection } = await setUp(deployment);
    const other = await setUp(deployment);
    await client.withTransaction(async () => {
      await collection.insertOne({ _id: 1 });
      await other.collection.insertOne({ _id: 1 });
      expect(await other.collection.countDocuments()).toBe(1);
    });
    expect(other.sent.every(({ command }) => !('autocommit' in command))).toBe(true);
  });

  it('timeoutMS holds for everything inside, and for nothing else', async () => {
    const { client, collection, failNext, names } = await setUp(deployment);
    await using session = client.startSession();
    await failNext('insert', { blockConnection: true, blockTimeMS: 2_000 });
    const outcome = session.withTransaction(() => collection.insertOne({ _id: 1 }, { session }), {
      timeoutMS: 300,
    });
    expect(await rejectionOf(outcome)).toBeInstanceOf(OperationTimeout);
    expect(names().at(-1)).toBe('abortTransaction');
    const twice = session.withTransaction(
      () => collection.insertOne({ _id: 1 }, { session, timeoutMS: 10 }),
      { timeoutMS: 300 },
    );
    expect(await rejectionOf(twice)).toMatchObject({
      message: expect.stringMatching(/timeoutMS cannot be set/),
    });
    await session.withTransaction(() => collection.insertOne({ _id: 2 }, { session, timeoutMS: 5_000 }));
  });

  it('an aborted signal rejects with its reason and aborts the transaction', async () => {
    const { client, collection, failNext, names, all } = await setUp(deployment);
    const controller = new AbortController();
    const reason = new Error('stop');
    await failNext('find', { blockConnection: true, blockTimeMS: 2_000 });
    const outcome = client.withTransaction(
      async () => {
        await collection.insertOne({ _id: 1 });
        setImmediate(() => controller.abort(reason));
        await collection.findOne();
      },
      { signal: controller.signal },
    );
    expect(await rejectionOf(outcome)).toBe(reason);
    expect(names().at(-1)).toBe('abortTransaction');
    expect(await all()).toEqual([]);
  });

  it('an aborted signal rejects soon, whether the server answers or not', async () => {
    const { client, collection, failNext, names } = await setUp(deployment);
    const controller = new AbortController();
    const reason = new Error('stop');
    await failNext('abortTransaction', { blockConnection: true, blockTimeMS: 60_000 });
    const outcome = client.withTransaction(
      async () => {
        await collection.insertOne({ _id: 1 });
        controller.abort(reason);
        await collection.findOne();
      },
      { signal: controller.signal },
    );
    expect(await rejectionOf(outcome)).toBe(reason);
    expect(names().slice(1)).toEqual(['insert', 'abortTransaction']);
  });

  it('an aborted signal ends the wait for an abort that was begun before', async () => {
    const { client, collection, failNext } = await setUp(deployment);
    const controller = new AbortController();
    const reason = new Error('stop');
    client.on('commandStarted', ({ commandName }) => {
      if (commandName === 'abortTransaction') setImmediate(() => controller.abort(reason));
    });
    await failNext('abortTransaction', { blockConnection: true, blockTimeMS: 60_000 });
    const outcome = client.withTransaction(
      async () => {
        await collection.insertOne({ _id: 1 });
        throw new Error('of the callback');
      },
      { signal: controller.signal },
    );
    expect(await rejectionOf(outcome)).toBe(reason);
  });

  it('a commit that the server gave up under timeoutMS is not repeated', async () => {
    const { client, collection, failNext, names } = await setUp(deployment);
    await failNext('commitTransaction', { errorCode: 50 });
    const outcome = client.withTransaction(() => collection.insertOne({ _id: 1 }), { timeoutMS: 10_000 });
    expect(await rejectionOf(outcome)).toBeInstanceOf(OperationTimeout);
    expect(names().slice(1)).toEqual(['insert', 'commitTransaction']);
  });

  it('of a client: questions about the server and its databases do not join', async () => {
    const { client, collection, all } = await setUp(deployment);
    await client.withTransaction(async () => {
      await collection.insertOne({ _id: 1 });
      expect(await client.ping()).toBe(true);
      expect(await client.serverInfo()).toHaveProperty('version');
      expect(await client.listDatabaseNames()).toContain('transactions');
      for await (const database of await client.listDatabases()) expect(database).toHaveProperty('name');
    });
    expect(await all()).toEqual([{ _id: 1 }]);
  });

  it('of a client that was closed and opened again: the rest of the callback does not run outside', async () => {
    const { client, collection, all } = await setUp(deployment, { reopenOnUse: true });
    const outcome = client.withTransaction(async () => {
      await collection.insertOne({ _id: 1 });
      await client.close();
      await collection.insertOne({ _id: 2 });
    });
    expect(await rejectionOf(outcome)).toMatchObject({
      name: 'InvalidOperation',
      message: expect.stringMatching(/before it was closed/),
    });
    expect(await all()).toEqual([]);
  });

  it('the end of a session does not open a closed client again', async () => {
    const { client, collection } = await setUp(deployment, { reopenOnUse: true });
    const ended = client.startSession();
    await ended.withTransaction(() => collection.insertOne({ _id: 1 }, { session: ended }));
    const open = client.startSession();
    open.startTransaction();
    await collection.insertOne({ _id: 2 }, { session: open });
    await client.close();
    let opened = 0;
    client.on('topologyOpening', () => opened++);
    await ended.endSession();
    await open.endSession();
    expect(opened).toBe(0);
    expect(open.hasEnded).toBe(true);
  });

  it('lets the error of the callback out as it is', async () => {
    const { client, collection } = await setUp(deployment);
    await collection.insertOne({ _id: 1 });
    const outcome = client.withTransaction(() => collection.insertOne({ _id: 1 }));
    expect(await rejectionOf(outcome)).toBeInstanceOf(DuplicateKeyError);
  });
});

describe('session.bind', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startReplicaSet();
  });
  afterAll(() => deployment.stop());

  it('operations inside join the session, those outside and those with session: null do not', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    const answer = await session.bind(async () => {
      await collection.insertOne({ _id: 1 });
      await Promise.resolve();
      const found = collection.find();
      await collection.findOne({}, { session: null });
      return (await found.toArray()).length;
    });
    await collection.findOne();
    expect(answer).toBe(1);
    const own = sent.map(({ command }) => String(command['lsid'].id) === String(session.sessionId['id']));
    expect(own).toEqual([true, false, true, false]);
  });

  it('another session that is named wins, and the innermost one that is bound', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using outer = client.startSession();
    await using inner = client.startSession();
    await outer.bind(async () => {
      await inner.bind(() => collection.findOne());
      await collection.findOne({}, { session: inner });
      await collection.findOne();
    });
    expect(sent.map(({ command }) => command['lsid'])).toEqual([
      inner.sessionId,
      inner.sessionId,
      outer.sessionId,
    ]);
  });

  it('a transaction that is started inside takes them in', async () => {
    const { client, collection, sent } = await setUp(deployment);
    await using session = client.startSession();
    await session.bind(async () => {
      session.startTransaction();
      await collection.insertOne({ _id: 1 });
      await session.abortTransaction();
    });
    expect(sent.map(({ name }) => name)).toEqual(['insert', 'abortTransaction']);
    expect(await collection.findOne()).toBeNull();
  });

  it('an operation after the end of the session is refused, and not run outside', async () => {
    const { client, collection } = await setUp(deployment);
    const session = client.startSession();
    const outcome = session.bind(async () => {
      await session.endSession();
      return await collection.insertOne({ _id: 1 });
    });
    expect(await rejectionOf(outcome)).toBeInstanceOf(InvalidOperation);
  });
});
