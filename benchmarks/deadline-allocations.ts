/**
 * `npm run build && npx tsx benchmarks/deadline-allocations.ts`: what an implicit session and a deadline (`timeoutMS`)
 * together add to an operation, once its code is compiled: timers and objects, against a server without sessions and no
 * limit, in rounds that take turns. Both servers are standalones, so that the insert is a retryable write on neither side:
 * transaction numbers are not counted here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AsyncMongoClient } from '../lib/index.js';
import { heapSamples, type HeapSample } from './heap-samples.js';

const ROUNDS = 20;
/** Calls at a time, so that the round does not consist of waiting. */
const CALLERS = 50;
const TURNS = 4;
/** In a round. */
const OPERATIONS = CALLERS * TURNS;
const WARM_UP_TURNS = 100;
/** Each connection has one timer, armed anew at most once in this while. */
const TIMEOUT_MS = 60_000;
/**
 * As short as can be: after two checks the round trip is known, which counts under `timeoutMS`. The median passes over
 * rounds into which a check falls.
 */
const HEARTBEAT_MS = 500;
/** The deadline, and the moment of its end: a number with a fraction. */
const MOST_OBJECTS = 2;
/** A number with a fraction; no object, array or string is as small. */
const NUMBER_BYTES = 16;

const { AsyncMongoClient: Client } = (await import('../dist/index.js' as string)) as {
  AsyncMongoClient: typeof AsyncMongoClient;
};

let timers = 0;
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((...args: Parameters<typeof setTimer>) => {
  timers++;
  return setTimer(...args);
}, setTimer);

interface Side {
  readonly operations: Readonly<Record<string, () => Promise<unknown>>>;
  close(): Promise<void>;
}

/** A server of its own and a client of it. */
const side = async (args: readonly string[], timeoutMS: number | undefined): Promise<Side> => {
  const script = fileURLToPath(new URL('reply-server.ts', import.meta.url));
  const server = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  const uri = `mongodb://127.0.0.1:${port}/`;
  const client = new Client(uri, { heartbeatFrequencyMS: HEARTBEAT_MS, timeoutMS });
  const collection = client.db('bench').collection<{ _id: number }>('one');
  return {
    operations: {
      findOne: () => collection.findOne({ _id: 0 }),
      insertOne: () => collection.insertOne({ _id: 0 }),
    },
    close: async () => {
      await client.close();
      server.stdin.end();
    },
  };
};

const turns = async (count: number, work: () => Promise<unknown>): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.all(Array.from({ length: CALLERS }, work));
};

interface Cost {
  readonly objects: number;
  /** Those of the objects that are numbers. */
  readonly numbers: number;
  readonly bytes: number;
  readonly timers: number;
}

/** Timers of a round, the rest of one operation. */
const costOf = (samples: readonly HeapSample[], timersArmed: number): Cost => ({
  objects: samples.length / OPERATIONS,
  numbers: samples.filter(({ size }) => size === NUMBER_BYTES).length / OPERATIONS,
  bytes: samples.reduce((sum, { size }) => sum + size, 0) / OPERATIONS,
  timers: timersArmed,
});

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
};

const bare = await side(['without-sessions'], undefined);
const limited = await side([], TIMEOUT_MS);
let kept = true;
for (const [name, work] of Object.entries(limited.operations)) {
  const bareWork = bare.operations[name] as () => Promise<unknown>;
  const takeTurns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      await turns(1, bareWork);
      await turns(1, work);
    }
  };
  const armed: number[] = [];
  const part = (partWork: () => Promise<unknown>) => async (): Promise<void> => {
    const before = timers;
    await turns(TURNS, partWork);
    armed.push(timers - before);
  };
  const round = [part(bareWork), part(work)];
  await takeTurns(WARM_UP_TURNS);
  const samples = await heapSamples(
    () => takeTurns(WARM_UP_TURNS),
    Array.from({ length: ROUNDS }, () => round).flat(),
  );
  const costs = samples.map((partSamples, index) => costOf(partSamples, armed[index] as number));
  const without = costs.filter((_, index) => index % 2 === 0);
  const having = costs.filter((_, index) => index % 2 === 1);
  const added = (figure: keyof Cost): number =>
    median(having.map((cost, index) => cost[figure] - (without[index] as Cost)[figure]));
  const timersArmed = having.reduce((sum, cost) => sum + cost.timers, 0);
  const calls = ROUNDS * OPERATIONS;
  // An object more or less now and then, by how the writes of a turn fall together.
  kept &&= Math.round(added('objects')) <= MOST_OBJECTS && timersArmed < calls / 100;
  console.log(
    `${name.padEnd(9)} ${median(without.map(({ objects }) => objects)).toFixed(2)} objects; session and deadline add ` +
      `${added('objects').toFixed(2)}, ${added('numbers').toFixed(2)} of them numbers ` +
      `(${added('bytes').toFixed(1)} bytes), and ${String(timersArmed)} timers in ${String(calls)} operations`,
  );
}
await bare.close();
await limited.close();
console.log(`no timer, at most ${String(MOST_OBJECTS)} objects: ${kept ? 'held' : 'BROKEN'}`);
process.exitCode = kept ? 0 : 1;
