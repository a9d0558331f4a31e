import type { Chance } from '../chance.js';
import type { CallerPlan, DeploymentPlan, Fault } from '../schedule.js';

/** Callers are busy for a short while: many faults strike then. */
const drawMoment = (chance: Chance, callers: readonly CallerPlan[], latestMS: number): number => {
  if (callers.length === 0 || chance.happens(0.4)) return chance.between(0, latestMS);
  return Math.min(
    latestMS,
    chance.pick(callers).startMS + chance.between(0, chance.pick([200, 2_000, 20_000])),
  );
};

/** Ends before `endMS`. */
export const drawFault = (
  chance: Chance,
  clients: number,
  { topology, members }: DeploymentPlan,
  callers: readonly CallerPlan[],
  endMS: number,
): Fault => {
  const isSet = topology === 'replicaset' ? 2 : 0;
  const kind = chance.weighted<Fault['kind']>({
    delay: 2,
    partition: 3,
    reset: 2,
    'half-open': 2,
    'lose-replies': 2,
    cut: 2,
    refuse: 2,
    'freeze-member': 2,
    'freeze-client': 1,
    crash: 2,
    'step-down': isSet,
    isolate: isSet,
    lag: isSet / 2,
  });
  const forMS = Math.min(endMS, chance.pick([10, 1_000, 15_000, 90_000]));
  const atMS = drawMoment(chance, callers, endMS - forMS);
  const client = chance.between(0, clients - 1);
  const member = chance.between(0, members.length - 1);
  const on = { atMS, forMS };
  switch (kind) {
    case 'delay':
      return { kind, ...on, client, member, extraMS: chance.pick([100, 3_000, 15_000]) };
    case 'cut':
      return {
        kind,
        ...on,
        client,
        member,
        side: chance.pick(['client', 'server']),
        bytes: chance.between(0, 400),
      };
    case 'step-down':
      return { kind, ...on, force: chance.happens(0.5) };
    case 'lag':
      return { kind, ...on, member, lagMS: chance.pick([20, 1_000, 60_000]) };
    case 'crash':
    case 'isolate':
    case 'refuse':
    case 'freeze-member':
      return { kind, ...on, member };
    case 'freeze-client':
      return { kind, ...on, client };
    default:
      return { kind, ...on, client, member };
  }
};
