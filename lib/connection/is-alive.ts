import type { Deadline } from '../core/deadline.js';
import { NetworkTimeout } from '../core/errors/connection.js';
import type { Runtime } from '../core/runtime.js';
import type { ServerApiObject } from '../options/server-api.js';
import type { Connection } from './connection.js';
import { serverApiFields } from './server-api.js';

/** A connection that takes longer to answer a ping is given up: a new one is worth more than the doubt. */
const ANSWER_LIMIT_MS = 250;

/** Whether the server still answers on an idle connection. Not monitored, as no operation is part of it. */
export const isAlive = async (
  connection: Connection,
  runtime: Runtime,
  serverApi: ServerApiObject | undefined,
): Promise<boolean> => {
  const { address } = connection;
  const deadline: Deadline = {
    expiresAt: runtime.now() + ANSWER_LIMIT_MS,
    signal: undefined,
    timeoutError: () => new NetworkTimeout(`No answer from ${address} to a ping`, { address }),
  };
  const body = { ping: 1, ...serverApiFields(serverApi) };
  try {
    await connection.unmonitoredCommand({ name: 'ping', database: 'admin', body }, deadline);
    return true;
  } catch {
    return false;
  }
};
