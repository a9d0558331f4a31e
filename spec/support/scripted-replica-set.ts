import {
  memberHello,
  startScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './scripted-server.js';

export interface ScriptedReplicaSet {
  readonly servers: readonly ScriptedServer[];
  /** Connection string with all members and the set's name. */
  readonly uri: string;
  readonly hosts: readonly string[];
  readonly primary: ScriptedServer | undefined;
  /** Makes the member with that index primary, or nobody; takes effect with the next hello replies. */
  setPrimary(index: number | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts `size` scripted servers whose hello replies describe one replica set named `rs`, the first of them primary.
 * Each is a `ScriptedServer` of its own: script its commands there.
 */
export const scriptedReplicaSet = async (
  size: number,
  options: Omit<ScriptedServerOptions, 'hello' | 'port' | 'path'> = {},
): Promise<ScriptedReplicaSet> => {
  const servers = await Promise.all(Array.from({ length: size }, () => startScriptedServer(options)));
  const hosts = servers.map((server) => server.address);
  let primary: string | undefined;
  let elections = 0;
  const setPrimary = (index: number | undefined): void => {
    primary = index === undefined ? undefined : hosts[index];
    elections += 1;
  };
  for (const server of servers) {
    server.setHello(() => memberHello({ hosts, me: server.address, primary, setVersion: elections }));
  }
  setPrimary(0);
  return {
    servers,
    hosts,
    uri: `mongodb://${hosts.join(',')}/?replicaSet=rs`,
    get primary() {
      return servers.find((server) => server.address === primary);
    },
    setPrimary,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
};
