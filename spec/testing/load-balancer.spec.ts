import { afterEach, expect, it } from '@jest/globals';
import type { Document, ObjectId } from 'bson';
import { MongoClient } from 'mongodb';
import { startDeployment, type Deployment } from '../../lib/testing/deployment.js';
import { RawClient } from './support/raw-client.js';

let deployment: Deployment;
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await deployment.stop();
});

const start = async (): Promise<void> => {
  deployment = await startDeployment({ topology: 'load-balanced', members: 2 });
};

const addressOf = (uri: string): string => new URL(uri).host;

const connect = async (uri: string): Promise<RawClient> => {
  const client = await RawClient.connect(addressOf(uri));
  clients.push(client);
  return client;
};

const serviceOf = async (uri: string): Promise<string> => {
  const reply = await (await connect(uri)).command({ hello: 1, loadBalanced: true });
  return (reply['serviceId'] as ObjectId).toHexString();
};

it('gives each connection to the next router, which says who it is', async () => {
  await start();
  const services = [await serviceOf(deployment.uri), await serviceOf(deployment.uri)];
  expect(new Set(services).size).toBe(2);
  expect(await serviceOf(deployment.uri)).toBe(services[0]);
  const single = [await serviceOf(deployment.singleRouterUri), await serviceOf(deployment.singleRouterUri)];
  expect(new Set(single).size).toBe(1);
});

it('refuses clients that do not know that there is one; a direct connection knows no services', async () => {
  await start();
  expect(await (await connect(deployment.uri)).command({ hello: 1 })).toMatchObject({ ok: 0, code: 354 });
  const direct = await RawClient.connect(deployment.hosts[0]!);
  clients.push(direct);
  expect(await direct.command({ hello: 1, loadBalanced: true })).not.toHaveProperty('serviceId');
});

it('keeps cursors on the router that opened them', async () => {
  await start();
  const [first, second] = [await connect(deployment.uri), await connect(deployment.uri)];
  for (const client of [first, second]) await client.command({ hello: 1, loadBalanced: true });
  await first.command({ insert: 'c', documents: [{}, {}, {}], $db: 'test' });
  const { cursor } = (await first.command({ find: 'c', batchSize: 1, $db: 'test' })) as {
    cursor: Document;
  };
  const getMore = { getMore: cursor['id'], collection: 'c', $db: 'test' };
  expect(await second.command(getMore)).toMatchObject({ code: 43 });
  expect(await first.command(getMore)).toMatchObject({ cursor: { nextBatch: [{}, {}] } });
});

it('serves the official driver', async () => {
  await start();
  const client = new MongoClient(deployment.uri);
  try {
    const collection = client.db('test').collection('c');
    await collection.insertMany(Array.from({ length: 10 }, (_, i) => ({ i })));
    expect(await collection.find({}, { batchSize: 2 }).toArray()).toHaveLength(10);
  } finally {
    await client.close();
  }
});
