import { DEFAULT_CODEC_OPTIONS, type CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import type { Timestamp } from '../bson/values.js';
import type { CommandOptions, Connection } from '../connection/connection.js';
import type { Deadline } from '../core/deadline.js';
import { isNetworkError, isStateChangeError } from '../core/errors/predicates.js';
import type { WriteConcernError } from '../core/errors/server.js';
import { ConfigurationError, InvalidOperation } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import type { Operation, ParseTarget } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import { ReadPreference } from '../options/read-preference.js';
import type { ServerApiObject } from '../options/server-api.js';
import type { WriteConcern } from '../options/write-concern.js';
import { advanceClusterTime, laterClusterTime, type ClusterTime } from '../sessions/cluster-time.js';
import type { Lease } from '../pool/lease.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { ServerSessionPool } from '../sessions/server-session-pool.js';
import { SessionState } from '../sessions/session-state.js';
import type { Server } from '../topology/server.js';
import { WRITABLE_SELECTOR, type ServerSelector } from '../topology/server-selector.js';
import type { Topology } from '../topology/topology.js';
import type { Command } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import { dressCommand } from './dress.js';
import { readPreferenceToSend } from './read-preference-rule.js';
import { errorToThrow, labelRetryableWrite, shouldRetry } from './retry.js';
import { commandError, stateChangeIn, type FailureContext } from '../operations/server-error.js';
import { writeConcernErrorOf } from '../operations/write-error.js';

export interface ExecutorOptions {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly sessions: ServerSessionPool;
  readonly retryReads: boolean;
  readonly retryWrites: boolean;
  readonly serverApi: ServerApiObject | undefined;
}

/** What a caller decides about one execution. */
export interface ExecuteOptions {
  readonly deadline: Deadline;
  readonly session?: SessionState | undefined;
  readonly readPreference?: ReadPreference | undefined;
  readonly readConcern?: ReadConcern | undefined;
  readonly writeConcern?: WriteConcern | undefined;
  /** For the values of the command and of the reply. */
  readonly codecOptions?: CodecOptions | undefined;
  /** Address of the only server that can take it: the one that holds the cursor. */
  readonly pin?: string | undefined;
  /** Links the commands of one call in the command monitoring events. */
  readonly operationId?: number | undefined;
}

/** What lasts over the attempts of one execution. */
interface Run {
  readonly unacknowledged: boolean;
  readonly session: SessionState | undefined;
  /** Borrowed for this execution alone, where the caller gave no session. */
  borrowed: ServerSession | undefined;
  retry: Operation<unknown>['retry'];
  /** Number of the retryable write: the same on each attempt (RETRY-4). */
  txnNumber: bigint | undefined;
  maxWireVersion: number | undefined;
  isRetry: boolean;
  /** How many documents the first attempt carried; a retry carries the same. */
  documentsSent: number;
  target: ParseTarget | undefined;
}

const isPending = <T extends object>(value: T | Promise<T>): value is Promise<T> => 'then' in value;

/** A retry carries exactly the documents of its first attempt, so that the server recognises the statements. */
const withSequenceEnd = (command: Command, documents: number): Command =>
  command.sequence === undefined
    ? command
    : { ...command, sequence: { ...command.sequence, end: command.sequence.start + documents } };

/**
 * The one loop through which every command goes: select a server, check a connection out, dress the command, send it,
 * read the reply, decide on a retry, tell the topology of a failure.
 */
export class Executor {
  readonly #runtime: Runtime;
  readonly #topology: Topology;
  readonly #sessions: ServerSessionPool;
  readonly #retryReads: boolean;
  readonly #retryWrites: boolean;
  readonly #serverApi: ServerApiObject | undefined;
  #clusterTime: ClusterTime | undefined;

  constructor(options: ExecutorOptions) {
    this.#runtime = options.runtime;
    this.#topology = options.topology;
    this.#sessions = options.sessions;
    this.#retryReads = options.retryReads;
    this.#retryWrites = options.retryWrites;
    this.#serverApi = options.serverApi;
  }

  /** The highest cluster time any reply carried. */
  get clusterTime(): ClusterTime | undefined {
    return this.#clusterTime;
  }

  /** A session of the user. No I/O. */
  startSession(options: { readonly causalConsistency: boolean; readonly snapshot: boolean }): SessionState {
    return new SessionState({ owner: this, pool: this.#sessions, explicit: true, ...options });
  }

  /** A session that lasts as long as a cursor. */
  cursorSession(): SessionState {
    return new SessionState({
      owner: this,
      pool: this.#sessions,
      explicit: false,
      causalConsistency: false,
      snapshot: false,
    });
  }

  async execute<T>(operation: Operation<T>, options: ExecuteOptions): Promise<T> {
    const unacknowledged =
      operation.takesWriteConcern === true && options.writeConcern?.isAcknowledged === false;
    this.#checkSession(options.session, unacknowledged);
    const run: Run = {
      unacknowledged,
      session: options.session,
      borrowed: undefined,
      retry: this.#retryModeOf(operation, options, unacknowledged),
      txnNumber: undefined,
      maxWireVersion: undefined,
      isRetry: false,
      documentsSent: 0,
      target: undefined,
    };
    try {
      const reply = await this.#attempts(operation, options, run);
      return operation.parse(reply, run.target as ParseTarget);
    } finally {
      if (run.borrowed !== undefined) this.#sessions.release(run.borrowed);
    }
  }

  async #attempts(
    operation: Operation<unknown>,
    options: ExecuteOptions,
    run: Run,
  ): Promise<Reply | undefined> {
    const selected = this.#topology.select(this.#selectorOf(operation, options), options.deadline);
    const server = isPending(selected) ? await selected : selected;
    try {
      return await this.#attempt(operation, options, run, server);
    } catch (first) {
      const error = first;
      if (run.retry === 'write') {
        labelRetryableWrite({ error, retry: run.retry, maxWireVersion: run.maxWireVersion });
      }
      if (!shouldRetry({ error, retry: run.retry, maxWireVersion: run.maxWireVersion })) throw error;
      return await this.#secondAttempt(operation, options, run, server, error);
    }
  }

  async #secondAttempt(
    operation: Operation<unknown>,
    options: ExecuteOptions,
    run: Run,
    failed: Server,
    first: unknown,
  ): Promise<Reply | undefined> {
    run.isRetry = true;
    let server: Server;
    try {
      server = await this.#topology.select(this.#selectorOf(operation, options), options.deadline, [failed]);
    } catch {
      // The caller wants to know what went wrong with the operation, not that nobody could be asked again.
      throw first;
    }
    if (run.retry === 'write' && !this.#takesRetryableWrites(server)) throw first;
    try {
      return await this.#attempt(operation, options, run, server);
    } catch (second) {
      if (run.retry === 'write') {
        labelRetryableWrite({ error: second, retry: run.retry, maxWireVersion: run.maxWireVersion });
      }
      throw errorToThrow(first, second);
    }
  }

  async #attempt(
    operation: Operation<unknown>,
    options: ExecuteOptions,
    run: Run,
    server: Server,
  ): Promise<Reply | undefined> {
    if (run.retry === 'write' && !this.#takesRetryableWrites(server)) run.retry = 'none';
    const { pool } = server;
    server.operationCount++;
    try {
      const checkedOut = pool.checkOut(options.deadline);
      const lease = isPending(checkedOut) ? await checkedOut : checkedOut;
      try {
        return await this.#exchange(operation, options, run, server, lease);
      } finally {
        pool.checkIn(lease);
      }
    } finally {
      server.operationCount--;
    }
  }

  /** One request and its reply on a connection that is ours for the time being. */
  async #exchange(
    operation: Operation<unknown>,
    options: ExecuteOptions,
    run: Run,
    server: Server,
    lease: Lease,
  ): Promise<Reply | undefined> {
    const { connection } = lease;
    const { description } = connection;
    run.maxWireVersion = description.maxWireVersion;
    const codecOptions = options.codecOptions ?? DEFAULT_CODEC_OPTIONS;
    const target = {
      limits: description,
      unacknowledged: run.unacknowledged,
      codecOptions,
      address: connection.address,
      documentsSent: run.documentsSent,
    };
    run.target = target;
    operation.check?.(target);
    const built = operation.build(target);
    // An attempt that got no connection has sent nothing that the next would have to repeat.
    const command = run.documentsSent > 0 ? withSequenceEnd(built, run.documentsSent) : built;
    const serverSession = this.#serverSessionFor(run, connection, server);
    if (run.retry === 'write' && run.txnNumber === undefined && serverSession !== undefined) {
      run.txnNumber = ++serverSession.txnNumber;
    }
    dressCommand(command, operation, {
      serverSession,
      session: run.session,
      txnNumber: run.txnNumber,
      clusterTime: laterClusterTime(this.#clusterTime, run.session?.clusterTime),
      readConcern: options.readConcern,
      writeConcern: options.writeConcern,
      readPreference:
        operation.access === 'read'
          ? readPreferenceToSend(
              readPreferenceFor(operation, options, connection.description.maxWireVersion),
              this.#topology.description.topologyType,
              server.description.serverType,
            )
          : undefined,
      serverApi: this.#serverApi,
    });
    const commandOptions: CommandOptions = {
      deadline: options.deadline,
      codecOptions,
      noReply: run.unacknowledged,
      operationId: options.operationId,
      onEncoded:
        command.sequence === undefined
          ? undefined
          : (documents) => {
              run.documentsSent = documents;
              target.documentsSent = documents;
            },
    };
    let reply: Reply | undefined;
    try {
      reply = await connection.command(command, commandOptions);
    } catch (error) {
      if (serverSession !== undefined && connection.closed) serverSession.dirty = true;
      if (isNetworkError(error)) this.#report(lease, error);
      throw error;
    }
    if (serverSession !== undefined) serverSession.lastUse = this.#runtime.now();
    if (reply !== undefined) this.#readReply(operation, reply, run, lease);
    return reply;
  }

  /** What every reply tells besides its result: times, errors, a change of the server's state. */
  #readReply(operation: Operation<unknown>, reply: Reply, run: Run, lease: Lease): void {
    const { session } = run;
    this.#clusterTime = advanceClusterTime(this.#clusterTime, reply.getDocumentBytes('$clusterTime'));
    if (session !== undefined) {
      session.advanceClusterTime(this.#clusterTime);
      session.advanceOperationTime(reply.get('operationTime') as Timestamp | undefined);
      if (session.snapshot) session.snapshotTime ??= this.#snapshotTimeIn(reply);
    }
    if (reply.ok && !reply.has('writeConcernError')) return;
    const context: FailureContext = {
      command: operation.name,
      namespace:
        operation.collection === undefined
          ? operation.database
          : `${operation.database}.${operation.collection}`,
      address: lease.connection.address,
    };
    if (!reply.ok) {
      const error = commandError(reply.decode(), context);
      if (isStateChangeError(error)) this.#report(lease, error);
      throw error;
    }
    const error = writeConcernErrorOf(reply, context) as WriteConcernError;
    const stateChange = stateChangeIn(error.details as Document, reply.get('topologyVersion'), context);
    if (stateChange !== undefined) this.#report(lease, stateChange);
    if (operation.readsWriteConcernError !== true) throw error;
    if (run.isRetry || run.retry !== 'write') return;
    const attempt = { error, retry: run.retry, maxWireVersion: run.maxWireVersion };
    labelRetryableWrite(attempt);
    if (shouldRetry(attempt)) throw error;
  }

  /** Sessions specification, snapshot reads: `atClusterTime` stands in the cursor or at the top of the reply. */
  #snapshotTimeIn(reply: Reply): Timestamp | undefined {
    const cursor = reply.get('cursor') as Document | undefined;
    return (cursor?.['atClusterTime'] ?? reply.get('atClusterTime')) as Timestamp | undefined;
  }

  #report({ connection, generation, serviceId }: Lease, error: unknown): void {
    this.#topology.report({
      address: connection.address,
      generation,
      serviceId,
      phase: 'in-use',
      error,
      maxWireVersion: connection.description.maxWireVersion,
    });
  }

  #selectorOf(operation: Operation<unknown>, options: ExecuteOptions): ServerSelector {
    if (options.pin !== undefined) return { kind: 'address', address: options.pin };
    if (operation.access === 'write') return WRITABLE_SELECTOR;
    const readPreference = options.readPreference ?? ReadPreference.PRIMARY;
    const since = operation.readPreferenceFromWireVersion;
    return since === undefined
      ? { kind: 'read', readPreference }
      : { kind: 'write-read', readPreference, minWireVersion: since };
  }

  #retryModeOf(
    operation: Operation<unknown>,
    options: ExecuteOptions,
    unacknowledged: boolean,
  ): Operation<unknown>['retry'] {
    if (options.pin !== undefined || unacknowledged) return 'none';
    const { retry } = operation;
    if (retry === 'read') return this.#retryReads ? 'read' : 'none';
    return retry === 'write' && this.#retryWrites ? 'write' : 'none';
  }

  /** Retryable writes specification, "Determining Support": sessions, and not a standalone. */
  #takesRetryableWrites({ description }: Server): boolean {
    const { serverType } = description;
    if (serverType === 'LoadBalancer') return true;
    return serverType !== 'Standalone' && description.logicalSessionTimeoutMinutes !== null;
  }

  #checkSession(session: SessionState | undefined, unacknowledged: boolean): void {
    if (session === undefined) return;
    if (session.owner !== this) throw new InvalidOperation('The session was started by another client');
    if (session.hasEnded) throw new InvalidOperation('The session has ended and cannot be used');
    if (unacknowledged && session.explicit) {
      throw new ConfigurationError('An unacknowledged write (w: 0) cannot be part of a session');
    }
  }

  /** The server session of this exchange: the given session's, or one borrowed for the execution (SESS-7). */
  #serverSessionFor(run: Run, connection: Connection, server: Server): ServerSession | undefined {
    const supported =
      connection.description.logicalSessionTimeoutMinutes !== null ||
      server.description.serverType === 'LoadBalancer';
    if (run.session !== undefined) {
      if (supported) return run.session.serverSession;
      if (!run.session.explicit) return undefined;
      throw new ConfigurationError(`The server ${connection.address} does not support sessions`);
    }
    if (!supported || run.unacknowledged) return undefined;
    return (run.borrowed ??= this.#sessions.acquire());
  }
}

/** A read that writes goes to the primary of older deployments, whatever was asked for (CRUD specification, "$out"). */
const readPreferenceFor = (
  operation: Operation<unknown>,
  { readPreference = ReadPreference.PRIMARY }: ExecuteOptions,
  maxWireVersion: number,
): ReadPreference =>
  maxWireVersion < (operation.readPreferenceFromWireVersion ?? 0) ? ReadPreference.PRIMARY : readPreference;
