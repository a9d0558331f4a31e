import type { Command } from './command.js';
import { requireReplicaSet } from './replica-set-only.js';

export const replSetGetConfig: Command = {
  name: 'replSetGetConfig',
  kind: 'admin',
  adminOnly: true,
  run: (context) => {
    requireReplicaSet(context);
    const { cluster, member } = context;
    return {
      config: {
        _id: cluster.setName,
        version: cluster.configVersion,
        term: Number(member.data.log.term),
        protocolVersion: 1n,
        writeConcernMajorityJournalDefault: true,
        members: cluster.members.map(({ settings, address }) => ({
          _id: settings.index,
          host: address,
          arbiterOnly: settings.role === 'arbiter',
          buildIndexes: true,
          hidden: settings.hidden,
          priority: settings.priority,
          tags: { ...settings.tags },
          secondaryDelaySecs: 0n,
          votes: 1,
        })),
        settings: {
          chainingAllowed: true,
          heartbeatIntervalMillis: 2000,
          heartbeatTimeoutSecs: 10,
          electionTimeoutMillis: 10_000,
          getLastErrorModes: {},
          getLastErrorDefaults: { w: 1, wtimeout: 0 },
          replicaSetId: cluster.replicaSetId,
        },
      },
    };
  },
};
