import type { Chance } from '../chance.js';
import type { ClientPlan, WatcherPlan } from '../schedule.js';

/** A socket that is given up before the server answers makes the stream resume: again and again would fill a seed. */
const patience = ({ options }: ClientPlan): number => (options.socketTimeoutMS ?? Infinity) / 2;

export const drawWatcher = (chance: Chance, clients: readonly ClientPlan[], endMS: number): WatcherPlan => {
  const client = chance.between(0, clients.length - 1);
  const maxAwaitTimeMS = chance.pick([10_000, 30_000, 60_000]);
  return {
    client,
    startMS: chance.pick([0, 0, chance.between(0, endMS)]),
    batchSize: chance.pick([1, 2, 100]),
    maxAwaitTimeMS: chance.happens(0.01)
      ? maxAwaitTimeMS
      : Math.min(maxAwaitTimeMS, patience(clients[client]!)),
    restartsMS: Array.from({ length: chance.pick([0, 0, 1, 3]) }, () =>
      // Most happens early.
      Math.floor(endMS * chance.fraction() ** 4),
    ),
  };
};
