import { remainingMS, watchDeadline, type Deadline } from '../../core/deadline.js';
import { deferred } from '../../core/deferred.js';
import type { Runtime } from '../../core/runtime.js';

/**
 * Waits a random part of `ceilingMS`, so that clients turned away together do not come back together. Resolves to false
 * without waiting where the deadline would pass meanwhile; rejects with the reason of an aborted signal.
 */
export const backOff = async (runtime: Runtime, ceilingMS: number, deadline: Deadline): Promise<boolean> => {
  const ms = runtime.random() * ceilingMS;
  if (ms >= remainingMS(deadline, runtime)) return false;
  const { promise, resolve, reject } = deferred<void>();
  const timer = runtime.setTimer(ms, resolve, true);
  const unwatch = watchDeadline(deadline, runtime, reject);
  try {
    await promise;
    return true;
  } finally {
    timer.clear();
    unwatch();
  }
};
