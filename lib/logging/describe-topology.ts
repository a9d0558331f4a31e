import { inspect } from 'node:util';
import type { TopologyDescription } from '../topology/description/topology-description.js';

/** On one line. */
export const describeTopology = (description: TopologyDescription): string =>
  inspect(description, { breakLength: Infinity, compact: true });
