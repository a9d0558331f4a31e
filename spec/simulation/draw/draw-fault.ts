import type { Chance } from '../chance.js';
import type { Fault } from '../schedule.js';

/** Ends before `endMS`. */
export const drawFault = (chance: Chance, clients: number, members: number, endMS: number): Fault => {
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
  });
  const forMS = Math.min(endMS, chance.pick([10, 1_000, 15_000, 90_000]));
  const atMS = chance.between(0, endMS - forMS);
  const client = chance.between(0, clients - 1);
  const member = chance.between(0, members - 1);
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
    case 'refuse':
    case 'freeze-member':
      return { kind, ...on, member };
    case 'freeze-client':
      return { kind, ...on, client };
    default:
      return { kind, ...on, client, member };
  }
};
