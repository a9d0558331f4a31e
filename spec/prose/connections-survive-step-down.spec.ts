/**
 * `source/connections-survive-step-down/tests/README.md`, by its titles. "Not Primary - Reset Connection Pool" is about
 * servers of version 4.0, which this driver does not talk to.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AsyncCollection, AsyncMongoClient, ClientEvents } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { clientOf, closeAll, rejectionOf } from '../client/client-fixture.js';
import { failCommand } from '../support/observed-commands.js';

describe('connections survive primary step down', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset', members: 3, electionTimeoutMS: 500 });
  });
  afterAll(() => deployment.stop());
  afterEach(closeAll);

  const setUp = async (): Promise<{
    readonly client: AsyncMongoClient;
    readonly collection: AsyncCollection<{ _id?: unknown; test: number }>;
    readonly cleared: readonly ClientEvents['connectionPoolCleared'][];
  }> => {
    // A fail point changes nothing about the server that it would tell of by itself: the next heartbeat does.
    const client = clientOf(deployment, {
      retryWrites: false,
      serverSelectionTimeoutMS: 20_000,
      heartbeatFrequencyMS: 500,
    });
    const db = client.db('step-down');
    const writeConcern = { w: 'majority' } as const;
    await db.dropCollection('step-down', { writeConcern });
    const collection = await db.createCollection<{ _id?: unknown; test: number }>('step-down', {
      writeConcern,
    });
    const cleared: ClientEvents['connectionPoolCleared'][] = [];
    client.on('connectionPoolCleared', (event) => cleared.push(event));
    return { client, collection, cleared };
  };

  it('getMore Iteration', async () => {
    const { client, collection, cleared } = await setUp();
    const documents = Array.from({ length: 5 }, (_, test) => ({ test }));
    await collection.insertMany(documents, { writeConcern: { w: 'majority' } });
    const cursor = collection.find({}, { batchSize: 2 });
    for (let read = 0; read < 2; read++) expect(await cursor.next()).toMatchObject({ test: read });
    const primary = await deployment.control.awaitPrimary();
    const [secondary = ''] = deployment.hosts.filter((_, index) => index !== primary);
    const direct = clientOf(`mongodb://${secondary}/?directConnection=true`);
    expect(await direct.db('admin').command({ replSetFreeze: 0 })).toMatchObject({ ok: 1 });
    expect(await client.db('admin').command({ replSetStepDown: 30, force: true })).toMatchObject({ ok: 1 });
    for (let read = 2; read < 5; read++) expect(await cursor.next()).toMatchObject({ test: read });
    expect(cleared).toEqual([]);
  });

  it.each([
    ['Not Primary - Keep Connection Pool', 10107, 0],
    ['Shutdown in progress - Reset Connection Pool', 91, 1],
    ['Interrupted at shutdown - Reset Connection Pool', 11600, 1],
  ])('%s', async (_title, errorCode, clears) => {
    const { client, collection, cleared } = await setUp();
    await failCommand(client, { times: 1 }, { failCommands: ['insert'], errorCode });
    expect(await rejectionOf(collection.insertOne({ test: 1 }))).toMatchObject({ code: errorCode });
    await collection.insertOne({ test: 1 });
    expect(cleared).toHaveLength(clears);
  });
});
