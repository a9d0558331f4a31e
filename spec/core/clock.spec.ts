import { describe, expect, it } from '@jest/globals';
import { clock, readClock } from '../../lib/core/clock.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';

describe('readClock', () => {
  it('keeps what the clock of the runtime says', () => {
    const before = nodeRuntime.now();
    readClock(nodeRuntime);
    expect(clock.now).toBeGreaterThanOrEqual(before);
    expect(clock.now).toBeLessThanOrEqual(nodeRuntime.now());
  });

  it('calls a clock that cannot write into a place', () => {
    readClock({ now: () => 42.5 });
    expect(clock.now).toBe(42.5);
    readClock({ ...nodeRuntime, now: () => 43 });
    expect(clock.now).toBe(43);
  });
});
