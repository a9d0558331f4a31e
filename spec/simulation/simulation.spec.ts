import { describe, expect, it } from '@jest/globals';
import { drawSchedule } from './draw/draw-schedule.js';
import { FOUND } from './found.js';
import { play } from './play.js';

const MINUTES = 1;

describe('The simulation', () => {
  it('plays the same seed in the same way, byte for byte', async () => {
    // Both have transactions, change streams and faults.
    for (const seed of [3, 44]) {
      const schedule = drawSchedule(seed, MINUTES);
      expect([schedule.accounts, schedule.watchers.length, schedule.faults.length]).not.toContain(0);
      const once = await play(schedule);
      const twice = await play(drawSchedule(seed, MINUTES));
      expect(once.log.length).toBeGreaterThan(1_000);
      expect(twice.log).toBe(once.log);
      expect(twice.steps).toBe(once.steps);
    }
  });

  it('plays different seeds in different ways', async () => {
    const one = await play(drawSchedule(1, MINUTES));
    const other = await play(drawSchedule(2, MINUTES));
    expect(other.log).not.toBe(one.log);
  });
});

describe('What the simulation has found', () => {
  it.each(FOUND.map((found) => [found.what, found] as const))(
    'is mended: %s',
    async (_what, { schedule }) => {
      const { breach } = await play(schedule);
      expect(breach).toBeUndefined();
    },
  );
});
