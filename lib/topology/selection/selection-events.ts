import type { ServerSelector } from './server-selector.js';
import type { TopologyDescription } from '../description/topology-description.js';

/** What a server is selected for; any object that has this will do, so that none has to be made. */
export interface SelectionPurpose {
  readonly operation: { readonly name: string };
  readonly options: { readonly operationId?: number | undefined };
}

export interface SelectionEvent {
  readonly selector: ServerSelector;
  /** The user's `serverSelector` has a say as well. */
  readonly custom: boolean;
  readonly purpose: SelectionPurpose;
  readonly topologyDescription: TopologyDescription;
}

export interface SelectionWaitingEvent extends SelectionEvent {
  /** Whole milliseconds; absent without a limit. */
  readonly remainingTimeMS: number | undefined;
}

export interface SelectionSucceededEvent extends SelectionEvent {
  /** `host:port` or socket path of the server. */
  readonly address: string;
}

export interface SelectionFailedEvent extends SelectionEvent {
  readonly failure: unknown;
}

/** How selections go, for the log (server selection specification, "Logging"). */
export interface SelectionEvents {
  serverSelectionStarted: SelectionEvent;
  serverSelectionWaiting: SelectionWaitingEvent;
  serverSelectionSucceeded: SelectionSucceededEvent;
  serverSelectionFailed: SelectionFailedEvent;
}
