import { parseHostList } from '../options/host-list.js';
import { DEFAULT_PORT } from '../core/default-port.js';

/** Host and port of a server; path and 0 for a Unix domain socket. */
export type ServerAddress = readonly [host: string, port: number];

export const serverAddress = (address: string): ServerAddress => {
  if (address.includes('/')) return [address, 0];
  const [host] = parseHostList(address, false);
  return [host?.host ?? address, host?.port ?? DEFAULT_PORT];
};
