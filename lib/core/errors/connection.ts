import { AsyncMongoError, type AsyncMongoErrorOptions, type ErrorKind } from './base.js';

/** Where an attempt to reach a server failed, in the order in which an attempt passes them. */
export type ConnectionPhase = 'dns' | 'tcp' | 'tls' | 'hello' | 'auth' | 'in-use';

/** Whether any byte of the failed request can have left this process. */
export type BytesSent = 'none' | 'some' | 'unknown';

export interface ConnectionFailureOptions extends AsyncMongoErrorOptions {
  /** `host:port` or a socket path. */
  readonly address?: string | undefined;
  readonly phase?: ConnectionPhase | undefined;
  readonly bytesSent?: BytesSent | undefined;
}

/**
 * A server could not be reached, or an established connection failed: one `catch` covers refused, broken, timed-out
 * and not-primary cases.
 */
export class ConnectionFailure extends AsyncMongoError {
  static {
    this.prototype.name = 'ConnectionFailure';
  }

  readonly address: string | undefined;
  readonly phase: ConnectionPhase | undefined;
  readonly bytesSent: BytesSent;

  constructor(
    message: string,
    options?: ConnectionFailureOptions,
    kind: ErrorKind = 'network',
    code: string | number | undefined = 'ERR_CONNECTION_FAILURE',
  ) {
    super(message, kind, code, options);
    this.address = options?.address;
    this.phase = options?.phase;
    this.bytesSent = options?.bytesSent ?? 'unknown';
  }
}

/** An established connection was lost. The operation failed; the client reconnects by itself. */
export class AutoReconnect extends ConnectionFailure {
  static {
    this.prototype.name = 'AutoReconnect';
  }

  constructor(
    message: string,
    options?: ConnectionFailureOptions,
    kind: ErrorKind = 'network',
    code: string | number | undefined = 'ERR_AUTO_RECONNECT',
  ) {
    super(message, options, kind, code);
  }
}

/** No reply within `socketTimeoutMS`, or no connection within `connectTimeoutMS`. */
export class NetworkTimeout extends AutoReconnect {
  static {
    this.prototype.name = 'NetworkTimeout';
  }

  constructor(message: string, options?: ConnectionFailureOptions) {
    super(message, options, 'network-timeout', 'ERR_NETWORK_TIMEOUT');
  }
}

/** The peer sent bytes that are no reply to what was asked: the socket is destroyed. */
export class ProtocolError extends AutoReconnect {
  static {
    this.prototype.name = 'ProtocolError';
  }

  constructor(message: string, options?: ConnectionFailureOptions) {
    super(message, options, 'protocol', 'ERR_PROTOCOL');
  }
}

export interface ServerSelectionTimeoutOptions extends AsyncMongoErrorOptions {
  readonly topologyDescription: unknown;
}

/** No suitable server within `serverSelectionTimeoutMS`. The message has one line per known host, of 50 at most. */
export class ServerSelectionTimeoutError extends AutoReconnect {
  static {
    this.prototype.name = 'ServerSelectionTimeoutError';
  }

  /** The view of the deployment when the time ran out. */
  declare readonly topologyDescription: unknown;

  constructor(message: string, options: ServerSelectionTimeoutOptions) {
    super(message, options, 'server-selection', 'ERR_SERVER_SELECTION_TIMEOUT');
    Object.defineProperty(this, 'topologyDescription', {
      value: options.topologyDescription,
      enumerable: false,
    });
  }
}

/** No connection became free within `waitQueueTimeoutMS`. */
export class WaitQueueTimeoutError extends ConnectionFailure {
  static {
    this.prototype.name = 'WaitQueueTimeoutError';
  }

  constructor(message: string, options?: ConnectionFailureOptions) {
    super(message, options, 'wait-queue-timeout', 'ERR_WAIT_QUEUE_TIMEOUT');
  }
}

/** The pool was cleared after a failure of its server: connections of that generation are not handed out. */
export class PoolClearedError extends AutoReconnect {
  static {
    this.prototype.name = 'PoolClearedError';
  }

  constructor(message: string, options?: ConnectionFailureOptions) {
    super(message, options, 'pool-cleared', 'ERR_POOL_CLEARED');
  }
}

/** More waiters than `waitQueueMultiple` times `maxPoolSize`: refused at once. */
export class ExceededMaxWaiters extends AsyncMongoError {
  static {
    this.prototype.name = 'ExceededMaxWaiters';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions) {
    super(message, 'wait-queue-full', 'ERR_EXCEEDED_MAX_WAITERS', options);
  }
}

/** The deadline of a whole operation (`timeoutMS`) passed. */
export class OperationTimeout extends AsyncMongoError {
  static {
    this.prototype.name = 'OperationTimeout';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions) {
    super(message, 'operation-timeout', 'ERR_OPERATION_TIMEOUT', options);
  }
}
