import type { ObjectId } from '../../bson/values.js';

/** Tells which of two views of a server is newer (SDAM specification, "topologyVersion"). */
export interface TopologyVersion {
  /** Made anew each time the server process starts. */
  readonly processId: ObjectId;
  readonly counter: bigint;
}

/**
 * Negative where `a` is older than `b`, positive where it is newer, 0 where they are equal. Versions that cannot be
 * compared (one is missing, another process) count as older: what arrived later wins.
 */
export const compareTopologyVersions = (a: TopologyVersion | null, b: TopologyVersion | null): number => {
  if (a === null || b === null) return -1;
  if (a.processId.toHexString() !== b.processId.toHexString()) return -1;
  if (a.counter === b.counter) return 0;
  return a.counter < b.counter ? -1 : 1;
};
