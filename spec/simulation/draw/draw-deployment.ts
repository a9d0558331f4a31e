import type { MemberOptions } from '../../../lib/testing/deployment-options.js';
import type { Chance } from '../chance.js';
import type { DeploymentPlan } from '../schedule.js';

const drawMember = (chance: Chance): MemberOptions => {
  switch (chance.weighted({ plain: 7, arbiter: 1, hidden: 1, passive: 1 })) {
    case 'arbiter':
      return { arbiter: true };
    case 'hidden':
      return { hidden: true, priority: 0 };
    case 'passive':
      return { priority: 0, tags: { use: 'reports' } };
    default:
      return {};
  }
};

export const drawDeployment = (chance: Chance): DeploymentPlan => {
  const topology = chance.weighted({ standalone: 3, replicaset: 5, sharded: 2 });
  const version = chance.pick(['4.2', '4.4', '5.0', '6.0', '7.0', '8.0', '8.2']);
  const more = { standalone: 0, replicaset: chance.pick([0, 1, 2, 2, 2, 4]), sharded: chance.between(0, 2) };
  const members: MemberOptions[] = [{}];
  while (members.length <= more[topology]) members.push(topology === 'replicaset' ? drawMember(chance) : {});
  return { topology, members, version };
};
