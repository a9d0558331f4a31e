import type { CommandContext } from '../commands/context.js';
import type { WriteConcern } from '../commands/concerns.js';
import { CommandError } from '../command-error.js';
import { ERROR_CODES, type ErrorName } from '../error-codes.js';
import type { MemberState } from '../replication/member-state.js';
import { compareOpTimes, type OpTime } from '../replication/op-time.js';

/** A `writeConcernError` document. */
export interface WriteConcernFailure {
  readonly code: number;
  readonly codeName: string;
  readonly errmsg: string;
  readonly errInfo: Record<string, unknown>;
}

/** Members that hold data, whether or not they can be reached. */
const dataMembers = (context: CommandContext): readonly MemberState[] =>
  context.cluster.members.filter((member) => member.settings.role === 'data');

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

/** How many members must have the write, or why that can never be. */
const requiredMembers = (context: CommandContext): number | WriteConcernFailure => {
  const { writeConcern } = context;
  const { w } = writeConcern;
  const members = dataMembers(context).length;
  if (w === 'majority') return Math.floor(members / 2) + 1;
  if (typeof w === 'number') {
    return w <= members
      ? w
      : failure(
          'UnsatisfiableWriteConcern',
          'UnsatisfiableWriteConcern',
          'Not enough data-bearing nodes',
          writeConcern,
        );
  }
  const mode = typeof w === 'string' ? w : 'with these tags';
  return failure(
    'UnknownReplWriteConcern',
    'UnknownReplWriteConcern',
    `No write concern mode named '${mode}' found in replica set configuration`,
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

const satisfied = (context: CommandContext, required: number, time: OpTime): boolean => {
  const primary = context.replica;
  const have = dataMembers(context).filter((member) => {
    const replica = context.cluster.replicaSet?.replicaOf(member);
    const position = replica && primary?.positionOf(replica);
    return position !== undefined && compareOpTimes(position, time) >= 0;
  });
  return have.length >= required;
};

const waitForMembers = async (
  context: CommandContext,
  required: number,
  time: OpTime,
): Promise<WriteConcernFailure | undefined> => {
  const { runtime, replica, writeConcern } = context;
  const end = writeConcern.wtimeout === 0 ? Infinity : runtime.now() + writeConcern.wtimeout;
  while (!satisfied(context, required, time)) {
    const woken = await context.wait(
      end - runtime.now(),
      (wake) => replica?.onProgress(wake) ?? (() => undefined),
    );
    if (!woken && runtime.now() >= end) return timeoutFailure(context);
  }
  return undefined;
};

/** Waits for the write concern of a command that has run; answers with what kept it from being satisfied. */
export const awaitWriteConcern = (
  context: CommandContext,
): undefined | WriteConcernFailure | Promise<WriteConcernFailure | undefined> => {
  const { w } = context.writeConcern;
  if (w === 0 || w === 1 || context.cluster.topology !== 'replicaset') return undefined;
  const required = requiredMembers(context);
  if (typeof required !== 'number') return required;
  const time = context.member.data.log.lastOpTime;
  return satisfied(context, required, time) ? undefined : waitForMembers(context, required, time);
};
