import type { Invariant } from './invariants/breach.js';
import type { Fault, Schedule } from './schedule.js';

/** Which invariant a schedule breaks. */
export type Trial = (schedule: Schedule) => Promise<Invariant | undefined>;

export interface Minimised {
  readonly schedule: Schedule;
  /** How many schedules were played. */
  readonly trials: number;
}

/**
 * A smaller schedule that breaks the same invariant: whatever can be left out is. Goes round until nothing more can, or
 * until `maxTrials` schedules were played.
 */
export const minimise = async (
  schedule: Schedule,
  broken: Invariant,
  trial: Trial,
  maxTrials = 400,
): Promise<Minimised> => {
  let smallest = schedule;
  let trials = 0;
  let changed = true;
  while (changed && trials < maxTrials) {
    changed = false;
    for (const smaller of SMALLER) {
      // What was left out makes room for the next of its kind: the candidates are made anew after each success.
      for (let found = true; found && trials < maxTrials;) {
        found = false;
        for (const candidate of smaller(smallest)) {
          if (trials >= maxTrials) break;
          trials++;
          if ((await trial(candidate)) !== broken) continue;
          smallest = candidate;
          found = changed = true;
          break;
        }
      }
    }
  }
  return { schedule: smallest, trials };
};

type Smaller = (schedule: Schedule) => Iterable<Schedule>;

/** The list without each of its halves, quarters and so on down to single items. */
const without = function* <T>(list: readonly T[]): Iterable<T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
};

const fewerFaults: Smaller = function* (schedule) {
  for (const faults of without(schedule.faults)) yield { ...schedule, faults };
};

const fewerCallers: Smaller = function* (schedule) {
  for (const callers of without(schedule.callers)) yield { ...schedule, callers };
};

const fewerWatchers: Smaller = function* (schedule) {
  for (const watchers of without(schedule.watchers)) yield { ...schedule, watchers };
};

const fewerRestarts: Smaller = function* (schedule) {
  for (const [index, watcher] of schedule.watchers.entries()) {
    for (const restartsMS of without(watcher.restartsMS))
      yield { ...schedule, watchers: schedule.watchers.with(index, { ...watcher, restartsMS }) };
  }
};

const fewerAccounts: Smaller = function* (schedule) {
  if (schedule.accounts > 0) yield { ...schedule, accounts: 0 };
  if (schedule.accounts > 2) yield { ...schedule, accounts: 2 };
};

const fewerCalls: Smaller = function* (schedule) {
  for (const [index, caller] of schedule.callers.entries()) {
    for (const calls of without(caller.calls)) {
      if (calls.length === 0) continue;
      yield { ...schedule, callers: schedule.callers.with(index, { ...caller, calls }) };
    }
  }
};

/** Clients and members are known by their places: those behind move up. */
const moveUp = (place: number, removed: number): number => (place > removed ? place - 1 : place);

const onClient = (fault: Fault, client: number): boolean => 'client' in fault && fault.client === client;
const onMember = (fault: Fault, member: number): boolean => 'member' in fault && fault.member === member;

const fewerClients: Smaller = function* (schedule) {
  if (schedule.clients.length === 1) return;
  for (const removed of schedule.clients.keys()) {
    const ofOthers = <T extends { readonly client: number }>(plans: readonly T[]): T[] =>
      plans
        .filter(({ client }) => client !== removed)
        .map((plan) => ({ ...plan, client: moveUp(plan.client, removed) }));
    yield {
      ...schedule,
      clients: schedule.clients.toSpliced(removed, 1),
      callers: ofOthers(schedule.callers),
      watchers: ofOthers(schedule.watchers),
      faults: schedule.faults
        .filter((fault) => !onClient(fault, removed))
        .map((fault) => ('client' in fault ? { ...fault, client: moveUp(fault.client, removed) } : fault)),
    };
  }
};

const fewerMembers: Smaller = function* (schedule) {
  const { deployment } = schedule;
  for (let removed = 1; removed < deployment.members.length; removed++) {
    yield {
      ...schedule,
      deployment: { ...deployment, members: deployment.members.toSpliced(removed, 1) },
      faults: schedule.faults
        .filter((fault) => !onMember(fault, removed))
        .map((fault) => ('member' in fault ? { ...fault, member: moveUp(fault.member, removed) } : fault)),
    };
  }
};

const fewerOptions: Smaller = function* (schedule) {
  for (const [index, client] of schedule.clients.entries()) {
    const { closeAtMS, ...staysOpen } = client;
    if (closeAtMS !== undefined) yield { ...schedule, clients: schedule.clients.with(index, staysOpen) };
    for (const options of without(Object.entries(client.options))) {
      const plan = { ...client, options: Object.fromEntries(options) };
      yield { ...schedule, clients: schedule.clients.with(index, plan) };
    }
  }
};

const simplerNetwork: Smaller = function* (schedule) {
  const { latencyMS, jitterMS } = schedule.network;
  if (jitterMS > 0) yield { ...schedule, network: { latencyMS, jitterMS: 0 } };
  if (latencyMS > 1) yield { ...schedule, network: { latencyMS: 1, jitterMS } };
};

const fewerAborts: Smaller = function* (schedule) {
  for (const [index, caller] of schedule.callers.entries()) {
    for (const [place, { abortAfterMS, ...call }] of caller.calls.entries()) {
      if (abortAfterMS === undefined) continue;
      yield {
        ...schedule,
        callers: schedule.callers.with(index, { ...caller, calls: caller.calls.with(place, call) }),
      };
    }
  }
};

const shorter: Smaller = function* (schedule) {
  const ends = schedule.faults.map(({ atMS, forMS }) => atMS + forMS);
  const least = Math.max(1, Math.ceil(Math.max(0, ...ends) / 60_000));
  if (least < schedule.minutes) yield { ...schedule, minutes: least };
};

const SMALLER: readonly Smaller[] = [
  fewerCallers,
  fewerWatchers,
  fewerFaults,
  fewerClients,
  fewerCalls,
  fewerMembers,
  fewerOptions,
  fewerAborts,
  fewerRestarts,
  fewerAccounts,
  simplerNetwork,
  shorter,
];
