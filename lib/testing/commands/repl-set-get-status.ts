import type { Command } from './command.js';
import { requireReplicaSet } from './replica-set-only.js';
import { MEMBER_STATES } from '../replication/member-state.js';

export const replSetGetStatus: Command = {
  name: 'replSetGetStatus',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    requireReplicaSet(context);
    const { cluster, member, runtime } = context;
    const date = new Date(runtime.wallClock());
    const { log } = member.data;
    const { term, lastOpTime: optime } = log;
    return {
      set: cluster.setName,
      date,
      myState: MEMBER_STATES[member.state],
      term,
      heartbeatIntervalMillis: 2000n,
      majorityVoteCount: Math.floor(cluster.members.length / 2) + 1,
      writeMajorityCount: Math.floor(cluster.members.length / 2) + 1,
      optimes: {
        lastCommittedOpTime: cluster.replicaSet?.replicaOf(member)?.majority,
        lastCommittedWallTime: date,
        appliedOpTime: optime,
        durableOpTime: optime,
      },
      members: cluster.members.map((other) => ({
        _id: other.settings.index,
        name: other.address,
        health: other.state === 'DOWN' ? 0.5 : 1,
        state: MEMBER_STATES[other.state],
        stateStr: other.state,
        uptime: Math.floor((runtime.now() - cluster.startedAt) / 1000),
        ...(other.settings.role === 'data' && {
          optime: other.data.log.lastOpTime,
          optimeDate: new Date(other.data.log.lastWall),
        }),
        configVersion: cluster.configVersion,
        configTerm: Number(term),
        ...(other === member && { self: true }),
      })),
    };
  },
};
