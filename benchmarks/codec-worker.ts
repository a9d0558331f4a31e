/**
 * One side of one task of the codec in a process of its own, so that each side pays for its own garbage. Answers each
 * message of its parent with the figures of a round.
 */
import { calibrate, measure } from './codec-run.js';
import { codecTasks, type Codec } from './codec.js';
import type { DriverName } from './drivers.js';

const [, , name, side] = process.argv;
// The built package, as users run it.
const codec = (await import('../dist/bson.js' as string)) as Codec;
const task = codecTasks(codec).find((candidate) => candidate.name === name);
if (task === undefined) throw new Error(`no task ${String(name)}`);
const work = task[side as DriverName];
const calls = calibrate(work);
process.on('message', (request) => {
  if (request === 'close') process.exit(0);
  process.send?.(measure(work, calls));
});
process.send?.('ready');
