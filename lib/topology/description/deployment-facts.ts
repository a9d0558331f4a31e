import { wireVersionMismatch } from '../../connection/handshake.js';
import type { ServerDescription } from './server-description.js';

/** What follows from all servers of a deployment together. */
export interface DeploymentFacts {
  /** Why no server may be used: one speaks no version of the wire protocol that the driver speaks. */
  readonly compatibilityError: string | null;
  readonly logicalSessionTimeoutMinutes: number | null;
  readonly minimumWireVersion: number;
}

export const deploymentFacts = (servers: Iterable<ServerDescription>): DeploymentFacts => {
  let compatibilityError: string | null = null;
  let sessionTimeout = Infinity;
  let minimumWireVersion = Infinity;
  for (const server of servers) {
    const { address, minWireVersion, maxWireVersion } = server;
    if (minWireVersion !== null && maxWireVersion !== null) {
      compatibilityError ??= wireVersionMismatch(minWireVersion, maxWireVersion, address) ?? null;
    }
    if (!server.isDataBearing) continue;
    // NaN stays what it is: one server without sessions is enough.
    sessionTimeout = Math.min(sessionTimeout, server.logicalSessionTimeoutMinutes ?? NaN);
    minimumWireVersion = Math.min(minimumWireVersion, maxWireVersion ?? 0);
  }
  return {
    compatibilityError,
    logicalSessionTimeoutMinutes: Number.isFinite(sessionTimeout) ? sessionTimeout : null,
    minimumWireVersion: minimumWireVersion === Infinity ? 0 : minimumWireVersion,
  };
};
