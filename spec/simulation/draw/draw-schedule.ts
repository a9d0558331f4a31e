import { Chance } from '../chance.js';
import type { CallerPlan, ClientPlan, DeploymentPlan, Fault, Schedule, WatcherPlan } from '../schedule.js';
import { drawCaller } from './draw-caller.js';
import { drawClient } from './draw-client.js';
import { drawDeployment } from './draw-deployment.js';
import { drawFault } from './draw-fault.js';
import { drawWatcher, servedWatchers } from './draw-watcher.js';

/** Sessions that nobody uses end after half an hour, cursors after ten minutes: that shall come to pass, too. */
const LASTING_MINUTES = [20, 60] as const;

/** What a seed plays. `minutes` is how long callers and faults go on; a few minutes of quiet follow. */
export const drawSchedule = (seed: number, minutes?: number): Schedule => {
  const chance = new Chance(seed, 'schedule');
  const deployment: DeploymentPlan = drawDeployment(chance);
  const clients: ClientPlan[] = [];
  const lasting = minutes ?? chance.between(...LASTING_MINUTES);
  const endMS = lasting * 60_000;
  for (let left = chance.weighted({ 1: 6, 2: 3, 3: 1 }); Number(left) > clients.length;)
    clients.push(drawClient(chance, deployment, endMS));
  const logged = deployment.topology !== 'standalone';
  const accounts = logged && chance.happens(0.4) ? chance.between(2, 5) : 0;
  const callers: CallerPlan[] = [];
  for (let left = chance.between(1, 6); left > 0; left--)
    callers.push(drawCaller(chance, chance.between(0, clients.length - 1), endMS, accounts > 0));
  const readers: WatcherPlan[] = [];
  for (let left = logged && chance.happens(0.25) ? chance.between(1, 2) : 0; left > 0; left--)
    readers.push(drawWatcher(chance, chance.between(0, clients.length - 1), endMS));
  const watchers = servedWatchers(readers, clients, deployment);
  const faults: Fault[] = [];
  for (let left = chance.between(0, 6); left > 0; left--)
    faults.push(drawFault(chance, clients.length, deployment, callers, endMS));
  const network = { latencyMS: chance.pick([0, 1, 1, 5, 50]), jitterMS: chance.pick([0, 0, 1, 5, 40]) };
  return { seed, minutes: lasting, deployment, network, clients, accounts, callers, watchers, faults };
};
