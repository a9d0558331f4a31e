import type { BenchDriver } from './drivers.js';
import { documentText } from './codec-documents.js';

/** One task of the benchmark: how often it runs in a round, and per what its cost is told. */
export interface NetworkTask {
  readonly name: string;
  readonly unit: 'operation' | 'document' | 'event';
  /** Units of work of one call of `run`. */
  readonly units: number;
  /** Calls in a round. */
  readonly calls: number;
  run(driver: BenchDriver): Promise<unknown>;
}

const CALLERS = 100;
const DOCUMENTS = 10_000;

const oneHundredCallers = async (driver: BenchDriver): Promise<void> => {
  const caller = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await driver.findOne();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
};

export const networkTasks = (): NetworkTask[] => {
  const tweet = JSON.parse(documentText('tweet')) as Record<string, unknown>;
  const fresh = (): Record<string, unknown> => ({ ...tweet });
  return [
    { name: 'ping', unit: 'operation', units: 1, calls: 3000, run: (driver) => driver.ping() },
    { name: 'findOne', unit: 'operation', units: 1, calls: 3000, run: (driver) => driver.findOne() },
    { name: 'findOne-100-callers', unit: 'operation', units: CALLERS * 10, calls: 8, run: oneHundredCallers },
    {
      name: 'find-10k-for-await',
      unit: 'document',
      units: DOCUMENTS,
      calls: 3,
      run: (driver) => driver.iterateTweets(),
    },
    {
      name: 'find-10k-toArray',
      unit: 'document',
      units: DOCUMENTS,
      calls: 3,
      run: (driver) => driver.tweetsToArray(),
    },
    {
      name: 'insertOne',
      unit: 'operation',
      units: 1,
      calls: 3000,
      run: (driver) => driver.insertOne(fresh()),
    },
    {
      name: 'insertMany-10k',
      unit: 'document',
      units: DOCUMENTS,
      calls: 3,
      run: (driver) => driver.insertMany(Array.from({ length: DOCUMENTS }, fresh)),
    },
    {
      name: 'change-stream-10k',
      unit: 'event',
      units: DOCUMENTS,
      calls: 3,
      run: (driver) => driver.watch(DOCUMENTS),
    },
  ];
};
