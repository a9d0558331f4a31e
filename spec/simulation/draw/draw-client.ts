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
    maxIdleTimeMS: chance.pick([1_000, 20_000, 120_000]),
    waitQueueTimeoutMS: chance.pick([100, 5_000]),
    heartbeatFrequencyMS: chance.pick([1_000, 5_000, 10_000, 30_000, 60_000]),
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

export const drawClient = (chance: Chance, _deployment: DeploymentPlan, endMS: number): ClientPlan => {
  const options = drawOptions(chance);
  const closes = chance.happens(0.15);
  const minPoolSize = Math.min(options.minPoolSize ?? 0, options.maxPoolSize ?? 100);
  return {
    options: { ...options, minPoolSize },
    ...(closes && { closeAtMS: chance.between(0, endMS) }),
  };
};
