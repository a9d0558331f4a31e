import type { Document } from '../bson/document.js';
import { deadlineFailure, narrowDeadline, watchDeadline, type Deadline } from '../core/deadline.js';
import {
  ConnectionFailure,
  NetworkTimeout,
  type ConnectionFailureOptions,
  type ConnectionPhase,
} from '../core/errors/connection.js';
import { DEFAULT_PORT } from '../core/default-port.js';
import type { EventHub } from '../core/event-hub.js';
import type { ConnectError, ConnectTarget, Runtime, TlsOptions, Transport } from '../core/runtime.js';
import type { Credentials } from '../options/credentials.js';
import type { HostAddress } from '../options/host-address.js';
import type { ServerApiObject } from '../options/server-api.js';
import type { Command } from '../wire/command.js';
import { acceptReply } from './accept-reply.js';
import { Authentication } from './auth/authenticate.js';
import { ScramKeyCache } from './auth/scram-keys.js';
import type { CommandEvents } from './command-events.js';
import { Connection } from './connection.js';
import type { ConnectionDescription } from './connection-description.js';
import { describeConnection, helloRequest, wireVersionMismatch } from './handshake.js';
import { serverApiFields } from './server-api.js';

export interface OpenConnectionOptions {
  readonly runtime: Runtime;
  readonly address: HostAddress;
  /** Number of the connection within its pool. */
  readonly id: number;
  readonly generation: number;
  readonly deadline: Deadline;
  /** Bounds stream, TLS, hello and authentication together; 0 means no limit. */
  readonly connectTimeoutMS: number;
  /**
   * The client's `timeoutMS` for a connection that no operation waits for: it bounds hello and each command of the
   * authentication on its own, `connectTimeoutMS` only the stream (client-side operations timeout, "Background Connection
   * Pooling").
   */
  readonly commandTimeoutMS?: number | undefined;
  /** Bounds the silence while a reply is awaited on the open connection; 0 means no limit. */
  readonly socketTimeoutMS: number;
  /** TCP keep-alive; on by default. */
  readonly keepAlive?: boolean | undefined;
  /** From `createTlsContext`; absent for plain streams. */
  readonly tls?: TlsOptions | undefined;
  /** From `clientMetadata`. */
  readonly metadata: Document;
  /** Absent on monitoring connections, which never authenticate. */
  readonly credentials?: Credentials | undefined;
  /** One per client: connections share what was derived from the password. */
  readonly scramKeys?: ScramKeyCache | undefined;
  readonly serverApi?: ServerApiObject | undefined;
  readonly loadBalanced?: boolean | undefined;
  /** A monitoring connection: neither opening it nor what is pending on it keeps the process alive. */
  readonly background?: boolean | undefined;
  /** Where command monitoring events go; absent on monitoring connections. */
  readonly events?: EventHub<CommandEvents> | undefined;
  /** Called when the open connection closes by itself while nothing is pending: nobody else would notice. */
  readonly onClose?: (() => void) | undefined;
  /** Called with the answer to the handshake, before the user is authenticated. */
  readonly onHello?: ((description: ConnectionDescription) => void) | undefined;
}

/**
 * Opens a stream, shakes hands and authenticates. Rejects with a `ConnectionFailure` that names address and phase, with
 * the server's `OperationFailure` where it refused hello or the user, with the reason of the deadline, or with
 * `ConfigurationError`; nothing is left open then.
 */
