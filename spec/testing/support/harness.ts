import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import { Cluster, type Topology } from '../../../lib/testing/cluster.js';
import { Member } from '../../../lib/testing/member.js';
import type { MemberStateName } from '../../../lib/testing/replication/member-state.js';
import { parseVersion } from '../../../lib/testing/versions.js';
import { RawClient } from './raw-client.js';

export interface Harness {
  readonly cluster: Cluster;
  /** A new connection to the member with this index. */
  connect(index?: number): Promise<RawClient>;
  stop(): Promise<void>;
}

/** A deployment whose members' states a test can set. */
export const startHarness = async (
  topology: Topology,
  states: readonly MemberStateName[],
  version = '8.0',
): Promise<Harness> => {
  const parsed = parseVersion(version);
  const cluster = new Cluster({
    runtime: nodeRuntime,
    topology,
    version: parsed,
    setName: 'rs',
    authRequired: false,
  });
  const members = states.map((state, index) => {
    const role = topology === 'replicaset' ? (state === 'ARBITER' ? 'arbiter' : 'data') : 'standalone';
    const settings = { role, index, host: '127.0.0.1' } as const;
    return new Member(cluster, cluster.addMember(settings, state));
  });
  for (const member of members) {
    await member.listen({
      runtime: nodeRuntime,
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      unixSocketDirectory: undefined,
      balanced: false,
    });
  }
  const clients: RawClient[] = [];
  return {
    cluster,
    connect: async (index = 0) => {
      const client = await RawClient.connect(cluster.members[index]!.address);
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      cluster.replicaSet?.close();
      await Promise.all(members.map((member) => member.close()));
    },
  };
};
