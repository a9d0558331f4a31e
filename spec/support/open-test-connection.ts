import { clientMetadata } from '../../lib/connection/client-metadata.js';
import type { Connection } from '../../lib/connection/connection.js';
import { openConnection, type OpenConnectionOptions } from '../../lib/connection/open-connection.js';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { HostAddress } from '../../lib/options/host-address.js';
import type { Command } from '../../lib/wire/command.js';

/** Opens a connection to a loopback port, or to any address, with the defaults of a client. */
export const openTestConnection = (
  target: number | HostAddress,
  options: Partial<OpenConnectionOptions> = {},
): Promise<Connection> =>
  openConnection({
    runtime: nodeRuntime,
    address: typeof target === 'number' ? HostAddress.tcp('127.0.0.1', target) : target,
    id: 1,
    generation: 0,
    deadline: NO_DEADLINE,
    connectTimeoutMS: 20_000,
    socketTimeoutMS: 0,
    metadata: clientMetadata({ env: {} }),
    ...options,
  });

export const ping = (): Command => ({ name: 'ping', database: 'admin', body: { ping: 1 } });

/** What a promise rejects with; fails the test where it resolves. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<unknown> => {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`resolved with ${String(value)}`);
};