export const openConnection = async (options: OpenConnectionOptions): Promise<Connection> => {
  const { runtime } = options;
  const address = options.address.toString();
  const authentication =
    options.credentials === undefined
      ? undefined
      : new Authentication({
          credentials: options.credentials,
          runtime,
          scramKeys: options.scramKeys ?? new ScramKeyCache(),
        });
  const progress: { phase: ConnectionPhase } = { phase: 'tcp' };
  const deadline = narrowDeadline(options.deadline, runtime, options.connectTimeoutMS, () => {
    const message = `No connection to ${address} within ${String(options.connectTimeoutMS)} ms (connectTimeoutMS)`;
    return new NetworkTimeout(message, { address, phase: progress.phase, bytesSent: 'none' });
  });
  const transport = await openTransport(options, address, deadline, (phase) => {
    progress.phase = phase;
  });
  const { commandTimeoutMS } = options;
  const commandDeadline = (): Deadline =>
    commandTimeoutMS === undefined
      ? deadline
      : narrowDeadline(options.deadline, runtime, commandTimeoutMS, () => {
          const message = `No reply from ${address} within ${String(commandTimeoutMS)} ms (timeoutMS)`;
          return new NetworkTimeout(message, { address, phase: progress.phase, bytesSent: 'some' });
        });
  const connection = new Connection({
    runtime,
    transport,
    address,
    id: options.id,
    generation: options.generation,
    socketTimeoutMS: options.socketTimeoutMS,
    background: options.background === true,
    events: options.events,
    onClose: options.onClose,
  });
  const enter = (phase: ConnectionPhase): void => {
    progress.phase = phase;
    connection.enterPhase(phase);
  };
  try {
    enter('hello');
    const hello = await shakeHands(connection, options, authentication, commandDeadline());
    if (authentication !== undefined && hello['arbiterOnly'] !== true) {
      enter('auth');
      await authentication.run(hello, (database, body) =>
        sendAuthCommand(connection, options, database, body, commandDeadline()),
      );
    }
    connection.enterPhase('in-use');
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
};

/** The stream alone, under the deadline. The timer or signal aborts the attempt, which closes what was opened. */
const openTransport = async (
  options: OpenConnectionOptions,
  address: string,
  deadline: Deadline,
  onPhase: (phase: ConnectionPhase) => void,
): Promise<Transport> => {
  const { runtime } = options;
  const over = deadlineFailure(deadline, runtime);
  if (over !== undefined) throw over.reason;
  const attempt = new AbortController();
  const hold = options.background !== true;
  const stop = watchDeadline(deadline, runtime, (reason) => attempt.abort(reason), hold);
  try {
    return await runtime.connect({
      ...targetOf(options.address),
      ...(options.tls !== undefined && { tls: options.tls }),
      keepAlive: options.keepAlive !== false,
      hold,
      signal: attempt.signal,
      onPhase,
    });
  } catch (error) {
    if (attempt.signal.aborted) throw attempt.signal.reason;
    throw connectFailure(error as ConnectError, address);
  } finally {
    stop();
  }
};

const targetOf = ({ host, port, socketPath }: HostAddress): ConnectTarget =>
  socketPath === undefined ? { host, port: port ?? DEFAULT_PORT } : { path: socketPath };

const connectFailure = (error: ConnectError, address: string): ConnectionFailure => {
  const phase = error.phase ?? 'tcp';
  const options: ConnectionFailureOptions = { address, phase, bytesSent: 'none', cause: error };
  return new ConnectionFailure(`Cannot connect to ${address} (${phase}): ${error.message}`, options);
};

const shakeHands = async (
  connection: Connection,
  options: OpenConnectionOptions,
  authentication: Authentication | undefined,
  deadline: Deadline,
): Promise<Document> => {
  const { legacy, body } = helloRequest({
    metadata: options.metadata,
    serverApi: options.serverApi,
    loadBalanced: options.loadBalanced,
    authentication: authentication?.helloFields(),
  });
  const { runtime } = options;
  const askedAt = runtime.now();
  const reply = legacy
    ? await connection.legacyHello(body, deadline)
    : await connection.unmonitoredCommand({ name: 'hello', database: 'admin', body }, deadline);
  const roundTripMS = runtime.now() - askedAt;
  const hello = acceptReply(reply, connection.address, 'hello');
  const description = describeConnection(hello, connection.address, {
    legacy,
    loadBalanced: options.loadBalanced === true,
  });
  connection.describe(description, hello, roundTripMS);
  options.onHello?.(description);
  // A monitor reports an unsuitable server to the topology, which then refuses every operation with this message.
  const { minWireVersion, maxWireVersion } = description;
  const mismatch =
    options.background === true
      ? undefined
      : wireVersionMismatch(minWireVersion, maxWireVersion, connection.address);
  if (mismatch !== undefined) {
    const facts: ConnectionFailureOptions = {
      address: connection.address,
      phase: 'hello',
      bytesSent: 'none',
    };
    throw new ConnectionFailure(mismatch, facts, 'protocol', 'ERR_PROTOCOL');
  }
  return hello;
};

const sendAuthCommand = async (
  connection: Connection,
  options: OpenConnectionOptions,
  database: string,
  body: Record<string, unknown>,
  deadline: Deadline,
): Promise<Document> => {
  const name = Object.keys(body)[0] as string;
  const command: Command = { name, database, body: { ...body, ...serverApiFields(options.serverApi) } };
  return acceptReply(await connection.command(command, { deadline }), connection.address, name);
};
