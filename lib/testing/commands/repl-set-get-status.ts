import type { Command, Reply } from './command.js';
import type { CommandContext } from './context.js';
import { requireReplicaSet, requireReplica } from './replica-set-only.js';
import { MEMBER_STATES } from '../replication/member-state.js';
import type { Replica } from '../replication/replica.js';
import { votesNeeded, writeMajority, type ConfigMember } from '../replication/set-config.js';

/** Another member as the one that is asked sees it. */
const memberStatus = (
  context: CommandContext,
  self: Replica,
  { id, member, arbiterOnly }: ConfigMember,
): Reply => {
  const { cluster, runtime } = context;
  const reached = cluster.replicaSet?.links.reach(self.member, member) === true;
  const { log } = member.data;
  return {
    _id: id,
    name: member.address,
    health: reached ? 1 : 0,
    state: reached ? MEMBER_STATES[member.state] : MEMBER_STATES.DOWN,
    stateStr: reached ? member.state : '(not reachable/healthy)',
    uptime: Math.floor((runtime.now() - cluster.startedAt) / 1000),
    ...(!arbiterOnly && reached && { optime: log.lastOpTime, optimeDate: new Date(log.lastWall) }),
    configVersion: self.config.version,
    configTerm: self.config.term,
    ...(member === self.member && { self: true }),
  };
};

export const replSetGetStatus: Command = {
  name: 'replSetGetStatus',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    requireReplicaSet(context);
    const { cluster, member, runtime } = context;
    const replica = requireReplica(context);
    const { log } = member.data;
    return {
      set: cluster.setName,
      date: new Date(runtime.wallClock()),
      myState: MEMBER_STATES[member.state],
      term: BigInt(replica.term),
      heartbeatIntervalMillis: BigInt(replica.config.settings.heartbeatIntervalMillis),
      majorityVoteCount: votesNeeded(replica.config),
      writeMajorityCount: writeMajority(replica.config),
      optimes: {
        lastCommittedOpTime: replica.majority,
        lastCommittedWallTime: new Date(log.wallAt(replica.majority)),
        appliedOpTime: log.lastOpTime,
        durableOpTime: log.lastOpTime,
      },
      members: replica.config.members.map((entry) => memberStatus(context, replica, entry)),
    };
  },
};
