import { drawSchedule } from './draw/draw-schedule.js';
import type { Breach } from './invariants/breach.js';
import { minimise } from './minimise.js';
import { play } from './play.js';
import type { Schedule } from './schedule.js';

export interface SeedsOptions {
  readonly first: number;
  readonly count: number;
  /** How long callers and faults of each seed go on; drawn from the seed otherwise. */
  readonly minutes?: number | undefined;
  /** Told of every broken invariant, with a small schedule that breaks it too. */
  readonly onBreach: (seed: number, breach: Breach, minimised: Schedule) => void;
}

export interface SeedsFigures {
  readonly seeds: number;
  readonly broken: number;
  readonly virtualMinutes: number;
  readonly steps: number;
  /** User and system time of the playing, without that of the minimiser. */
  readonly cpuSeconds: number;
}

/** Plays one seed after the other. */
export const playSeeds = async ({ first, count, minutes, onBreach }: SeedsOptions): Promise<SeedsFigures> => {
  let broken = 0;
  let virtualMS = 0;
  let steps = 0;
  let cpuMicros = 0;
  for (let seed = first; seed < first + count; seed++) {
    const before = process.cpuUsage();
    const schedule = drawSchedule(seed, minutes);
    const outcome = await play(schedule);
    const { user, system } = process.cpuUsage(before);
    cpuMicros += user + system;
    virtualMS += outcome.virtualMS;
    steps += outcome.steps;
    const { breach } = outcome;
    if (breach === undefined) continue;
    broken++;
    const minimised = await minimise(schedule, breach.invariant, async (candidate) => {
      const trial = await play(candidate);
      return trial.breach?.invariant;
    });
    onBreach(seed, breach, minimised.schedule);
  }
  return { seeds: count, broken, virtualMinutes: virtualMS / 60_000, steps, cpuSeconds: cpuMicros / 1e6 };
};
