import type { Deadline } from '../core/deadline.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime, TlsOptions } from '../core/runtime.js';
import type { Document } from '../bson/document.js';
import type { HostAddress } from '../options/host-address.js';
import type { Credentials } from '../options/credentials.js';
import type { CommandEvents } from './command-events.js';
import type { Connection } from './connection.js';

/** The Stable API version a client declares; sent with each of its commands. */
export interface ServerApi {
  readonly version: string;
  readonly strict?: boolean | undefined;
  readonly deprecationErrors?: boolean | undefined;
}

export interface OpenConnectionOptions {
  readonly runtime: Runtime;
  readonly address: HostAddress;
  /** Number of the connection within its pool. */
  readonly id: number;
  readonly generation: number;
  readonly deadline: Deadline;
  /** Bounds stream, TLS, hello and authentication together; 0 means no limit. */
  readonly connectTimeoutMS: number;
  /** Bounds each wait for a reply on the open connection; 0 means no limit. */
  readonly socketTimeoutMS: number;
  /** From `createTlsContext`; absent for plain streams. */
  readonly tls?: TlsOptions | undefined;
  /** From `clientMetadata`. */
  readonly metadata: Document;
  /** Absent on monitoring connections, which never authenticate. */
  readonly credentials?: Credentials | undefined;
  readonly serverApi?: ServerApi | undefined;
  readonly loadBalanced?: boolean | undefined;
  /** Where command monitoring events go; absent on monitoring connections. */
  readonly events?: EventHub<CommandEvents> | undefined;
}

/** Opens a stream, shakes hands and authenticates. Rejects with a `ConnectionFailure` that names the phase. */
export declare const openConnection: (options: OpenConnectionOptions) => Promise<Connection>;
