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
  {
    what: 'toArray that ran out of time waited for the end of the cursor on the server as long again',
    schedule: {
      seed: 598,
      minutes: 1,
      deployment: { topology: 'replicaset', members: [{}], version: '6.0' },
      network: { latencyMS: 50, jitterMS: 1 },
      clients: [{ options: { maxPoolSize: 2 } }],
      accounts: 0,
      watchers: [
        { client: 0, startMS: 0, batchSize: 100, maxAwaitTimeMS: 60_000, restartsMS: [] },
        { client: 0, startMS: 0, batchSize: 2, maxAwaitTimeMS: 60_000, restartsMS: [] },
      ],
      callers: [
        {
          client: 0,
          startMS: 0,
          calls: [
            { kind: 'insertMany', pauseMS: 21, timeoutMS: 90_000, size: 5, pick: 0.478, w: 'majority' },
            { kind: 'aggregate', pauseMS: 50, timeoutMS: 20_000, size: 2, pick: 0.136, w: 'majority' },
          ],
        },
      ],
      faults: [],
    },
  },
];
