import type { Command, CommandRequest, Reply } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { awaitClaimant, mustWait } from '../commands/await-claimant.js';
import type { Transaction } from '../transactions/transaction.js';
import { CommandError } from '../command-error.js';
import { ScriptPause } from '../query/where.js';
import { reachShards } from '../sharding/reach-shards.js';
import { confirmPrimary } from './confirm-primary.js';
import { takeReadPoint } from './read-point.js';

const waitForUnlock = async (context: CommandContext): Promise<void> => {
  const { writeLock } = context.cluster;
  while (writeLock.locked) await context.wait(Infinity, (wake) => writeLock.onUnlock(wake));
};

/** A script of the command sleeps: the command starts over after that, which it can as long as it wrote nothing. */
const afterPause = async (context: CommandContext, { ms }: ScriptPause, start: number): Promise<void> => {
  if (context.member.data.log.range.to !== start) {
    throw new CommandError('BadValue', 'A script of the embedded deployment cannot sleep after a write');
  }
  await context.wait(ms);
  context.pauses.done += 1;
};

/** Runs the command; where a transaction that is in progress stands in its way, once more after that has ended. */
const attempt = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
): Reply | Promise<Reply> => {
  const start = context.member.data.log.range.to;
  context.pauses.met = 0;
  const again = (error: unknown): Promise<Reply> => {
    if (error instanceof ScriptPause) {
      return afterPause(context, error, start).then(() => attempt(context, command, request));
    }
    if (!mustWait(context, error)) throw error;
    return awaitClaimant(context, error).then(() => attempt(context, command, request));
  };
  try {
    const reply = command.run(context, request);
    return reply instanceof Promise ? reply.catch(again) : reply;
  } catch (error) {
    return again(error);
  }
};

/** A statement that fails ends its transaction; routers tell where its decision can be asked for. */
const afterStatement = (context: CommandContext, transaction: Transaction, reply: Reply): Reply => {
  const failed = reply['writeErrors'] !== undefined || Number(reply['nErrors'] ?? 0) > 0;
  if (failed) transaction.abort();
  if (context.cluster.sharding !== undefined) {
    const [recoveryShard] = transaction.writers;
    reply['recoveryToken'] = recoveryShard === undefined ? {} : { recoveryShardId: recoveryShard.name };
  }
  return reply;
};

const runNow = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
): Reply | Promise<Reply> => {
  const { transaction } = context;
  reachShards(context, request);
  const reply = attempt(context, command, request);
  if (transaction === undefined) {
    return context.readConcern.level === 'linearizable' ? confirmPrimary(context, reply) : reply;
  }
  return reply instanceof Promise
    ? reply.then((settled) => afterStatement(context, transaction, settled))
    : afterStatement(context, transaction, reply);
};

/** Runs a command that was admitted, as soon as locks and its read concern let it. */
export const runCommand = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
): Reply | Promise<Reply> => {
  const ready = takeReadPoint(context);
  if (command.kind === 'write' && context.cluster.writeLock.locked) {
    return Promise.all([ready, waitForUnlock(context)]).then(() => runNow(context, command, request));
  }
  return ready === undefined
    ? runNow(context, command, request)
    : ready.then(() => runNow(context, command, request));
};
