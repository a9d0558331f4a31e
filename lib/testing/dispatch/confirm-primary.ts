import type { Reply } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import type { Value } from '../query/value.js';
import { compareOpTimes } from '../replication/op-time.js';

/**
 * A linearizable read counts once a majority has an entry that was written after it: until then another primary may
 * have been elected (manual, "Read Concern linearizable").
 */
export const confirmPrimary = async (
  context: CommandContext,
  read: Reply | Promise<Reply>,
): Promise<Reply> => {
  const reply = await read;
  const { replica, member } = context;
  if (replica === undefined) return reply;
  const { log } = member.data;
  const { term } = log;
  log.append({ op: 'n', ns: '', o: new Map<string, Value>([['msg', 'linearizable read']]) });
  const time = log.lastOpTime;
  while (compareOpTimes(replica.majority, time) < 0) {
    await context.wait(Infinity, (wake) => {
      const stops = [replica.onProgress(wake), member.onTopologyChange(wake)];
      return () => {
        for (const stop of stops) stop();
      };
    });
    if (member.state !== 'PRIMARY' || member.data.log.term !== term) {
      throw new CommandError('PrimarySteppedDown', 'Primary stepped down while waiting for replication');
    }
  }
  return reply;
};
