import type { Lease } from '../pool/lease.js';
import type { Topology } from '../topology/topology.js';

/** Tells the topology what happened on a connection in use: a lost socket, or a change of the server's state. */
export const reportFailure = (
  topology: Topology,
  { connection, generation, serviceId }: Lease,
  error: unknown,
): void => {
  topology.report({
    address: connection.address,
    generation,
    serviceId,
    phase: 'in-use',
    error,
    maxWireVersion: connection.description.maxWireVersion,
  });
};
