import { deferred } from './deferred.js';
import type { Runtime } from './runtime.js';

/** Whether the promise is fulfilled within `ms` milliseconds, or before `earlier` is. Rejects as the promise does. */
export const within = async (
  runtime: Pick<Runtime, 'setTimer'>,
  ms: number,
  promise: Promise<unknown>,
  earlier?: Promise<unknown>,
): Promise<boolean> => {
  const over = deferred<false>();
  const timer = runtime.setTimer(ms, () => over.resolve(false));
  const contenders = [promise.then(() => true), over.promise];
  if (earlier !== undefined) contenders.push(earlier.then(() => false));
  try {
    return await Promise.race(contenders);
  } finally {
    timer.clear();
  }
};
