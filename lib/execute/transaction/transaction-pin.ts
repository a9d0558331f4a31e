import type { Lease } from '../../pool/lease.js';
import type { Transaction } from '../../sessions/transaction.js';
import { isOpen } from '../../sessions/transaction-state.js';
import type { Server } from '../../topology/server.js';
import { PinnedConnection } from '../pinned-connection.js';
import type { Run } from '../run.js';

/** The connection that an operation of a pinned transaction has to use. */
export const pinnedConnection = ({ transaction }: Run): PinnedConnection | undefined =>
  transaction?.pin?.connection as PinnedConnection | undefined;

/**
 * All commands of a transaction go to the router that its first one went to; behind a load balancer they use the same
 * connection. Returns whether the transaction keeps the connection.
 */
export const pinTransaction = (transaction: Transaction, server: Server, lease: Lease): boolean => {
  const { serverType } = server.description;
  // Aborted while this command waited for its connection: it will not be sent.
  if (!isOpen(transaction.state)) return false;
  const keeps = serverType === 'LoadBalancer';
  if (!keeps && serverType !== 'Mongos') return false;
  const connection = keeps ? new PinnedConnection(server.pool, lease, 'transaction') : undefined;
  transaction.pin = { address: server.address, connection };
  return keeps;
};
