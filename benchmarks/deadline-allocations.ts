/**
 * `npm run build && npx tsx benchmarks/deadline-allocations.ts`: what an implicit session and a deadline (`timeoutMS`)
 * together add to an operation: timers, objects and bytes, against a server without sessions and no limit, in rounds that
 * take turns.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AsyncMongoClient } from '../lib/index.js';
import { heapSamples } from './heap-samples.js';

const ROUNDS = 20;
/** Calls at a time, so that the round does not consist of waiting. */
const CALLERS = 50;
const TURNS = 20;
/** In a round. */
const OPERATIONS = CALLERS * TURNS;
const WARM_UP_TURNS = 200;
/** Each allocation is a sample. */
const SAMPLING_INTERVAL = 1;
/** Each connection has one timer, armed anew at most once in this while. */
const TIMEOUT_MS = 60_000;
/**
 * The deadline, room for more fields of the command, the keys of `lsid`; one or two more by what the engine inlines and how
 * the writes of a turn fall together.
 */
const MOST_OBJECTS = 5;
/** A boxed number; no object, array or string is as small. */
const BOX_BYTES = 16;

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
  // No check of the server falls into a round.
  const client = new Client(`mongodb://127.0.0.1:${port}/`, { heartbeatFrequencyMS: 600_000, timeoutMS });
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
  /** Of the clock, mostly: the engine puts a number that is no small integer into a box of its own. */
  readonly boxes: number;
  readonly bytes: number;
  readonly timers: number;
}

const measure = async (work: () => Promise<unknown>): Promise<Cost> => {
  const timersBefore = timers;
  const samples = await heapSamples(SAMPLING_INTERVAL, () => turns(TURNS, work));
  const boxes = samples.filter(({ size }) => size === BOX_BYTES).length;
  const bytes = samples.reduce((sum, { size }) => sum + size, 0);
  return {
    objects: (samples.length - boxes) / OPERATIONS,
    boxes: boxes / OPERATIONS,
    bytes: bytes / OPERATIONS,
    timers: timers - timersBefore,
  };
};

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
};

const bare = await side(['without-sessions'], undefined);
const limited = await side([], TIMEOUT_MS);
let kept = true;
for (const [name, work] of Object.entries(limited.operations)) {
  const bareWork = bare.operations[name] as () => Promise<unknown>;
  for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
    await turns(1, bareWork);
    await turns(1, work);
  }
  const pairs: { readonly without: Cost; readonly with: Cost }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    pairs.push({ without: await measure(bareWork), with: await measure(work) });
  }
  const added = (figure: 'objects' | 'boxes' | 'bytes'): number =>
    median(pairs.map((pair) => pair.with[figure] - pair.without[figure]));
  const total = median(pairs.map((pair) => pair.without.objects));
  const armed = pairs.reduce((sum, pair) => sum + pair.with.timers, 0);
  const calls = ROUNDS * OPERATIONS;
  kept &&= Math.round(added('objects')) <= MOST_OBJECTS && armed < calls / 100;
  console.log(
    `${name.padEnd(9)} ${total.toFixed(2)} objects; session and deadline add ${added('objects').toFixed(2)} ` +
      `and ${added('boxes').toFixed(2)} boxed numbers (${added('bytes').toFixed(1)} bytes) and ${String(armed)} timers in ${String(calls)} operations`,
  );
}
await bare.close();
await limited.close();
console.log(`no timer, at most ${String(MOST_OBJECTS)} objects: ${kept ? 'held' : 'BROKEN'}`);
process.exitCode = kept ? 0 : 1;
