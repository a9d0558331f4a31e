import {
  hasErrorLabel,
  isNetworkError,
  isNetworkTimeout,
  isNodeShuttingDown,
  isStateChangeError,
} from '../core/errors/predicates.js';
import { readTopologyVersion } from './description/hello-fields.js';
import type { ServerFailure } from './server.js';
import { compareTopologyVersions, type TopologyVersion } from './description/topology-version.js';

/** What a failure means for the view of its server, its pool and its monitor. */
export interface Reaction {
  /** The server is not what it was taken for; with this version, where the server told one. */
  readonly markUnknown: { readonly topologyVersion: TopologyVersion | null } | undefined;
  readonly clearPool: boolean;
  readonly monitor: 'request-check' | 'cancel-check' | 'leave';
}

const NOTHING: Reaction = { markUnknown: undefined, clearPool: false, monitor: 'leave' };

const LOST: Reaction = {
  markUnknown: { topologyVersion: null },
  clearPool: true,
  monitor: 'cancel-check',
};

const topologyVersionIn = (error: unknown): TopologyVersion | null => {
  const details = (error as { readonly details?: { readonly topologyVersion?: unknown } } | null)?.details;
  return readTopologyVersion(details?.topologyVersion) ?? null;
};

/** Servers before 4.2 closed all connections when they stepped down. */
const KEEPS_CONNECTIONS = 8;

const onStateChange = (
  { error, maxWireVersion = KEEPS_CONNECTIONS }: Pick<ServerFailure, 'error' | 'maxWireVersion'>,
  known: TopologyVersion | null,
): Reaction => {
  const topologyVersion = topologyVersionIn(error);
  if (compareTopologyVersions(known, topologyVersion) >= 0) return NOTHING;
  return {
    markUnknown: { topologyVersion },
    clearPool: isNodeShuttingDown(error) || maxWireVersion < KEEPS_CONNECTIONS,
    monitor: 'request-check',
  };
};

/**
 * SDAM specification, "Error handling pseudocode", for a failure of the pool's current generation. `known` is the
 * topology version of the server's description.
 */
export const reactionTo = (
  failure: Pick<ServerFailure, 'error' | 'phase' | 'maxWireVersion'>,
  known: TopologyVersion | null,
): Reaction => {
  const { error, phase } = failure;
  if (isStateChangeError(error)) return onStateChange(failure, known);
  if (phase === 'in-use') {
    // A slow operation says nothing about its server.
    return isNetworkError(error) && !isNetworkTimeout(error) ? LOST : NOTHING;
  }
  // A server too busy to set up connections would only get busier if all clients dropped those they have.
  return hasErrorLabel(error, 'SystemOverloadedError') ? NOTHING : LOST;
};
