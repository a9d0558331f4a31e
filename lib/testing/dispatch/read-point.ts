import type { Timestamp } from 'bson';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import { Snapshot } from '../store/snapshot.js';
import { SnapshotStore } from '../store/snapshot-store.js';
import type { Value } from '../query/value.js';

/** The time up to which a command sees: of what this member has, or of what a majority has. */
const readable = (context: CommandContext, byMajority: boolean): Timestamp =>
  (byMajority ? context.replica?.majority.ts : undefined) ?? context.member.data.log.lastApplied;

/** Where nothing is written the log has no entry at that time yet: the primary adds one, as a server does. */
const reachByNoop = ({ cluster, member }: CommandContext, time: Timestamp): void => {
  const { replicaSet } = cluster;
  const { log } = (replicaSet === undefined ? member : replicaSet.primaryFor(member))?.data ?? {};
  if (log?.lastApplied.lessThan(time) !== true) return;
  log.append({ op: 'n', ns: '', o: new Map<string, Value>([['msg', 'afterClusterTime']]) });
};

const reached = async (context: CommandContext, time: Timestamp, byMajority: boolean): Promise<void> => {
  reachByNoop(context, time);
  while (readable(context, byMajority).lessThan(time)) {
    await context.wait(Infinity, (wake) => {
      const stops = [context.member.data.log.listen(wake), context.replica?.onProgress(wake)];
      return () => {
        for (const stop of stops) stop?.();
      };
    });
  }
};

const checkWindow = ({ member, runtime }: CommandContext, time: Timestamp): void => {
  const window = member.integerParameter('minSnapshotHistoryWindowInSeconds');
  const oldest = Math.floor(runtime.wallClock() / 1000) - window;
  if (time.t < oldest) {
    throw new CommandError(
      'SnapshotTooOld',
      `Read timestamp Timestamp(${String(time.t)}, ${String(time.i)}) is older than the oldest available timestamp.`,
    );
  }
};

/** Opens the snapshot that the command reads, and its transaction's where this is the first statement. */
const open = (context: CommandContext): void => {
  const { transaction, readConcern, member } = context;
  const { level, atClusterTime } = readConcern;
  if (transaction !== undefined) {
    if (transaction.view === undefined) {
      if (atClusterTime !== undefined) checkWindow(context, atClusterTime);
      const time = atClusterTime ?? member.data.log.lastApplied;
      transaction.begin(new Snapshot(member.data.log, time));
    }
    context.view = transaction.view;
  } else if (level === 'majority') {
    const time = readable(context, true);
    // Mostly a majority has everything: then the present state is what it has.
    if (time.lessThan(member.data.log.lastApplied)) {
      const snapshot = new Snapshot(member.data.log, time);
      context.view = new SnapshotStore(member.data.store, snapshot, undefined, true);
    }
  } else if (level === 'snapshot') {
    const time = atClusterTime ?? readable(context, true);
    if (atClusterTime !== undefined) checkWindow(context, time);
    context.view = new SnapshotStore(member.data.store, new Snapshot(member.data.log, time));
  }
};

/**
 * Brings the member to the point in time that the read concern asks for, waiting where it is behind, and opens the
 * snapshot that is read there (causal consistency, snapshot sessions and transactions specifications).
 */
export const takeReadPoint = (context: CommandContext): undefined | Promise<void> => {
  const { level, afterClusterTime, atClusterTime } = context.readConcern;
  const byMajority = level === 'majority' || (level === 'snapshot' && context.transaction === undefined);
  const time = atClusterTime ?? afterClusterTime;
  if (time !== undefined && readable(context, byMajority).lessThan(time)) {
    return reached(context, time, byMajority).then(() => open(context));
  }
  if (context.transaction !== undefined || byMajority) open(context);
  return undefined;
};
