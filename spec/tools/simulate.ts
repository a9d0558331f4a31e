/**
 * `npm run simulate -- --seeds N [--seed S] [--minutes M] [--log]`: plays N seeds from S on; with `--log` prints what
 * happened, too. Ends with the figures, and fails where an invariant broke. `--schedule FILE` plays what such a failure
 * printed. spec/simulation/README.md tells how to read it.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawSchedule } from '../simulation/draw/draw-schedule.js';
import { play } from '../simulation/play.js';
import { playSeeds } from '../simulation/play-seeds.js';
import type { Schedule } from '../simulation/schedule.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    schedule: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});

const STANDARD_INPUT = 0;

/** Plays one schedule and tells what came of it. */
const playSchedule = async (file: string): Promise<void> => {
  const text = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  const { breach, log } = await play(JSON.parse(text) as Schedule);
  if (values.log) console.log(log);
  console.log(breach?.message ?? 'no invariant broke');
  console.log(`${breach ? '0 passed, 1' : '1 passed, 0'} failed, 0 skipped`);
  process.exitCode = breach ? 1 : 0;
};

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`--${name} must be a positive integer`);
  return value;
};

/** Plays seeds and prints the figures. */
const playAll = async (): Promise<void> => {
  const first = positive('seed', values.seed);
  const count = positive('seeds', values.seeds);
  const minutes = values.minutes === undefined ? undefined : positive('minutes', values.minutes);

  // A tenth of the time goes into traces of errors that callers expect; one seed alone has them.
  if (count > 1) Error.stackTraceLimit = 0;
  const figures = await playSeeds({
    first,
    count,
    minutes,
    onBreach: (seed, breach, schedule) => {
      console.log(`seed ${String(seed)}: ${breach.message}`);
      console.log(`minimised: ${JSON.stringify(schedule)}`);
    },
  });

  if (values.log) {
    for (let seed = first; seed < first + count; seed++) {
      const { log } = await play(drawSchedule(seed, minutes));
      console.log(log);
    }
  }

  const { broken, virtualMinutes, cpuSeconds, steps } = figures;
  const rate = virtualMinutes / cpuSeconds;
  console.log(
    `${virtualMinutes.toFixed(0)} virtual minutes in ${cpuSeconds.toFixed(1)} s of CPU time: ${rate.toFixed(0)} a second; ${String(steps)} steps`,
  );
  console.log(`${String(count - broken)} passed, ${String(broken)} failed, 0 skipped`);
  process.exitCode = broken === 0 ? 0 : 1;
};

await (values.schedule === undefined ? playAll() : playSchedule(values.schedule));
