/** Check-out plus check-in of a pool whose connections open at once: the cost of the pool itself, in microseconds. */
import { NO_DEADLINE } from '../lib/core/deadline.js';
import { EventHub } from '../lib/core/event-hub.js';
import { nodeRuntime } from '../lib/core/node-runtime.js';
import type { Lease } from '../lib/pool/lease.js';
import { Pool } from '../lib/pool/pool.js';
import { DEFAULT_POOL_SETTINGS, type ConnectRequest } from '../lib/pool/pool-options.js';
import { FakeConnection } from '../spec/support/fake-connection.js';

const BUDGET_US = 5;

const makePool = (maxPoolSize: number): Pool => {
  const pool = new Pool({
    ...DEFAULT_POOL_SETTINGS,
    maxPoolSize,
    address: 'h:27017',
    runtime: nodeRuntime,
    connect: (request: ConnectRequest) =>
      Promise.resolve(new FakeConnection('h:27017', request).asConnection),
    events: new EventHub(),
    onConnectFailure: ({ error }) => {
      throw error as Error;
    },
  });
  pool.ready();
  return pool;
};

const cpuUS = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Median of several rounds, in microseconds of CPU time per pair. */
const measure = async (pairs: number, round: () => void | Promise<void>): Promise<number> => {
  const rounds: number[] = [];
  for (let turn = 0; turn < 9; turn++) {
    const before = cpuUS();
    await round();
    rounds.push((cpuUS() - before) / pairs);
  }
  return rounds.sort((a, b) => a - b)[4] as number;
};

const uncontended = async (): Promise<number> => {
  const pool = makePool(100);
  pool.checkIn(await pool.checkOut(NO_DEADLINE));
  const pairs = 500_000;
  return measure(pairs, () => {
    for (let turn = 0; turn < pairs; turn++) pool.checkIn(pool.checkOut(NO_DEADLINE) as Lease);
  });
};

const contended = async (callers: number, maxPoolSize: number): Promise<number> => {
  const pool = makePool(maxPoolSize);
  const each = Math.ceil(100_000 / callers);
  return measure(callers * each, async () => {
    const caller = async (): Promise<void> => {
      for (let turn = 0; turn < each; turn++) {
        const lease = await pool.checkOut(NO_DEADLINE);
        pool.checkIn(lease);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
  });
};

const results = [
  ['uncontended', await uncontended()],
  ['100 callers, maxPoolSize 100', await contended(100, 100)],
  ['100 callers, maxPoolSize 10', await contended(100, 10)],
  ['1000 callers, maxPoolSize 10', await contended(1000, 10)],
] as const;
for (const [name, us] of results) console.log(`pool check-out + check-in, ${name}: ${us.toFixed(2)} us`);
const [, fast] = results[0];
console.log(
  `budget of ${String(BUDGET_US)} us for the uncontended pair: ${fast <= BUDGET_US ? 'held' : 'EXCEEDED'}`,
);
process.exitCode = fast <= BUDGET_US ? 0 : 1;
