import type { ObjectId } from '../bson/values.js';
import type { Document } from '../bson/document.js';
import type { ServerDescription } from './description/server-description.js';
import type { TopologyDescription } from './description/topology-description.js';

interface TopologyEvent {
  readonly topologyId: ObjectId;
}

interface ServerEvent extends TopologyEvent {
  /** `host:port` or socket path of the server. */
  readonly address: string;
}

export interface TopologyDescriptionChangedEvent extends TopologyEvent {
  readonly previousDescription: TopologyDescription;
  readonly newDescription: TopologyDescription;
}

export interface ServerDescriptionChangedEvent extends ServerEvent {
  readonly previousDescription: ServerDescription;
  readonly newDescription: ServerDescription;
}

interface HeartbeatEvent extends TopologyEvent {
  /** `host:port` or socket path of the server. */
  readonly connectionId: string;
  /** The monitor's number of its connection, from 1 in order of creation. */
  readonly driverConnectionId: number;
  /** The server's number of that connection; absent before the first reply on it. */
  readonly serverConnectionId: bigint | undefined;
  /** The server was asked to answer when something changes, not at once. */
  readonly awaited: boolean;
}

export interface ServerHeartbeatSucceededEvent extends HeartbeatEvent {
  /**
   * Milliseconds from the question to the answer; of the first check on a connection the handshake alone, not the opening
   * of the stream.
   */
  readonly duration: number;
  readonly reply: Document;
}

export interface ServerHeartbeatFailedEvent extends HeartbeatEvent {
  /** Milliseconds from `serverHeartbeatStarted` on. */
  readonly duration: number;
  readonly failure: Error;
}

/** The events of discovery and monitoring (SDAM logging and monitoring specification, "Events"). */
export interface TopologyEvents {
  topologyOpening: TopologyEvent;
  topologyDescriptionChanged: TopologyDescriptionChangedEvent;
  topologyClosed: TopologyEvent;
  serverOpening: ServerEvent;
  serverDescriptionChanged: ServerDescriptionChangedEvent;
  serverClosed: ServerEvent;
  serverHeartbeatStarted: HeartbeatEvent;
  serverHeartbeatSucceeded: ServerHeartbeatSucceededEvent;
  serverHeartbeatFailed: ServerHeartbeatFailedEvent;
}
