import type { Runtime } from '../core/runtime.js';
import type { ServerApiObject } from '../options/server-api.js';
import type { AbandonedWork } from './abandoned-work.js';
import type { Requests } from './requests.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import type { ServerSessionPool } from '../sessions/server-session-pool.js';
import type { Topology } from '../topology/topology.js';

/** What all executions of one client share. */
export interface ExecuteContext {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly sessions: ServerSessionPool;
  readonly requests: Requests;
  readonly retryReads: boolean;
  readonly retryWrites: boolean;
  /** Most retries of an operation that met an overload error. */
  readonly maxAdaptiveRetries: number;
  /** Whether a retry after an overload error prefers another server. */
  readonly enableOverloadRetargeting: boolean;
  readonly serverApi: ServerApiObject | undefined;
  readonly abandoned: AbandonedWork;
  /** The highest cluster time any reply carried. */
  clusterTime: ClusterTime | undefined;
}
