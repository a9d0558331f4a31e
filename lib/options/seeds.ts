import { DEFAULT_PORT } from '../core/default-port.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { isConnectionString, readConnectionString, type ConnectionString } from './connection-string.js';
import { HostAddress } from './host-address.js';
import { parseHostList } from './host-list.js';

/** The hosts a client starts from, and the connection string among them. */
export interface Seeds {
  readonly hosts: readonly HostAddress[];
  readonly srvHost: string | undefined;
  readonly uri: ConnectionString | undefined;
}

/** Reads each entry of `host`: connection string, socket path or host with or without port (CONN-3, 4, 6, 10, 31). */
export const readSeeds = (host: string | readonly string[] | undefined, port: number | undefined): Seeds => {
  const entries = typeof host === 'string' ? [host] : (host ?? ['localhost']);
  if (entries.length === 0) throw new ConfigurationError('The list of hosts is empty');
  let uri: ConnectionString | undefined;
  const hosts: HostAddress[] = [];
  for (const entry of entries) {
    if (!isConnectionString(entry)) {
      hosts.push(...readHost(entry));
      continue;
    }
    if (uri !== undefined) {
      throw new ConfigurationError(
        'A list of hosts may contain one connection string: mergeConnectionStrings joins several',
      );
    }
    uri = readConnectionString(entry);
    hosts.push(...uri.hosts);
  }
  if (uri?.srv === true) return srvSeeds(uri, hosts, port);
  return {
    hosts: distinct(hosts.map((address) => address.withDefaultPort(port ?? DEFAULT_PORT))),
    srvHost: undefined,
    uri,
  };
};

/** A bare path is taken literally and never for a connection string. */
const readHost = (entry: string): HostAddress[] => {
  if (entry.startsWith('/')) return [HostAddress.socket(entry)];
  if (entry.includes('@')) {
    throw new ConfigurationError(
      'A host with a user name must be a connection string: begin it with "mongodb://"',
    );
  }
  return entry.includes('/') ? [HostAddress.socket(entry)] : parseHostList(entry, false);
};

const srvSeeds = (uri: ConnectionString, hosts: readonly HostAddress[], port: number | undefined): Seeds => {
  if (hosts.length > 1)
    throw new ConfigurationError('A mongodb+srv:// connection string cannot stand beside other hosts');
  if (port !== undefined)
    throw new ConfigurationError('port cannot be used with a mongodb+srv:// connection string');
  return { hosts: [], srvHost: uri.hosts[0]?.host, uri };
};

const distinct = (hosts: readonly HostAddress[]): HostAddress[] => [
  ...new Map(hosts.map((host) => [host.toString(), host])).values(),
];
