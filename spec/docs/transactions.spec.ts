import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AsyncMongoClient, type AsyncCollection } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { asFunction, readGuide } from './guide-examples.js';

const guide = readGuide('transactions.md');
const examples = [...guide.matchAll(/^## ([^\n]*)$|^```ts\n(.*?)^```$/gms)]
  .reduce<{ readonly heading: string; readonly code: string }[]>((list, [, heading, code]) => {
    const last = list.at(-1)?.heading ?? '';
    return [...list, { heading: heading ?? last, code: code ?? '' }];
  }, [])
  .filter(({ code }) => code !== '');

type Example = (client: AsyncMongoClient, accounts: AsyncCollection) => Promise<void>;

/** The example as a function of what the guide says it uses. */
const runnable = (code: string): Example => asFunction('client, accounts', code);

describe('docs/transactions.md', () => {
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

  it.each(examples)('example under "$heading"', async ({ code }) => {
    const accounts = client.db('guide').collection('accounts');
    await accounts.deleteMany({});
    await accounts.insertMany([
      { _id: 'ada', balance: 10 },
      { _id: 'bob', balance: 10 },
    ] as never);
    await runnable(code)(client, accounts);
    const balances = await accounts.find().toArray();
    const moved = balances.reduce((sum, { balance }) => sum + (balance as number), 0);
    expect([20, 21]).toContain(moved);
  });
});
