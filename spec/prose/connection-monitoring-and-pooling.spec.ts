import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AsyncMongoClient, ConnectionPoolListener, type ClientEvents } from '../../lib/index.js';
import { clientOf, closeAll, rejectionOf, startServer } from '../client/client-fixture.js';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { encodeReply } from '../support/scripted-server-message.js';
import type { ScriptedRequest } from '../support/scripted-server.js';

afterEach(closeAll);

const POOL_OPTIONS = {
  maxPoolSize: 7,
  minPoolSize: 1,
  maxIdleTimeMS: 12_000,
  maxConnecting: 3,
  waitQueueTimeoutMS: 500,
};

/** Exhaust cursors are not asked of a driver that has none. */
describe('connection monitoring and pooling, prose tests', () => {
  it('1. all pool options are specified at the level of the client', () => {
    const client = new AsyncMongoClient('mongodb://h', { connect: false, ...POOL_OPTIONS });
    expect(client.options).toMatchObject(POOL_OPTIONS);
    for (const name of Object.keys(POOL_OPTIONS)) {
      expect(() => client.getDatabase('x', { [name]: 1 } as never)).toThrow();
    }
  });

  it('2. all pool options are the same for all pools of a client', async () => {
    const set = await scriptedReplicaSet(3);
    const created: ClientEvents['connectionPoolCreated'][] = [];
    const client = clientOf(set.uri, { connect: false, ...POOL_OPTIONS });
    client.on('connectionPoolCreated', (event) => created.push(event));
    await client.connect();
    await client.close();
    await set.close();
    expect(created).toHaveLength(3);
    for (const { options } of created) expect(options).toEqual(POOL_OPTIONS);
  });

  it('3. all pool options can be given in a connection string', () => {
    const query = Object.entries(POOL_OPTIONS).map(([name, value]) => `${name}=${String(value)}`);
    const client = new AsyncMongoClient(`mongodb://h/?${query.join('&')}`, { connect: false });
    expect(client.options).toMatchObject(POOL_OPTIONS);
  });

  it('4. pool events can be subscribed to', async () => {
    const server = await startServer();
    const seen: string[] = [];
    class Pools extends ConnectionPoolListener {
      override connectionCheckedOut(): void {
        seen.push('listener');
      }
    }
    const client = clientOf(server, { eventListeners: [new Pools()] });
    client.on('connectionCheckedOut', () => seen.push('on'));
    await client.ping();
    expect(seen).toEqual(['listener', 'on']);
  });

  it('5. a connection that cannot be set up fails its check-out with connectionError', async () => {
    const server = await startServer();
    const client = clientOf(server, { retryReads: false });
    await client.connect();
    const failed: ClientEvents['connectionCheckOutFailed'][] = [];
    client.on('connectionCheckOutFailed', (event) => failed.push(event));
    server.on('isMaster', 'close');
    await rejectionOf(client.db('admin').command('ping'));
    expect(failed).toMatchObject([
      { address: server.address, reason: 'connectionError', duration: expect.any(Number) },
    ]);
  });

  /** Sends the beginning of the reply, and the rest after a while. */
  const dripping =
    (sendBytes: number, delayMS: number) =>
    async (request: ScriptedRequest): Promise<'silence'> => {
      const { connection } = request;
      const bytes = encodeReply(request, { ok: 1, n: 1 });
      connection.write(bytes.subarray(0, sendBytes));
      await sleep(delayMS);
      connection.write(bytes.subarray(sendBytes));
      return 'silence';
    };

  const pendingResponse = async (sendBytes: number, idleMS: number): Promise<void> => {
    const server = await startServer({ script: { insert: { n: 1 } } });
    const seen: string[] = [];
    const client = clientOf(server, {
      maxPoolSize: 1,
      directConnection: true,
      retryReads: false,
      retryWrites: false,
    });
    client.on('connectionCreated', () => seen.push('created'));
    client.on('connectionClosed', () => seen.push('closed'));
    await client.ping();
    server.once('insert', dripping(sendBytes, 400));
    const collection = client.db('t').collection('coll');
    const error = await rejectionOf(collection.insertOne({ _id: 42 }, { timeoutMS: 200 }));
    expect(error).toMatchObject({ timeout: true });
    await sleep(idleMS);
    await collection.insertOne({ _id: 43 });
    expect(seen).toEqual(['created']);
  };

  it.each([
    ['message size was partially read', 2],
    ['message size was read', 4],
    ['message header was read, body was not', 16],
    ['message header was read, body was read partially', 20],
  ])('Pending response, recover partially read response: %s', async (_name, sendBytes) => {
    await pendingResponse(sendBytes, 0);
  });

  it('Pending response, non-destructive aliveness check', async () => {
    await pendingResponse(2, 4_000);
  });
});
