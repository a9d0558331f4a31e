import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Runtime } from '../../lib/core/runtime.js';

/** Node's runtime, which knows how many timers are armed. */
export interface CountingRuntime extends Runtime {
  readonly timers: ReadonlySet<object>;
}

export const countingRuntime = (): CountingRuntime => {
  const timers = new Set<object>();
  return {
    ...nodeRuntime,
    timers,
    setTimer: (ms, callback, hold) => {
      const token = {};
      timers.add(token);
      const timer = nodeRuntime.setTimer(
        ms,
        () => {
          timers.delete(token);
          callback();
        },
        hold,
      );
      return {
        clear: () => {
          timers.delete(token);
          timer.clear();
        },
      };
    },
  };
};
