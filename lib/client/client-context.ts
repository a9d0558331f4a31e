import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { CommandEvents } from '../connection/command-events.js';
import type { CursorContext } from '../cursors/cursor-engine.js';
import type { PoolEvents } from '../pool/pool-events.js';
import type { TopologyEvents } from '../topology/topology-events.js';

/** Every event a client publishes, by name. */
export interface ClientEvents extends CommandEvents, PoolEvents, TopologyEvents {}

/** What database and collection handles know of their client. */
export interface ClientContext {
  readonly runtime: Runtime;
  readonly events: EventHub<ClientEvents>;
  /** Whether generated `_id`s are written into the caller's documents (`addIdToDocuments`). */
  readonly addIdToDocuments: boolean;
  /** What operations run on. Throws `InvalidOperation` once the client is closed (METH-3). */
  use(): CursorContext;
  /** What operations run on, or ran on last; for what ends and begins nothing anew. */
  last(): CursorContext;
  /** Links the commands of one call in command events. */
  nextOperationId(): number;
  /** How the client prints (CONN-30). */
  describe(): string;
}
