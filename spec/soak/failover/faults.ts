import { setTimeout as pause } from 'node:timers/promises';
import type { DeploymentControl } from '../../../lib/testing.js';
import type { SeededRandom } from '../../support/seeded-random.js';

/** How often each of the things that end a primary's time in office is done. */
export const PLAN = { election: 20, crash: 5, partition: 5 };

export type Fault = keyof typeof PLAN;

/** The faults of the plan in a random order. */
export const shuffled = ({ integer }: SeededRandom): readonly Fault[] => {
  const left = Object.entries(PLAN).flatMap(([name, count]) => Array<Fault>(count).fill(name as Fault));
  return left.map((_, i) => {
    const at = i + integer(left.length - i);
    [left[i], left[at]] = [left[at]!, left[i]!];
    return left[i];
  });
};

/** How long a crash or a partition lasts once there is a new primary. */
const OUTAGE_MS = 200;

const another = async (control: DeploymentControl, former: number): Promise<number> => {
  for (;;) {
    const primary = await control.awaitPrimary();
    if (primary !== former) return primary;
    await pause(5);
  }
};

/** Has another member become primary, and puts everything right again. `elected` is told as soon as there is one. */
export const bringAbout = async (
  fault: Fault,
  control: DeploymentControl,
  elected: (primary: number) => Promise<void>,
): Promise<void> => {
  const former = await control.awaitPrimary();
  if (fault === 'election') {
    await control.stepDown({ seconds: 1 });
    await elected(await another(control, former));
    return;
  }
  if (fault === 'crash') await control.kill(former);
  else await control.partition([[former]]);
  await elected(await another(control, former));
  await pause(OUTAGE_MS);
  if (fault === 'crash') await control.restart(former);
  else await control.heal();
};
