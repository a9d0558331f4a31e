import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import type { Runtime } from '../../../lib/core/runtime.js';
import { MIN_HEARTBEAT_FREQUENCY_MS } from '../../../lib/topology/monitoring/monitor.js';

/**
 * Node's runtime, except that the pause before a server may be checked again is shorter: no option changes it, and no
 * other timer is of exactly this length, as deadlines are what is left of a limit.
 */
export const briskRuntime = (minHeartbeatFrequencyMS: number): Runtime => ({
  ...nodeRuntime,
  setTimer: (ms, callback, hold) =>
    nodeRuntime.setTimer(ms === MIN_HEARTBEAT_FREQUENCY_MS ? minHeartbeatFrequencyMS : ms, callback, hold),
});
