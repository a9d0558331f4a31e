import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AsyncMongoClient, timeout, type AsyncCollection } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { asFunction, examplesOf, readGuide } from './guide-examples.js';

const examples = examplesOf(readGuide('deadlines.md')).map((code) => ({
  code,
  firstLine: code.split('\n', 1)[0],
}));

/** What the guide says it uses, and what its examples take for granted. */
interface Uses {
  readonly uri: string;
  readonly client: AsyncMongoClient;
  readonly orders: AsyncCollection;
  readonly AsyncMongoClient: typeof AsyncMongoClient;
  readonly timeout: typeof timeout;
  readonly handle: (order: unknown) => Promise<void>;
}

/** The example as a function that gives the names it made. */
const runnable = (code: string): ((uses: Uses) => Promise<{ readonly client?: AsyncMongoClient }>) => {
  const ownClient = code.includes('const client =');
  const names = `{ uri, AsyncMongoClient, timeout, handle${ownClient ? '' : ', client, orders'} }`;
  return asFunction(names, `${code}; return ${ownClient ? '{ client }' : '{}'};`);
};

describe('docs/deadlines.md', () => {
  let deployment: Deployment;
  let client: AsyncMongoClient;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset' });
    client = new AsyncMongoClient(deployment.uri);
  });
  afterAll(async () => {
    await client.close();
    await deployment.stop();
  });

  it.each(examples)('example "$firstLine"', async ({ code }) => {
    const orders = client.db('shop').collection('orders');
    await orders.deleteMany({});
    await orders.insertMany([{ state: 'open' }, { state: 'open' }, { state: 'void' }]);
    const handled: unknown[] = [];
    const { uri } = deployment;
    const handle = (order: unknown): Promise<void> => Promise.resolve(void handled.push(order));
    const made = await runnable(code)({ uri, client, orders, AsyncMongoClient, timeout, handle });
    await made.client?.close();
    expect(handled).toHaveLength(code.includes('handle(') ? 3 : 0);
  });
});
