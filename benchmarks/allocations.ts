/**
 * `npm run build && npx tsx benchmarks/allocations.ts`: the bytes that one `findOne` allocates, and how many of them are
 * for events, log messages and traces: while nobody listens, and while somebody listens to all of them. Without a
 * listener it must be none.
 */
import { spawn } from 'node:child_process';
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Session, type HeapProfiler } from 'node:inspector/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AsyncMongoClient } from '../lib/index.js';

const ROUNDS = 3;
/** Calls at a time, so that the round does not consist of waiting. */
const CALLERS = 50;
const TURNS = 20;
const WARM_UP_TURNS = 60;
/** Bytes between two samples of the profiler: small, so that nothing escapes it. */
const SAMPLING_INTERVAL = 128;

/** In bytes, for each call; what is less than that is of the engine, which compiles a function now and then. */
const SMALLEST_OBJECT = 12;

/** Where events, messages and traces are made, and nothing else is. */
const OBSERVING =
  /\/dist\/(logging\/|core\/(event-hub|trace)\.js|connection\/(command-monitor|published-command)\.js|pool\/pool-publisher\.js|topology\/(topology-publisher|selection\/observe-selection)\.js|execute\/operation-channel\.js)/;

interface Allocated {
  readonly total: number;
  readonly observing: number;
}

const sum = (node: HeapProfiler.SamplingHeapProfileNode): Allocated => {
  const isObserving = OBSERVING.test(node.callFrame.url);
  let [total, observing] = [node.selfSize, isObserving ? node.selfSize : 0];
  for (const child of node.children) {
    const below = sum(child);
    total += below.total;
    observing += below.observing;
  }
  return { total, observing };
};

const session = new Session();
session.connect();

const together = (work: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: CALLERS }, work));

/** Bytes for each call of `work`. */
const measure = async (work: () => Promise<unknown>): Promise<Allocated> => {
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType);
  for (let turn = 0; turn < TURNS; turn++) await together(work);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  const { total, observing } = sum(profile.head);
  const calls = TURNS * CALLERS;
  return { total: total / calls, observing: observing / calls };
};

const CHANNELS = ['operation', 'attempt', 'checkout', 'command'].map((name) =>
  tracingChannel(`asyncmongo:${name}`),
);
const ignore = (): void => undefined;
const SUBSCRIBERS = Object.fromEntries(
  ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((phase) => [phase, ignore]),
) as unknown as TracingChannelSubscribers<object>;
const EVENTS = [
  'commandStarted',
  'commandSucceeded',
  'connectionCheckOutStarted',
  'connectionCheckedOut',
  'connectionCheckedIn',
] as const;

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('reply-server.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
// The built package, as users run it.
const { AsyncMongoClient: Client } = (await import('../dist/index.js' as string)) as {
  AsyncMongoClient: typeof AsyncMongoClient;
};
const uri = `mongodb://127.0.0.1:${port}/`;
// No check of the server falls into a round.
const heartbeatFrequencyMS = 600_000;
const quiet = new Client(uri, { heartbeatFrequencyMS });
const heard = new Client(uri, { heartbeatFrequencyMS, logger: ignore, logLevel: 'debug' });
for (const name of EVENTS) heard.on(name, ignore);

const findOne = (client: AsyncMongoClient) => () => client.db('bench').collection('one').findOne({ _id: 0 });
const listening = async <T>(work: () => Promise<T>): Promise<T> => {
  for (const channel of CHANNELS) channel.subscribe(SUBSCRIBERS as never);
  try {
    return await work();
  } finally {
    for (const channel of CHANNELS) channel.unsubscribe(SUBSCRIBERS as never);
  }
};

for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
  await together(findOne(quiet));
  await listening(() => together(findOne(heard)));
}
const pairs: { readonly nobody: Allocated; readonly somebody: Allocated }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const nobody = await measure(findOne(quiet));
  pairs.push({ nobody, somebody: await listening(() => measure(findOne(heard))) });
}
await quiet.close();
await heard.close();
server.stdin.end();
session.disconnect();

for (const who of ['nobody', 'somebody'] as const) {
  const total = median(pairs.map((pair) => pair[who].total));
  const observing = median(pairs.map((pair) => pair[who].observing));
  console.log(
    `${who.padEnd(8)} listens: ${total.toFixed(0).padStart(6)} bytes per findOne, ` +
      `${observing.toFixed(1).padStart(7)} of them for events, messages and traces`,
  );
}
const wasted = median(pairs.map(({ nobody }) => nobody.observing));
const seen = Math.min(...pairs.map(({ somebody }) => somebody.observing));
// Were the profiler blind, it would not see what listeners are given either.
const kept = wasted < SMALLEST_OBJECT && seen > SMALLEST_OBJECT;
console.log(`nothing is allocated without a listener: ${kept ? 'held' : 'BROKEN'}`);
process.exitCode = kept ? 0 : 1;
