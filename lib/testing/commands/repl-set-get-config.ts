import type { Command } from './command.js';
import { requireReplica } from './replica-set-only.js';

export const replSetGetConfig: Command = {
  name: 'replSetGetConfig',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    const { cluster } = context;
    const { config } = requireReplica(context);
    return {
      config: {
        _id: cluster.setName,
        version: config.version,
        ...(context.version.has('configTerm') && { term: config.term }),
        protocolVersion: 1n,
        writeConcernMajorityJournalDefault: true,
        members: config.members.map(({ id, member, arbiterOnly, hidden, priority, tags, votes }) => ({
          _id: id,
          host: member.address,
          arbiterOnly,
          buildIndexes: true,
          hidden,
          priority,
          tags: { ...tags },
          [context.version.has('secondaryDelaySecs') ? 'secondaryDelaySecs' : 'slaveDelay']: 0n,
          votes,
        })),
        settings: {
          chainingAllowed: true,
          ...config.settings,
          heartbeatTimeoutSecs: 10,
          catchUpTimeoutMillis: -1,
          getLastErrorDefaults: { w: 1, wtimeout: 0 },
          replicaSetId: cluster.replicaSetId,
        },
      },
    };
  },
};
