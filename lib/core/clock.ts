import type { ClockReading, Runtime } from './runtime.js';

/**
 * The latest reading, for the path of a request: a number with a fraction is an object wherever a function takes or returns
 * it, unless the compiler makes one function of the two. To be looked at right after `readClock`; whoever reads next
 * overwrites it.
 */
export const clock: ClockReading = { now: -Infinity };

export const readClock = (runtime: Pick<Runtime, 'now'>): void => {
  if (runtime.now.readInto === undefined) clock.now = runtime.now();
  else runtime.now.readInto(clock);
};
