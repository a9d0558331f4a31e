import type { Schedule } from './schedule.js';

export interface Found {
  /** What was wrong. */
  readonly what: string;
  /** The smallest schedule that showed it; `seed` is the one it was drawn from. */
  readonly schedule: Schedule;
}

/** What the simulation has found: each is played again with the specs. */
export const FOUND: readonly Found[] = [
  {
    what: 'connections that grew too old together were replaced before all of them were closed: more than maxPoolSize',
    schedule: {
      seed: 461,
      minutes: 1,
      deployment: { topology: 'sharded', members: [{}], version: '6.0' },
      network: { latencyMS: 0, jitterMS: 0 },
      clients: [{ options: { maxPoolSize: 2, minPoolSize: 2, maxIdleTimeMS: 1000 } }],
      accounts: 0,
      watchers: [],
      callers: [],
      faults: [],
    },
  },
  {
    what: 'each command of a bulkWrite had the whole timeoutMS for itself',
    schedule: {
      seed: 25,
      minutes: 1,
      deployment: { topology: 'replicaset', members: [{}], version: '5.0' },
      network: { latencyMS: 20, jitterMS: 0 },
      clients: [{ options: {} }],
      accounts: 0,
      watchers: [],
      callers: [
        {
          client: 0,
          startMS: 1_000,
          calls: [
            { kind: 'insertOne', pauseMS: 0, timeoutMS: 2_000, size: 1, pick: 0.5, w: 'majority' },
            { kind: 'bulkWrite', pauseMS: 0, timeoutMS: 50, size: 1, pick: 0.25, w: 'majority' },
          ],
        },
      ],
      faults: [],
    },
  },
];
