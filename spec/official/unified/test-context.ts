import type { EntityMap } from './entity-map.js';
import type { Environment } from './environment.js';
import type { Driver } from './driver.js';

/** What the parts of the runner share while one case runs. */
export interface TestContext {
  readonly driver: Driver;
  readonly environment: Environment;
  readonly entities: EntityMap;
  /** The case has servers fail commands. */
  readonly setsFailPoints: boolean;
  /** Undo steps (disabling fail points, closing one-off clients), run in reverse after the operations. */
  readonly cleanups: (() => Promise<unknown>)[];
  /** Cluster time after the initial data, which every session of the case must not lag behind. */
  clusterTime?: unknown;
}
