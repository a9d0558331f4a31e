import type { Chance } from '../chance.js';
import type { WatcherPlan } from '../schedule.js';

export const drawWatcher = (chance: Chance, client: number, endMS: number): WatcherPlan => ({
  client,
  startMS: chance.pick([0, 0, chance.between(0, endMS)]),
  batchSize: chance.pick([1, 2, 100]),
  maxAwaitTimeMS: chance.pick([10_000, 30_000, 60_000]),
  restartsMS: Array.from({ length: chance.pick([0, 0, 1, 3]) }, () =>
    // Most happens early.
    Math.floor(endMS * chance.fraction() ** 4),
  ),
});
