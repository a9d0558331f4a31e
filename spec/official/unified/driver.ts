import type { Doc, EventFamily } from './format.js';

/** An event as the format names and shapes it, whatever the driver calls it. */
export interface ObservedEvent {
  readonly family: EventFamily;
  /** For instance `commandStartedEvent`, `poolClearedEvent`. */
  readonly type: string;
  readonly fields: Doc;
  /** Documents in it may have more fields than expected at any depth, where the driver's own suite has it so. */
  readonly surplus?: boolean;
}

export interface ObservedLogMessage {
  readonly level: string;
  readonly component: string;
  readonly data: Doc;
}

/** Receives what a client publishes. Log messages are asked for by component and least severity. */
export interface ClientObserver {
  readonly onEvent: (event: ObservedEvent) => void;
  readonly onLogMessage: (message: ObservedLogMessage) => void;
  readonly logComponents: Readonly<Record<string, string>>;
}

export interface ClientSettings {
  readonly serverApi?: {
    readonly version: string;
    readonly strict?: boolean;
    readonly deprecationErrors?: boolean;
  };
  /** The least pause between two checks of a server. Default: the 500 ms of the specification. */
  readonly minHeartbeatFrequencyMS?: number;
}

/** What can be asserted of an error, gathered by the adapter that knows its classes. */
export interface ErrorFacts {
  readonly message: string;
  /** Raised without a server response: a bad argument, a lost connection, a timeout on our side. */
  readonly isClientError: boolean;
  readonly isTimeoutError: boolean;
  readonly code?: number;
  /** All code names and messages, of the error itself and of the write errors it gathers. */
  readonly codeNames: readonly string[];
  readonly messages: readonly string[];
  readonly labels: readonly string[];
  readonly response?: Doc;
  /** The result an error carries along (bulk writes). */
  readonly result?: unknown;
  readonly writeErrors?: Readonly<Record<string, unknown>>;
  readonly writeConcernErrors?: readonly unknown[];
}

export interface SessionFacts {
  readonly lsid: unknown;
  readonly transactionState: 'none' | 'starting' | 'in_progress' | 'committed' | 'aborted';
  readonly pinned: boolean;
  /** `host:port` of the router the session is pinned to. */
  readonly pinnedAddress?: string;
  readonly dirty: boolean;
}

export interface TopologyFacts {
  readonly type: string;
  readonly primary?: string;
}

/** Runs one operation of an entity; `undefined` arguments were not given in the file. */
export type OperationFunction = (target: any, args: Readonly<Record<string, any>>) => Promise<unknown>;
/** Keys are `kind.operation`, for instance `collection.insertOne`. */
export type OperationTable = Readonly<Record<string, OperationFunction>>;

export type DriverName = 'asyncmongo' | 'official';

/** Everything the runner asks of a driver. Handles (clients, databases, sessions ...) are opaque to the runner. */
export interface Driver {
  readonly name: DriverName;
  /** The first server version the driver connects to. */
  readonly oldestServer: string;
  readonly operations: OperationTable;
  createClient(uri: string, settings: ClientSettings, observer: ClientObserver): Promise<unknown>;
  closeClient(client: unknown): Promise<void>;
  database(client: unknown, name: string, options: Doc): unknown;
  collection(database: unknown, name: string, options: Doc): unknown;
  bucket(database: unknown, options: Doc): unknown;
  startSession(client: unknown, options: Doc): unknown;
  endSession(session: unknown): Promise<void>;
  advanceClusterTime(session: unknown, clusterTime: unknown): void;
  sessionFacts(session: unknown): SessionFacts;
  topologyFacts(client: unknown): TopologyFacts;
  /** Runs an admin command with primary read preference, for fail points. */
  adminCommand(client: unknown, command: Doc): Promise<unknown>;
  /** Closes a find cursor, command cursor or change stream. */
  closeCursor(cursor: unknown): Promise<void>;
  errorFacts(error: unknown): ErrorFacts;
}

/** Marks a case that cannot run for a reason only seen while running it. */
export class SkipCase extends Error {}
