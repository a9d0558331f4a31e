/**
 * Measures the codec alone: `npx tsx benchmarks/codec-run.ts [built module]`. Both sides take turns in one process; each
 * figure is the median of the rounds, in CPU time of the process.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchmarkDataDirectory } from './codec-documents.js';
import { codecTasks, type Codec } from './codec.js';

const ROUNDS = 15;
const ROUND_MS = 40;

const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** CPU microseconds per call. */
const measure = (work: () => unknown, calls: number): number => {
  const start = cpuMicroseconds();
  for (let call = 0; call < calls; call++) work();
  return (cpuMicroseconds() - start) / calls;
};

const calibrate = (work: () => unknown): number => {
  let calls = 100;
  for (;;) {
    const each = measure(work, calls);
    if (each * calls >= ROUND_MS * 1000) return calls;
    calls = Math.max(calls * 2, Math.ceil((ROUND_MS * 1000) / Math.max(each, 0.1)));
  }
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const module = resolve(process.argv[2] ?? 'dist/bson.js');
const codec = (await import(pathToFileURL(module).href)) as Codec;
console.log(
  `${module}; ${benchmarkDataDirectory() === undefined ? 'generated documents' : 'the driver benchmark documents'}`,
);
for (const task of codecTasks(codec)) {
  const only = process.argv[3];
  if (only !== undefined && !task.name.includes(only)) continue;
  const sides = [task.asyncmongo, task.official].map((work) => ({
    work,
    calls: calibrate(work),
    times: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) side.times.push(measure(side.work, side.calls));
  }
  const [ours = NaN, theirs = NaN] = sides.map((side) => median(side.times));
  console.log(
    `${task.name.padEnd(14)} ${String(task.bytes).padStart(6)} B  asyncmongo ${ours.toFixed(2).padStart(7)} us` +
      `  official ${theirs.toFixed(2).padStart(7)} us  ratio ${(theirs / ours).toFixed(2)}`,
  );
}
