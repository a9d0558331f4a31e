import { getEventListeners } from 'node:events';
import type { SimulatedClient } from '../simulated-client.js';
import type { World } from '../world.js';

/** A closed client has nothing open, and nothing to come. */
export const checkLeftovers = (world: World, client: SimulatedClient): void => {
  const { name, runtime, deadlines, sleeping, signals } = client;
  const left = (what: string): void => world.judge.complain('nothing left open', `${name}: ${what}`);
  const timers = runtime.pendingTimers.all - sleeping;
  const streams = world.network.openStreams(name);
  if (timers > 0) left(`${String(timers)} timers are armed`);
  if (streams > 0) left(`${String(streams)} connections are open`);
  if (deadlines.pending > 0) left(`${String(deadlines.pending)} calls are pending`);
  for (const [call, signal] of signals)
    if (getEventListeners(signal, 'abort').length > 0) left(`the signal of ${call} has listeners`);
};

/** Nor has a stopped deployment. */
export const checkDeploymentLeftovers = ({ judge, network, deploymentRuntime }: World): void => {
  const left = (what: string): void => judge.complain('nothing left open', `deployment: ${what}`);
  const timers = deploymentRuntime.pendingTimers.all;
  if (timers > 0) left(`${String(timers)} timers are armed`);
  if (network.listening > 0) left(`${String(network.listening)} listeners are open`);
};
