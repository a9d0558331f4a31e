import type { AsyncMongoClientOptions } from '../../../lib/options/async-mongo-client-options.js';
import type { Chance } from '../chance.js';
import type { ClientPlan, DeploymentPlan } from '../schedule.js';

/** Beside the given, the client has its defaults: half of all options are left out. */
const drawOptions = (chance: Chance): AsyncMongoClientOptions => {
  const maxPoolSize = chance.pick([1, 1, 2, 3, 10, 100]);
  const all: AsyncMongoClientOptions = {
    maxPoolSize,
    minPoolSize: chance.between(0, Math.min(3, maxPoolSize)),
    maxConnecting: chance.between(1, 3),
    maxIdleTimeMS: chance.pick([2_000, 30_000, 120_000]),
    waitQueueTimeoutMS: chance.pick([100, 5_000]),
    serverMonitoringMode: chance.pick(['auto', 'poll', 'stream']),
    connectTimeoutMS: chance.pick([500, 5_000, 20_000]),
    socketTimeoutMS: chance.pick([2_000, 30_000]),
    serverSelectionTimeoutMS: chance.pick([100, 5_000, 60_000]),
    retryReads: chance.happens(0.5),
    retryWrites: chance.happens(0.5),
    localThresholdMS: chance.pick([0, 100]),
    readPreference: chance.pick(['primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest']),
    appName: 'simulation',
    connect: false,
  };
  return Object.fromEntries(Object.entries(all).filter(() => chance.happens(0.35)));
};

/** Mostly slow: a seed has many minutes, and most of them are quiet. */
const drawHeartbeat = (chance: Chance): number =>
  Number(chance.weighted({ 2000: 1, 10000: 9, 30000: 15, 60000: 35 }));

/** Connections that are replaced all the time would fill a seed with nothing else. */
const LEAST_IDLE_MS_OF_KEPT = 60_000;

export const drawClient = (chance: Chance, _deployment: DeploymentPlan, endMS: number): ClientPlan => {
  const options = drawOptions(chance);
  const closes = chance.happens(0.15);
  const minPoolSize = Math.min(options.minPoolSize ?? 0, options.maxPoolSize ?? 100);
  const maxIdleTimeMS = options.maxIdleTimeMS ?? 0;
  return {
    options: {
      ...options,
      minPoolSize,
      maxIdleTimeMS: minPoolSize > 0 && maxIdleTimeMS > 0 ? LEAST_IDLE_MS_OF_KEPT : maxIdleTimeMS,
      heartbeatFrequencyMS: drawHeartbeat(chance),
    },
    ...(closes && { closeAtMS: chance.between(0, endMS) }),
  };
};
