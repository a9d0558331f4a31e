import type { MemberState } from './member-state.js';
import { opTimeOf, type LogEntry } from './replication-log.js';

/** The entries of `member` that `source` does not have, oldest first. */
const entriesApart = ({ data: { log } }: MemberState, source: MemberState): LogEntry[] => {
  const apart: LogEntry[] = [];
  for (let index = log.range.to - 1; index >= log.range.from; index -= 1) {
    const entry = log.at(index);
    if (entry === undefined || source.data.log.indexAfter(opTimeOf(entry)) !== undefined) break;
    apart.unshift(entry);
  }
  return apart;
};

/**
 * Makes a member's data those of `source`, and answers with the writes that this undid; no-ops are none. Meanwhile the
 * member is in state ROLLBACK, and like a server's its connections are closed (manual, "Rollbacks During Replica Set
 * Failover").
 */
export const rollBack = (member: MemberState, source: MemberState): readonly LogEntry[] => {
  const undone = entriesApart(member, source).filter(({ op }) => op !== 'n');
  member.enter('ROLLBACK');
  for (const connection of [...member.connections]) connection.close();
  member.cursors.killWhere(() => true);
  member.data = source.data.copy();
  member.enter('SECONDARY');
  return undone;
};
