import type { Command } from './command.js';

export const getCmdLineOpts: Command = {
  name: 'getCmdLineOpts',
  kind: 'admin',
  adminOnly: true,
  run: ({ cluster, member }) => ({
    argv: [cluster.topology === 'sharded' ? 'mongos' : 'mongod', '--port', String(member.port)],
    parsed: {
      net: { port: member.port },
      ...(cluster.topology === 'replicaset' && { replication: { replSet: cluster.setName } }),
      ...(cluster.authRequired && { security: { authorization: 'enabled' } }),
    },
  }),
};
