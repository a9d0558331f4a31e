import { describe, expect, it } from '@jest/globals';
import { drawSchedule } from './draw/draw-schedule.js';
import { FOUND } from './found.js';
import { play } from './play.js';
import type { Call, Schedule } from './schedule.js';

const MINUTES = 1;

describe('The simulation', () => {
  it('plays the same seed in the same way, byte for byte', async () => {
    const eventful = Array.from({ length: 100 }, (_, seed) => drawSchedule(seed, MINUTES))
      .filter(({ accounts, watchers, faults }) => accounts > 0 && watchers.length > 0 && faults.length > 0)
      .slice(0, 2);
    expect(eventful).toHaveLength(2);
    for (const schedule of eventful) {
      const once = await play(schedule);
      const twice = await play(drawSchedule(schedule.seed, MINUTES));
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

describe('A reply that is lost', () => {
  const increment: Call = {
    kind: 'increment',
    pauseMS: 0,
    timeoutMS: 20_000,
    size: 1,
    pick: 0.5,
    w: 'majority',
  };
  const schedule: Schedule = {
    seed: 1,
    minutes: 1,
    deployment: { topology: 'replicaset', members: [{}], version: '7.0' },
    network: { latencyMS: 20, jitterMS: 0 },
    clients: [{ options: { retryWrites: true } }],
    accounts: 0,
    callers: [
      {
        client: 0,
        startMS: 900,
        calls: [{ ...increment, kind: 'insertOne' }, ...new Array<Call>(10).fill(increment)],
      },
    ],
    watchers: [],
    faults: [{ kind: 'lose-replies', atMS: 1_200, forMS: 300, client: 0, member: 0 }],
  };

  it('makes the write be sent again, and applied once', async () => {
    const { breach, log } = await play(schedule);
    expect(breach).toBeUndefined();
    expect(log).toMatch(/connection \d+ closed: error/);
    expect(log.match(/increment: caller0/g)).toHaveLength(10);
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
