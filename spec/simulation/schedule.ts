import type { AsyncMongoClientOptions } from '../../lib/options/async-mongo-client-options.js';
import type { MemberOptions } from '../../lib/testing/deployment-options.js';
import type { CallKind } from './calls/call-kinds.js';
import type { RouteQuality } from './network/route.js';

/**
 * Everything that is going to happen, as plain data: drawn from a seed, written into a report, made smaller where it
 * broke an invariant. Times are milliseconds of virtual time from the beginning.
 */
export interface Schedule {
  readonly seed: number;
  /** How long callers and faults go on. */
  readonly minutes: number;
  readonly deployment: DeploymentPlan;
  readonly network: RouteQuality;
  readonly clients: readonly ClientPlan[];
  /** How many accounts there are with money to move; none without transactions. */
  readonly accounts: number;
  readonly callers: readonly CallerPlan[];
  readonly watchers: readonly WatcherPlan[];
  readonly faults: readonly Fault[];
}

export interface DeploymentPlan {
  readonly topology: 'standalone' | 'replicaset' | 'sharded';
  readonly members: readonly MemberOptions[];
  readonly version: string;
}

export interface ClientPlan {
  readonly options: AsyncMongoClientOptions;
  /** Closes in the middle of everything. */
  readonly closeAtMS?: number;
}

/** One flow of control: its calls follow each other. */
export interface CallerPlan {
  readonly client: number;
  readonly startMS: number;
  readonly calls: readonly Call[];
}

export interface Call {
  readonly kind: CallKind;
  /** Before the call. */
  readonly pauseMS: number;
  readonly timeoutMS: number;
  readonly abortAfterMS?: number;
  /** Documents in a batch. */
  readonly size: number;
  /** Chooses among the caller's documents: at least 0, less than 1. */
  readonly pick: number;
  readonly w: 1 | 'majority';
}

/** Reads all changes from `startMS` on, to the end. */
export interface WatcherPlan {
  readonly client: number;
  readonly startMS: number;
  readonly batchSize: number;
  readonly maxAwaitTimeMS: number;
  /** When the reader is gone without a word, and another goes on behind the token that was stored last. */
  readonly restartsMS: readonly number[];
}

interface Disturbance {
  readonly atMS: number;
  readonly forMS: number;
}

/** A fault of the way between one client and one member, `client` and `member` being their places in the schedule. */
interface RouteFault extends Disturbance {
  readonly client: number;
  readonly member: number;
}

export type Fault =
  /** Everything takes longer. */
  | (RouteFault & { readonly kind: 'delay'; readonly extraMS: number })
  /** Nothing gets through; nobody is told. */
  | (RouteFault & { readonly kind: 'partition' })
  /** All connections are reset. */
  | (RouteFault & { readonly kind: 'reset' })
  /** The server's side of all connections vanishes without a word. */
  | (RouteFault & { readonly kind: 'half-open' })
  /** What the server sends on the connections that are open is lost; they are reset in the end. */
  | (RouteFault & { readonly kind: 'lose-replies' })
  /** Connections break after that many more bytes to that side. */
  | (RouteFault & { readonly kind: 'cut'; readonly side: 'client' | 'server'; readonly bytes: number })
  /** The member takes no new connections, and resets those it has. */
  | (Disturbance & { readonly kind: 'refuse'; readonly member: number })
  /** The member's process does nothing. */
  | (Disturbance & { readonly kind: 'freeze-member'; readonly member: number })
  /** The member's process ends without a word, and begins anew with its data. */
  | (Disturbance & { readonly kind: 'crash'; readonly member: number })
  /** Another member becomes primary; the present one does not stand for election. */
  | (Disturbance & { readonly kind: 'step-down'; readonly force: boolean })
  /** The member does not reach the others of its set; clients still reach it. */
  | (Disturbance & { readonly kind: 'isolate'; readonly member: number })
  /** The member follows the primary that much later. */
  | (Disturbance & { readonly kind: 'lag'; readonly member: number; readonly lagMS: number })
  /** The client's process is stopped, and continued later. */
  | (Disturbance & { readonly kind: 'freeze-client'; readonly client: number });
