import type { Runtime } from '../../core/runtime.js';
import { CommandError } from '../command-error.js';
import { compareOpTimes } from './op-time.js';
import type { Replica } from './replica.js';
import type { ReplicaSet } from './replica-set.js';

export interface StepDownOptions {
  /** How long the member does not stand for election afterwards. */
  readonly passiveMS: number;
  /** How long it waits for a member that could take over. */
  readonly catchUpMS: number;
  /** Steps down even if nobody could take over. */
  readonly force: boolean;
}

/** Members that can be elected and have everything the primary has, the best first. */
const heirs = (set: ReplicaSet, primary: Replica): readonly Replica[] =>
  set.replicas
    .filter(
      (other) =>
        other !== primary &&
        set.reach(primary, other) &&
        set.elections.isElectable(other) &&
        compareOpTimes(primary.positionOf(other) ?? primary.majority, primary.position) >= 0,
    )
    .sort((a, b) => (b.entry?.priority ?? 0) - (a.entry?.priority ?? 0));

const canStepDown = (set: ReplicaSet, primary: Replica): boolean =>
  compareOpTimes(primary.majority, primary.position) >= 0 && heirs(set, primary).length > 0;

/** Settles at the next progress, or after `ms`. */
const progress = (runtime: Runtime, primary: Replica, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      timer.clear();
      for (const stop of stops) stop();
      resolve();
    };
    const timer = runtime.setTimer(ms, done);
    const stops = [primary.onProgress(done), primary.member.onTopologyChange(done)];
  });

/**
 * What replSetStepDown does: takes no more writes, waits until a majority and a member that can be elected have all
 * writes, steps down, and lets that member stand for election at once (manual, replSetStepDown; server parameter
 * enableElectionHandoff).
 */
export const stepDown = async (
  runtime: Runtime,
  set: ReplicaSet,
  primary: Replica,
  { passiveMS, catchUpMS, force }: StepDownOptions,
): Promise<void> => {
  const { member } = primary;
  const end = runtime.now() + catchUpMS;
  const mayStepDown = (): boolean => canStepDown(set, primary);
  if (!mayStepDown()) {
    member.steppingDown = true;
    while (primary.isPrimary && !mayStepDown() && runtime.now() < end) {
      await progress(runtime, primary, end - runtime.now());
    }
    if (primary.isPrimary && !mayStepDown() && !force) {
      member.steppingDown = false;
      throw new CommandError(
        'ExceededTimeLimit',
        'No electable secondaries caught up. Please use the replSetStepDown command with the argument {force: true} ' +
          'to force node to step down.',
      );
    }
  }
  if (!primary.isPrimary) return;
  const [heir] = heirs(set, primary);
  primary.passiveUntil = runtime.now() + passiveMS;
  set.elections.stepDown(primary);
  if (heir !== undefined) runtime.setImmediate(() => set.elections.campaign(heir));
};
