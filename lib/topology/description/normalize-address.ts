import { DEFAULT_PORT } from '../../core/default-port.js';

/** Lower case with a port, as seeds are, so that one host is not taken for two; paths of sockets stay as they are. */
export const normalizeAddress = (address: string): string => {
  if (address.includes('/')) return address;
  const lower = address.toLowerCase();
  return /^(\[.*\]|[^:]*):\d+$/.test(lower) ? lower : `${lower}:${String(DEFAULT_PORT)}`;
};
