import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AsyncMongoClient,
  AutoReconnect,
  ConfigurationError,
  legacy,
  WaitQueueTimeoutError,
  type AsyncMongoClientOptions,
} from '../../lib/index.js';
import { deferred } from '../../lib/core/deferred.js';
import { startDeployment } from '../../lib/testing.js';
import { cursorReply, type Answer } from '../support/scripted-server.js';
import { closeAll, closeLater, rejectionOf, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

const setUp = async (options: AsyncMongoClientOptions = {}) => {
  const { server, client } = await serverAndClient(
    {
      script: {
        insert: { n: 1 },
        update: { n: 1, nModified: 1 },
        delete: { n: 1 },
        find: cursorReply('d.c', []),
      },
    },
    options,
  );
  /** Connections that took operations, in the order of these. */
  const used = (): number[] =>
    server.requests
      .filter(({ commandName }) => ['insert', 'find', 'update', 'getMore'].includes(commandName))
      .map(({ connection }) => connection.id);
  return { server, client, collection: client.db('d').collection('c'), used };
};

const UNACKNOWLEDGED = { writeConcern: { w: 0 } } as const;

describe('a request', () => {
  it('[REQ-1] sends its operations over one connection, in the order of the calls', async () => {
    const { server, client, collection, used } = await setUp();
    // Several connections are there to choose from.
    await Promise.all(Array.from({ length: 4 }, () => collection.findOne()));
    const before = used().length;
    await client.withRequest(async () => {
      await collection.insertOne({ a: 1 });
      await collection.findOne();
      await collection.insertOne({ a: 2 });
    });
    expect(new Set(used().slice(before)).size).toBe(1);
    expect(server.requests.slice(-3).map(({ commandName }) => commandName)).toEqual([
      'insert',
      'find',
      'insert',
    ]);
  });

  it('[REQ-3] [REQ-12] keeps unacknowledged writes and what is called beside them in line', async () => {
    const { server, client, collection, used } = await setUp();
    await client.withRequest(async () => {
      await Promise.all([
        collection.insertOne({ a: 1 }, UNACKNOWLEDGED),
        collection.insertOne({ a: 2 }, UNACKNOWLEDGED),
        collection.findOne(),
      ]);
    });
    const operations = server.requests.filter(({ commandName }) => /insert|find/.test(commandName));
    expect(operations.map(({ commandName }) => commandName)).toEqual(['insert', 'insert', 'find']);
    expect(operations[0]?.sequences['documents']?.[0]).toMatchObject({ a: 1 });
    expect(new Set(used()).size).toBe(1);
  });

  it('[REQ-4] [REQ-5] begins and ends by hand, with its scope, and when its body throws', async () => {
    const { client } = await setUp();
    const request = client.startRequest();
    expect(client.inRequest()).toBe(true);
    request.end();
    request.end();
    expect(client.inRequest()).toBe(false);
    client.startRequest();
    client.endRequest();
    expect(client.inRequest()).toBe(false);
    client.endRequest();
    {
      using _scope = client.startRequest();
      expect(client.inRequest()).toBe(true);
    }
    {
      await using _scope = client.startRequest();
      expect(client.inRequest()).toBe(true);
    }
    expect(client.inRequest()).toBe(false);
    await expect(
      client.withRequest(async () => {
        await pause(0);
        throw new Error('body');
      }),
    ).rejects.toThrow('body');
    expect(client.inRequest()).toBe(false);
  });

  it('[REQ-5] gives its connection back when its body throws', async () => {
    const { client, collection } = await setUp({ maxPoolSize: 1, waitQueueTimeoutMS: 2_000 });
    await client
      .withRequest(async () => {
        await collection.findOne();
        throw new Error('body');
      })
      .catch(() => undefined);
    await collection.findOne();
  });

  it('[REQ-6] is known to its flow alone', async () => {
    const { client } = await setUp();
    const called = async (): Promise<boolean> => {
      await pause(0);
      return client.inRequest();
    };
    const gate = deferred<void>();
    const beside = gate.promise.then(() => client.inRequest());
    await client.withRequest(async () => {
      expect(client.inRequest()).toBe(true);
      expect(await called()).toBe(true);
      gate.resolve();
      expect(await beside).toBe(false);
    });
    expect(client.inRequest()).toBe(false);
  });

  it('[REQ-7] has a connection of its own, and belongs to one client', async () => {
    const { client, collection, server } = await setUp();
    const other = closeLater(new AsyncMongoClient(server.uri));
    const bothIn = deferred<void>();
    let inside = 0;
    const flow = () =>
      client.withRequest(async () => {
        expect(other.inRequest()).toBe(false);
        await collection.findOne();
        if (++inside === 2) bothIn.resolve();
        await bothIn.promise;
        await collection.findOne();
      });
    await Promise.all([flow(), flow()]);
    const perConnection = server.connections.map(
      ({ requests }) => requests.filter(({ commandName }) => commandName === 'find').length,
    );
    expect(perConnection.filter((count) => count > 0)).toEqual([2, 2]);
  });

  it('[REQ-8] nests: the outermost end counts', async () => {
    const { client, collection, used } = await setUp();
    const outer = client.startRequest();
    await collection.findOne();
    const inner = client.startRequest();
    await collection.findOne();
    inner.end();
    expect(client.inRequest()).toBe(true);
    await client.withRequest(async () => {
      await collection.findOne();
    });
    await collection.findOne();
    outer.end();
    expect(client.inRequest()).toBe(false);
    expect(new Set(used()).size).toBe(1);
  });

  it('[REQ-9] starts by itself in each flow with autoStartRequest', async () => {
    const { client, collection, server, used } = await setUp({ autoStartRequest: true });
    const flow = async (): Promise<void> => {
      await pause(0);
      expect(client.inRequest()).toBe(false);
      await collection.insertOne({ a: 1 }, UNACKNOWLEDGED);
      expect(client.inRequest()).toBe(true);
      await collection.findOne();
    };
    await Promise.all([flow(), flow()]);
    expect(used()).toHaveLength(4);
    for (const { requests } of server.connections) {
      const names = requests.map(({ commandName }) => commandName).filter((name) => /insert|find/.test(name));
      expect([[], ['insert', 'find']]).toContainEqual(names);
    }
  });

  it('[REQ-10] has its connection to itself until it ends', async () => {
    const { client, collection } = await setUp({ maxPoolSize: 1 });
    const events: string[] = [];
    const inside = deferred<void>();
    const leave = deferred<void>();
    const request = client.withRequest(async () => {
      await collection.findOne();
      inside.resolve();
      await leave.promise;
      events.push('end');
    });
    await inside.promise;
    const outside = collection.findOne().then(() => events.push('outside'));
    await pause(20);
    leave.resolve();
    await Promise.all([request, outside]);
    expect(events).toEqual(['end', 'outside']);
  });

  it('[REQ-11] counts against maxPoolSize', async () => {
    const hold = async (client: AsyncMongoClient, count: number): Promise<PromiseSettledResult<void>[]> => {
      const leave = deferred<void>();
      const flows = Array.from({ length: count }, () =>
        client.withRequest(async () => {
          await client.db('d').collection('c').findOne();
          await leave.promise;
        }),
      );
      const first = Promise.race(flows.map((flow) => flow.then(() => undefined)));
      await Promise.race([first.catch(() => undefined), pause(300)]);
      leave.resolve();
      return await Promise.allSettled(flows);
    };
    const { client } = await setUp({ maxPoolSize: 2, minPoolSize: 2, waitQueueTimeoutMS: 100 });
    while (Object.values(client.stats().servers)[0]?.idle !== 2) await pause(5);
    const outcomes = await hold(client, 3);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'WaitQueueTimeoutError' },
    });
    expect(WaitQueueTimeoutError.name).toBe('WaitQueueTimeoutError');
    const { client: unlimited } = await setUp({ maxPoolSize: null, waitQueueTimeoutMS: 10_000 });
    expect((await hold(unlimited, 5)).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('[REQ-13] reads the further batches of its cursors over its connection', async () => {
    const { server, client, collection, used } = await setUp();
    server.on('find', cursorReply('d.c', [{ _id: 1 }], { id: 5n }));
    server.on('getMore', cursorReply('d.c', [{ _id: 2 }], { batch: 'nextBatch' }));
    await Promise.all(Array.from({ length: 3 }, () => client.db('d').command({ ping: 1 })));
    await client.withRequest(async () => {
      expect(await collection.find().toArray()).toHaveLength(2);
    });
    expect(used()).toHaveLength(2);
    expect(new Set(used()).size).toBe(1);
  });

  it('[REQ-14] tells of a lost connection, and goes on with another', async () => {
    const { server, client, collection } = await setUp();
    await client.withRequest(async () => {
      await collection.insertOne({ a: 1 });
      server.once('find', 'close');
      expect(await rejectionOf(collection.findOne())).toBeInstanceOf(AutoReconnect);
      expect(server.received('find')).toHaveLength(1);
      await collection.findOne();
      expect(server.received('find')).toHaveLength(2);
    });
  });

  it('[REQ-1] is over when its client is closed, and a client that works again begins without one', async () => {
    const { client, collection } = await setUp({ reopenOnUse: true });
    using request = client.startRequest();
    await collection.findOne();
    expect(client.inRequest()).toBe(true);
    await client.close();
    expect(client.inRequest()).toBe(false);
    await collection.findOne();
    expect(client.inRequest()).toBe(false);
    await client.withRequest(async () => {
      await collection.findOne();
      expect(client.inRequest()).toBe(true);
    });
    expect(() => request.end()).not.toThrow();
  });

  it('[REQ-14] tells of a connection that was lost between two operations', async () => {
    const { server, client, collection } = await setUp();
    await client.withRequest(async () => {
      await collection.insertOne({ a: 1 }, UNACKNOWLEDGED);
      const [request] = server.requests.filter(({ commandName }) => commandName === 'insert');
      const { connection } = request ?? (await server.waitFor('insert'));
      connection.destroy();
      await connection.closed;
      // The client hears of it a moment later, and has no event for a connection that is in use.
      await pause(20);
      const failure = await rejectionOf(collection.findOne());
      expect(failure).toBeInstanceOf(AutoReconnect);
      expect(server.received('find')).toHaveLength(0);
      await collection.findOne();
    });
  });

  it('one that waits for its turn gives up with its deadline, and those behind it keep theirs', async () => {
    const { server, client, collection } = await setUp();
    const gate = deferred<Answer>();
    await client.withRequest(async () => {
      server.once('find', () => gate.promise);
      const first = collection.findOne();
      const impatient = rejectionOf(collection.insertOne({ a: 1 }, { timeoutMS: 50 }));
      const last = collection.insertOne({ a: 2 });
      expect(await impatient).toMatchObject({ timeout: true });
      expect(server.received('insert')).toHaveLength(0);
      gate.resolve(cursorReply('d.c', []));
      await Promise.all([first, last]);
      expect(server.received('insert')).toHaveLength(1);
    });
  });
});

describe('write concern of one call', () => {
  it('[REQ-15] is written in full, as w, or as safe', async () => {
    const { server, collection } = await setUp();
    const update = { $set: { b: 1 } };
    const same = [
      { upsert: true, writeConcern: { w: 0 } },
      { upsert: true, w: 0 },
      { upsert: true, safe: false },
    ];
    for (const options of same) {
      expect(await collection.updateOne({ a: 1 }, update, options)).toMatchObject({ acknowledged: false });
    }
    await collection.updateOne({ a: 1 }, update, { safe: true });
    await server.waitFor('update', 4);
    const sent = server.received('update').map(({ command }) => command['writeConcern']);
    expect(sent).toEqual([{ w: 0 }, { w: 0 }, { w: 0 }, { w: 1 }]);
    for (const options of [
      { w: 1, safe: true },
      { w: 1, writeConcern: { w: 1 } },
    ]) {
      await expect(collection.updateOne({}, update, options)).rejects.toThrow(ConfigurationError);
    }
  });
});

describe('legacy write helpers', () => {
  it('[REQ-16] wait for the acknowledgement and send the modern commands', async () => {
    const { server, collection } = await setUp();
    const gate = deferred<Answer>();
    server.once('insert', () => gate.promise);
    let done = false;
    const inserted = legacy.insert(collection, { _id: 1 }).then((id) => {
      done = true;
      return id;
    });
    await server.waitFor('insert');
    expect(done).toBe(false);
    gate.resolve({ n: 1 });
    expect(await inserted).toBe(1);
    server.once('insert', { n: 2 });
    expect(await legacy.insert(collection, [{ _id: 2 }, { _id: 3 }], { continueOnError: true })).toEqual([
      2, 3,
    ]);
    expect(server.received('insert')[1]?.command).toMatchObject({ ordered: false });
    expect(await legacy.update(collection, { a: 1 }, { $set: { b: 1 } }, { multi: true })).toEqual({
      ok: 1,
      n: 1,
      updatedExisting: true,
      nModified: 1,
    });
    expect(await legacy.save(collection, { _id: 9, a: 1 })).toBe(9);
    expect(await legacy.save(collection, { a: 1 })).toBeDefined();
    expect(await legacy.remove(collection, {})).toEqual({ ok: 1, n: 1 });
    expect(await legacy.remove(collection, {}, { w: 0 })).toEqual({ ok: 1 });
    await server.waitFor('delete', 2);
    const statements = [
      ...server.received('update').flatMap(({ sequences }) => sequences['updates'] ?? []),
      ...server.received('delete').flatMap(({ sequences }) => sequences['deletes'] ?? []),
    ];
    expect(statements).toMatchObject([
      { q: { a: 1 }, u: { $set: { b: 1 } }, multi: true },
      { q: { _id: 9 }, u: { _id: 9, a: 1 }, upsert: true },
      { q: {}, limit: 0 },
      { q: {}, limit: 0 },
    ]);
    await expect(legacy.update(collection, {}, { a: 1 }, { multi: true })).rejects.toThrow(
      ConfigurationError,
    );
  });
});

describe('on a replica set', () => {
  const live = async (options: AsyncMongoClientOptions = {}) => {
    const deployment = await startDeployment({ topology: 'replicaset', members: 2 });
    closeLater({ close: () => deployment.stop() });
    const client = closeLater(new AsyncMongoClient(deployment.uri, options));
    return { client, views: client.db('shop').collection<{ region: string; n: number }>('views') };
  };

  it('[REQ-2] what follows an awaited write sees it, without a request', async () => {
    const { views } = await live();
    await views.insertOne({ region: 'US', n: 1 });
    expect(await views.countDocuments()).toBe(1);
  });

  it('[REQ-3] a query in a request sees the unacknowledged writes before it', async () => {
    const { client, views } = await live();
    await client.withRequest(async () => {
      for (let n = 0; n < 1000; n++) await views.insertOne({ region: 'US', n }, { w: 0 });
      expect(await views.find().toArray()).toHaveLength(1000);
    });
  });

  it('[REQ-17] counts page views alike in its three variants', async () => {
    const total = async (views: Awaited<ReturnType<typeof live>>['views']): Promise<number> => {
      const all = await views.find({ region: 'US' }).toArray();
      return all.reduce((sum, { n }) => sum + n, 0);
    };
    const view = (views: Awaited<ReturnType<typeof live>>['views'], options: object) =>
      views.updateOne({ region: 'US' }, { $inc: { n: 1 } }, { upsert: true, ...options });

    const acknowledged = await live();
    for (let k = 0; k < 5; k++) await view(acknowledged.views, {});
    expect(await total(acknowledged.views)).toBe(5);

    const automatic = await live({ autoStartRequest: true });
    await (async () => {
      for (let k = 0; k < 5; k++) await view(automatic.views, { w: 0 });
      expect(await total(automatic.views)).toBe(5);
      automatic.client.endRequest();
    })();

    const explicit = await live();
    await explicit.client.withRequest(async () => {
      for (let k = 0; k < 5; k++) await view(explicit.views, { w: 0 });
      expect(await total(explicit.views)).toBe(5);
    });
  });

  it('[REQ-18] keeps one connection for each server it meets', async () => {
    const { client, views } = await live();
    await views.insertOne({ region: 'US', n: 1 }, { w: 2 });
    const connections = new Map<string, Set<string>>();
    client.on('commandStarted', ({ connectionId: address, driverConnectionId }) => {
      connections.set(
        String(address),
        (connections.get(String(address)) ?? new Set()).add(String(driverConnectionId)),
      );
    });
    await client.withRequest(async () => {
      for (let k = 0; k < 3; k++) {
        await views.insertOne({ region: 'EU', n: k });
        await views.findOne({}, { readPreference: 'secondary' });
      }
    });
    expect(connections.size).toBe(2);
    for (const used of connections.values()) expect(used.size).toBe(1);
  });

  it('[REQ-19] a session works on the connection of the request', async () => {
    const { client, views } = await live();
    await client.withRequest(async () => {
      await using session = client.startSession();
      await views.insertOne({ region: 'US', n: 1 }, { session });
      expect(await views.countDocuments({}, { session })).toBe(1);
    });
  });
});
