import type { Command } from './command.js';

const AVAILABLE_CONNECTIONS = 51_200;

export const serverStatus: Command = {
  name: 'serverStatus',
  kind: 'admin',
  run: ({ cluster, member, replica, runtime, version }) => {
    const uptime = Math.floor(runtime.now() - cluster.startedAt);
    const current = member.connections.size;
    const counters = ['insert', 'query', 'update', 'delete', 'getmore', 'command'] as const;
    return {
      host: member.address,
      version: version.full,
      process: cluster.topology === 'sharded' ? 'mongos' : 'mongod',
      pid: BigInt(process.pid),
      uptime: Math.floor(uptime / 1000),
      uptimeMillis: BigInt(uptime),
      localTime: new Date(runtime.wallClock()),
      connections: {
        current,
        available: AVAILABLE_CONNECTIONS - current,
        totalCreated: member.connectionsCreated,
        active: cluster.running.size,
      },
      logicalSessionRecordCache: { activeSessionsCount: member.data.sessions.size },
      opcounters: Object.fromEntries(
        counters.map((name) => [name, BigInt(member.opcounters.get(name) ?? 0)]),
      ),
      storageEngine: { name: 'wiredTiger', supportsCommittedReads: true, persistent: false },
      ...(cluster.topology === 'replicaset' && {
        repl: {
          setName: cluster.setName,
          isWritablePrimary: member.writable,
          secondary: member.state === 'SECONDARY',
          primary: replica?.primary?.member.address,
          me: member.address,
        },
      }),
    };
  },
};
