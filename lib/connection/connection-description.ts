import type { ObjectId } from '../bson/values.js';
import type { CommandLimits } from '../wire/command.js';
import { DEFAULT_MAX_MESSAGE_SIZE } from '../wire/message-header.js';

/** What a server said about itself and its limits in the handshake. Sizes in bytes. */
export interface ConnectionDescription extends CommandLimits {
  /** The server understands `hello`. */
  readonly helloOk: boolean;
  readonly minWireVersion: number;
  /** It passes commands on to shards (`mongos`). */
  readonly isRouter: boolean;
  readonly logicalSessionTimeoutMinutes: number | null;
  /** The server's number of this connection, where it tells one. */
  readonly serverConnectionId: bigint | undefined;
  /** Which service behind a load balancer answers here. */
  readonly serviceId: ObjectId | undefined;
}

/** Holds until the server has answered the handshake. */
export const BEFORE_HELLO: ConnectionDescription = Object.freeze({
  helloOk: false,
  minWireVersion: 0,
  isRouter: false,
  maxWireVersion: 0,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: DEFAULT_MAX_MESSAGE_SIZE,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: null,
  serverConnectionId: undefined,
  serviceId: undefined,
});
