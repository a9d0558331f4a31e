import { describe, expect, it } from '@jest/globals';
import { drawSchedule } from './draw/draw-schedule.js';
import { FOUND } from './found.js';
import { play } from './play.js';

describe('The simulation', () => {
  it('plays the same seed in the same way, byte for byte', async () => {
    for (const seed of [3, 14, 159]) {
      const once = await play(drawSchedule(seed));
      const twice = await play(drawSchedule(seed));
      expect(once.log.length).toBeGreaterThan(1_000);
      expect(twice.log).toBe(once.log);
      expect(twice.steps).toBe(once.steps);
    }
  });

  it('plays different seeds in different ways', async () => {
    const one = await play(drawSchedule(1));
    const other = await play(drawSchedule(2));
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
