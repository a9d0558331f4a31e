/** The shape of a unified test file, as far as the runner reads it (unified-test-format.md, "Test Format"). */
export type Doc = Record<string, unknown>;

export interface TestFile {
  readonly description: string;
  readonly schemaVersion: string;
  readonly runOnRequirements?: readonly RunOnRequirement[];
  readonly createEntities?: readonly EntityDescription[];
  readonly initialData?: readonly CollectionData[];
  readonly tests: readonly TestCase[];
}

export interface TestCase {
  readonly description: string;
  readonly runOnRequirements?: readonly RunOnRequirement[];
  readonly skipReason?: string;
  readonly operations: readonly OperationDescription[];
  readonly expectEvents?: readonly ExpectedEvents[];
  readonly expectLogMessages?: readonly ExpectedLogMessages[];
  readonly expectTracingMessages?: readonly Doc[];
  readonly outcome?: readonly CollectionData[];
}

export type TopologyKind = 'single' | 'replicaset' | 'sharded' | 'load-balanced';

export interface RunOnRequirement {
  readonly minServerVersion?: string;
  readonly maxServerVersion?: string;
  readonly topologies?: readonly (TopologyKind | 'sharded-replicaset')[];
  readonly serverless?: 'require' | 'forbid' | 'allow';
  readonly serverParameters?: Doc;
  readonly auth?: boolean;
  readonly authMechanism?: string;
  readonly csfle?: boolean | Doc;
}

/** Exactly one key: the type of the entity. */
export type EntityDescription = Record<string, Doc & { readonly id: string }>;

export interface ClientDescription {
  readonly id: string;
  readonly uriOptions?: Doc;
  readonly useMultipleMongoses?: boolean;
  readonly observeEvents?: readonly string[];
  readonly ignoreCommandMonitoringEvents?: readonly string[];
  readonly observeSensitiveCommands?: boolean;
  readonly observeLogMessages?: Record<string, string>;
  readonly observeTracingMessages?: Doc;
  readonly storeEventsAsEntities?: readonly { readonly id: string; readonly events: readonly string[] }[];
  readonly serverApi?: {
    readonly version: string;
    readonly strict?: boolean;
    readonly deprecationErrors?: boolean;
  };
  readonly autoEncryptOpts?: Doc;
  readonly awaitMinPoolSizeMS?: number;
}

export interface CollectionData {
  readonly collectionName: string;
  readonly databaseName: string;
  readonly createOptions?: Doc;
  readonly documents: readonly Doc[];
}

export interface OperationDescription {
  readonly name: string;
  readonly object: string;
  readonly arguments?: Doc;
  readonly ignoreResultAndError?: boolean;
  readonly expectError?: ExpectedError;
  readonly expectResult?: unknown;
  readonly saveResultAsEntity?: string;
}

export interface ExpectedError {
  readonly isError?: boolean;
  readonly isClientError?: boolean;
  readonly isTimeoutError?: boolean;
  readonly errorContains?: string;
  readonly errorCode?: number;
  readonly errorCodeName?: string;
  readonly errorLabelsContain?: readonly string[];
  readonly errorLabelsOmit?: readonly string[];
  readonly writeErrors?: Record<string, Doc>;
  readonly writeConcernErrors?: readonly Doc[];
  readonly errorResponse?: Doc;
  readonly expectResult?: unknown;
}

export interface ExpectedEvents {
  readonly client: string;
  readonly eventType?: EventFamily;
  readonly events: readonly ExpectedEvent[];
  readonly ignoreExtraEvents?: boolean;
}

export type EventFamily = 'command' | 'cmap' | 'sdam';
/** Exactly one key: the type of the event. */
export type ExpectedEvent = Record<string, Doc>;

export interface ExpectedLogMessages {
  readonly client: string;
  readonly messages: readonly ExpectedLogMessage[];
  readonly ignoreMessages?: readonly ExpectedLogMessage[];
  readonly ignoreExtraMessages?: boolean;
}

export interface ExpectedLogMessage {
  readonly level: string;
  readonly component: string;
  readonly failureIsRedacted?: boolean;
  readonly data: Doc;
}
