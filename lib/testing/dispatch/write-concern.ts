import type { CommandContext } from '../commands/context.js';
import type { WriteConcern } from '../commands/concerns.js';
import { CommandError } from '../command-error.js';
import { ERROR_CODES, type ErrorName } from '../error-codes.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import { compareOpTimes, type OpTime } from '../replication/op-time.js';
import type { Replica } from '../replication/replica.js';
import type { ReplicaSet } from '../replication/replica-set.js';
import {
  dataMembersOf,
  votersOf,
  votesNeeded,
  type ConfigMember,
  type SetConfig,
} from '../replication/set-config.js';

/** A `writeConcernError` document. */
export interface WriteConcernFailure {
  readonly code: number;
  readonly codeName: string;
  readonly errmsg: string;
  readonly errInfo: Record<string, unknown>;
}

const failure = (
  code: ErrorName,
  codeName: string,
  errmsg: string,
  { w, wtimeout }: WriteConcern,
  info: Record<string, unknown> = {},
): WriteConcernFailure => ({
  code: ERROR_CODES[code],
  codeName,
  errmsg,
  errInfo: { ...info, writeConcern: { w, wtimeout, provenance: 'clientSupplied' } },
});

/**
 * Refuses what no write can be attempted with. A standalone has nobody to replicate to (manual, "Write Concern").
 */
export const checkWriteConcern = (context: CommandContext): void => {
  const { w } = context.writeConcern;
  if (context.cluster.topology !== 'standalone' || w === 'majority') return;
  if (typeof w !== 'number') {
    throw new CommandError(
      'BadValue',
      `cannot use non-majority 'w' mode ${JSON.stringify(w)} when a host is not a member of a replica set`,
    );
  }
  if (w > 1) throw new CommandError('BadValue', "cannot use 'w' > 1 when a host is not replicated");
};

/** What must be the case for a write concern to be met, from what the primary knows. */
type Condition = (primary: Replica, time: OpTime) => boolean;

const have = (primary: Replica, time: OpTime, set: ReplicaSet): readonly ConfigMember[] =>
  dataMembersOf(primary.config).filter(({ member }) => {
    const replica = set.replicaOf(member);
    const position = replica && primary.positionOf(replica);
    return position !== undefined && compareOpTimes(position, time) >= 0;
  });

const byMajority: Condition = (primary, time) => compareOpTimes(primary.majority, time) >= 0;

/** Members with so many different values of each tag. */
const byTags =
  (set: ReplicaSet, tags: Readonly<Record<string, number>>): Condition =>
  (primary, time) => {
    const members = have(primary, time, set);
    return Object.entries(tags).every(
      ([tag, count]) => new Set(members.flatMap((entry) => entry.tags[tag] ?? [])).size >= count,
    );
  };

const modeTags = (w: string | Doc, { settings }: SetConfig): Readonly<Record<string, number>> | undefined =>
  typeof w === 'string'
    ? settings.getLastErrorModes[w]
    : Object.fromEntries([...w].map(([tag, count]) => [tag, Number(exactInteger(count) ?? 0n)]));

const notEnoughMembers = (writeConcern: WriteConcern): WriteConcernFailure =>
  failure(
    'UnsatisfiableWriteConcern',
    'UnsatisfiableWriteConcern',
    'Not enough data-bearing nodes',
    writeConcern,
  );

/** The condition of a write concern, or why it can never be met. */
const conditionOf = (
  set: ReplicaSet,
  { config }: Replica,
  writeConcern: WriteConcern,
): Condition | WriteConcernFailure => {
  const { w } = writeConcern;
  if (w === 'majority') return byMajority;
  if (typeof w === 'number') {
    if (w <= dataMembersOf(config).length) return (primary, time) => have(primary, time, set).length >= w;
    return notEnoughMembers(writeConcern);
  }
  const tags = modeTags(w, config);
  if (tags === undefined) {
    return failure(
      'UnknownReplWriteConcern',
      'UnknownReplWriteConcern',
      `No write concern mode named '${String(w)}' found in replica set configuration`,
      writeConcern,
    );
  }
  const values = (tag: string): number =>
    new Set(dataMembersOf(config).flatMap((entry) => entry.tags[tag] ?? [])).size;
  if (Object.entries(tags).every(([tag, count]) => values(tag) >= count)) return byTags(set, tags);
  return failure(
    'UnsatisfiableWriteConcern',
    'UnsatisfiableWriteConcern',
    'Not enough nodes match the tags of the write concern',
    writeConcern,
  );
};

const timeoutFailure = (context: CommandContext): WriteConcernFailure =>
  failure(
    'WriteConcernFailed',
    context.version.has('writeConcernTimeoutName') ? 'WriteConcernTimeout' : 'WriteConcernFailed',
    'waiting for replication timed out',
    context.writeConcern,
    { wtimeout: true },
  );

const steppedDownFailure = ({ writeConcern }: CommandContext): WriteConcernFailure =>
  failure(
    'PrimarySteppedDown',
    'PrimarySteppedDown',
    'Primary stepped down while waiting for replication',
    writeConcern,
  );

const waitForMembers = async (
  context: CommandContext,
  primary: Replica,
  condition: Condition,
  time: OpTime,
): Promise<WriteConcernFailure | undefined> => {
  const { runtime, member, writeConcern } = context;
  const { term } = member.data.log;
  const end = writeConcern.wtimeout === 0 ? Infinity : runtime.now() + writeConcern.wtimeout;
  while (!condition(primary, time)) {
    if (member.state !== 'PRIMARY' || member.data.log.term !== term) return steppedDownFailure(context);
    const woken = await context.wait(end - runtime.now(), (wake) => {
      const stops = [primary.onProgress(wake), member.onTopologyChange(wake)];
      return () => {
        for (const stop of stops) stop();
      };
    });
    if (!woken && runtime.now() >= end) return timeoutFailure(context);
  }
  return undefined;
};

/** The write concern of a command that names no `w` (manual, "Implicit Default Write Concern"). */
const defaultW = ({ version }: CommandContext, { config }: Replica): 1 | 'majority' => {
  const data = votersOf(config).filter(({ arbiterOnly }) => !arbiterOnly).length;
  const blocked = data < votersOf(config).length && data <= votesNeeded(config);
  return version.has('implicitMajority') && !blocked ? 'majority' : 1;
};

/** Data-bearing members that a shard counts as, though it has none to tell apart. */
const MEMBERS_OF_A_SHARD = 3;

/** Waits for the write concern of a command that has run; answers with what kept it from being met. */
export const awaitWriteConcern = (
  context: CommandContext,
): undefined | WriteConcernFailure | Promise<WriteConcernFailure | undefined> => {
  const { replica, writeConcern, member, cluster } = context;
  if (cluster.topology === 'sharded' && Number(writeConcern.w) > MEMBERS_OF_A_SHARD)
    return notEnoughMembers(writeConcern);
  if (replica === undefined || cluster.replicaSet === undefined) return undefined;
  const w = writeConcern.implicit ? defaultW(context, replica) : writeConcern.w;
  if (w === 0 || w === 1) return undefined;
  const condition = conditionOf(cluster.replicaSet, replica, { ...writeConcern, w });
  if (typeof condition !== 'function') return condition;
  const time = member.data.log.lastOpTime;
  return condition(replica, time) ? undefined : waitForMembers(context, replica, condition, time);
};
