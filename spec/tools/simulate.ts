/**
 * `npm run simulate -- --seeds N [--seed S] [--minutes M] [--log]`: plays N seeds from S on; with `--log` prints what
 * happened, too. Ends with the figures, and fails where an invariant broke.
 */
import { parseArgs } from 'node:util';
import { drawSchedule } from '../simulation/draw/draw-schedule.js';
import { play } from '../simulation/play.js';
import { playSeeds } from '../simulation/play-seeds.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`--${name} must be a positive integer`);
  return value;
};

const first = positive('seed', values.seed);
const count = positive('seeds', values.seeds);
const minutes = values.minutes === undefined ? undefined : positive('minutes', values.minutes);

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
