import { drawSchedule } from '../simulation/draw/draw-schedule.js';
import { play } from '../simulation/play.js';
import { parseArgs } from 'node:util';
const { values } = parseArgs({ options: { seeds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' }, minutes: { type: 'string' }, log: {type:'boolean', default: false} } });
const first = Number(values.seed);
let virtualMS = 0, steps = 0, failed = 0;
const begun = process.cpuUsage();
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const outcome = await play(drawSchedule(seed, values.minutes === undefined ? undefined : Number(values.minutes)));
  virtualMS += outcome.virtualMS; steps += outcome.steps;
  if (values.log) console.log(outcome.log);
  if (outcome.breach) { failed++; console.log(`seed ${seed}: ${outcome.breach.message.slice(0, 600)}`); }
}
const used = process.cpuUsage(begun);
const s = (used.user + used.system) / 1e6;
console.log(`${failed} failed, ${(virtualMS/60000).toFixed(0)} virtual minutes, ${steps} steps, ${s.toFixed(1)} s CPU, ${(virtualMS/60000/s).toFixed(0)} min/s`);
