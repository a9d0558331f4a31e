import type { CallKind } from '../calls/call-kinds.js';
import type { Chance } from '../chance.js';
import type { Call, CallerPlan } from '../schedule.js';

const KINDS: Readonly<Record<CallKind, number>> = {
  insertOne: 4,
  insertMany: 1,
  increment: 4,
  incrementAndGet: 2,
  deleteOne: 1,
  bulkWrite: 1,
  unacknowledged: 1,
  findOne: 3,
  findAll: 2,
  findSome: 2,
  count: 1,
  aggregate: 1,
  ping: 1,
  transfer: 0,
  transferInScope: 0,
  balances: 0,
  request: 0.3,
};

/** What callers do where there are accounts. */
const WITH_MONEY: Readonly<Record<CallKind, number>> = {
  ...KINDS,
  transfer: 12,
  transferInScope: 0.3,
  balances: 5,
};

const drawCall = (chance: Chance, pauseMS: number, hasMoney: boolean): Call => ({
  kind: chance.weighted(hasMoney ? WITH_MONEY : KINDS),
  pauseMS: chance.between(0, pauseMS),
  timeoutMS: chance.pick([50, 2_000, 20_000, 90_000]),
  ...(chance.happens(0.15) && { abortAfterMS: chance.between(0, 100) }),
  size: chance.between(1, 5),
  pick: chance.fraction(),
  w: chance.happens(0.7) ? 'majority' : 1,
});

/** Some hurry, and wait for each other's connections; others take their time. */
export const drawCaller = (chance: Chance, client: number, endMS: number, hasMoney: boolean): CallerPlan => {
  const pauseMS = chance.pick([0, 50, 5_000, 30_000]);
  const calls: Call[] = [];
  for (let left = chance.between(1, 15); left > 0; left--) calls.push(drawCall(chance, pauseMS, hasMoney));
  return { client, startMS: chance.pick([0, 0, chance.between(0, endMS)]), calls };
};
