import type { Chance } from '../chance.js';
import type { ClientPlan, DeploymentPlan, WatcherPlan } from '../schedule.js';

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

const hasConnections = ({ options: { maxPoolSize = 100 } }: ClientPlan, watchers: number): boolean =>
  Number(maxPoolSize) >= watchers;

const hasServer = ({ options }: ClientPlan, { topology, members }: DeploymentPlan): boolean =>
  options.readPreference !== 'secondary' ||
  topology !== 'replicaset' ||
  members.filter(({ arbiter, hidden }) => arbiter !== true && hidden !== true).length > 1;

/** Readers that can see all changes: each has a connection of its own, and a server to read from. */
export const servedWatchers = (
  watchers: readonly WatcherPlan[],
  clients: readonly ClientPlan[],
  deployment: DeploymentPlan,
): readonly WatcherPlan[] =>
  watchers.filter(({ client }) => {
    const plan = clients[client]!;
    const rivals = watchers.filter((other) => other.client === client).length;
    return hasConnections(plan, rivals) && hasServer(plan, deployment);
  });
