import { inspect } from 'node:util';
import type { CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import { EventHub } from '../core/event-hub.js';
import { isConnectionFailure } from '../core/errors/predicates.js';
import { surface } from '../core/errors/surface.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { nodeRuntime } from '../core/node-runtime.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import type { Runtime } from '../core/runtime.js';
import { untilAborted } from '../core/until-aborted.js';
import type { AsyncChangeStream } from '../cursors/async-change-stream.js';
import type { AsyncCommandCursor } from '../cursors/async-command-cursor.js';
import type { ChangeEvent } from '../cursors/change-event.js';
import { buildInfo } from '../operations/build-info.js';
import type { CommandFields } from '../operations/command-fields.js';
import { Requests } from '../execute/requests.js';
import { fieldOf } from '../operations/document-shape.js';
import { dropDatabase } from '../operations/drop-database.js';
import { listDatabases, type ListDatabasesOptions } from '../operations/list-databases.js';
import { ping } from '../operations/ping.js';
import { clientLog, endClientLog, logWarning } from '../logging/client-log.js';
import type { Log } from '../logging/log.js';
import type { AsyncMongoClientOptions } from '../options/async-mongo-client-options.js';
import type { ClientOptions } from '../options/client-options.js';
import { DriverInfo, type DriverInfoObject } from '../options/driver-info.js';
import { readArguments, type ConstructorArguments } from '../options/constructor-arguments.js';
import type { ReadConcern } from '../options/read-concern.js';
import { ReadPreference } from '../options/read-preference.js';
import { resolveClientOptions, type ResolvedOptions } from '../options/resolve-client-options.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { SelectionEvents } from '../topology/selection/selection-events.js';
import type { TopologyDescription } from '../topology/description/topology-description.js';
import { ClientEngine } from './client-engine.js';
import { ClientRequest } from './client-request.js';
import type { ClientContext, ClientEvents } from './client-context.js';
import { ClientLife } from './client-life.js';
import type { CloseOptions } from './close-options.js';
import { clientStats, type ClientStats } from './client-stats.js';
import { commandCursor, run, type HandleCore } from './collection-core.js';
import { AsyncDatabase } from './database-handle.js';
import { databaseName } from './database-name.js';
import { addEventListener, checkEventName } from './event-listeners.js';
import { giveNameAccess } from './name-access.js';
import { checkLimits, deadlineFor } from './call-deadline.js';
import type { CursorOptions, OperationOptions, WriteOptions } from './operation-options.js';
import type { ServerAddress } from './server-address.js';
import { serverConnections, type ServerConnections } from './server-connections.js';
import { AsyncClientSession } from './session.js';
import { sessionSettings, type SessionOptions } from './session-options.js';
import { clientSettings, handleSettings, type HandleOptions } from './settings.js';
import { sharedClient, stopSharing } from './shared-clients.js';
import { watch, type WatchOptions } from './watch.js';
import { runTransaction } from './scoped-transaction.js';
import { topologyChanges, type TopologyChange } from './topology-changes.js';
import { TopologyView } from './topology-view.js';
import type { WithTransactionOptions } from './with-transaction.js';

let disconnectWarned = false;

/** Servers refuse these in a transaction and abort it, so they join none by where they are called. */
const outsideTransaction = <T extends OperationOptions>(options: T): T => ({
  ...options,
  session: options.session ?? null,
});

/**
 * A client of one deployment: a standalone server, a replica set or routers. Make one per process and share it; any
 * number of operations may run at once.
 *
 * ```ts
 * await using client = new AsyncMongoClient('mongodb://localhost:27017/shop');
 * await client.db().collection('orders').insertOne({ item: 'card' });
 * ```
 *
 * The constructor returns at once: servers are looked for in the background, failures surface on operations, and on
 * `connect()`.
 */
export class AsyncMongoClient<TDocument extends object = Document> implements AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #given: ConstructorArguments;
  readonly #options: ClientOptions;
  readonly #withSrv: ResolvedOptions['withSrv'];
  readonly #runtime: Runtime;
  readonly #events = new EventHub<ClientEvents & SelectionEvents>();
  readonly #log: Log;
  readonly #connections: ServerConnections;
  readonly #requests: Requests;
  readonly #core: HandleCore;
  readonly #life: ClientLife;
  #operationId = 0;

  static {
    giveNameAccess<AsyncMongoClient>(this.prototype, (client, name) => client.db(name));
  }

  /**
   * `host` is a host name, an address, `host:port`, a socket path, a connection string, or a list of these with at
   * most one connection string; without one it is `localhost:27017`. `port` is for hosts that have none of their own.
   *
   * @throws TypeError for a value of another type, ConfigurationError for options that cannot work.
   */
  constructor(options?: AsyncMongoClientOptions);
  constructor(host?: string | readonly string[], options?: AsyncMongoClientOptions);
  constructor(host?: string | readonly string[], port?: number, options?: AsyncMongoClientOptions);
  constructor(...given: readonly unknown[]) {
    const { options, warnings, withSrv } = resolveClientOptions(given[0], given[1], given[2], process.env);
    this.#given = readArguments(given[0], given[1], given[2]);
    this.#options = options;
    this.#withSrv = withSrv;
    this.#runtime = options.runtime ?? nodeRuntime;
    this.#log = clientLog(options, this.#runtime, this.#events);
    for (const listener of options.eventListeners) addEventListener(this.#events, listener);
    this.#connections = serverConnections(options, this.#runtime, this.#events);
    this.#requests = new Requests(this.#runtime, options.autoStartRequest);
    this.#life = new ClientLife({
      runtime: this.#runtime,
      hosts: options.srvHost ?? options.hosts.join(','),
      reopenOnUse: options.reopenOnUse,
      makeEngine: () => this.#makeEngine(),
      onClosed: () => {
        this.#requests.forget();
        return endClientLog(this.#log);
      },
    });
    this.#core = { context: this.#context(), settings: clientSettings(options) };
    for (const warning of warnings) logWarning(this.#log, warning);
    if (options.connect) this.#life.startLater();
  }

  /** See `AsyncMongoClientConstructor`. */
  static shared(host?: string | readonly string[], options: AsyncMongoClientOptions = {}): AsyncMongoClient {
    return sharedClient(readArguments(host, options), () => new AsyncMongoClient(host, options));
  }

  /**
   * The effective configuration: frozen, defaults filled in, secrets not enumerable. For a `mongodb+srv://` connection
   * string, hosts and what a TXT record says are in it as soon as `connect()` or an operation has looked them up.
   */
  get options(): ClientOptions {
    return this.#life.engine.options;
  }

  get codecOptions(): CodecOptions {
    return this.#options.codecOptions;
  }

  get readPreference(): ReadPreference {
    return this.#options.readPreference;
  }

  get readConcern(): ReadConcern {
    return this.#options.readConcern;
  }

  get writeConcern(): WriteConcern {
    return this.#options.writeConcern;
  }

  /** Milliseconds for each whole operation; `undefined` without a limit. */
  get timeoutMS(): number | undefined {
    return this.#options.timeoutMS;
  }

  /** Connections per server at most; `null` without a limit. */
  get maxPoolSize(): number | null {
    return this.#options.maxPoolSize === 0 ? null : this.#options.maxPoolSize;
  }

  /** Milliseconds a server may be slower than the fastest suitable one and still be selected. */
  get localThresholdMS(): number {
    return this.#options.localThresholdMS;
  }

  /** What is known of the deployment at the moment; never changes, read it again. */
  get topologyDescription(): TopologyDescription {
    return this.#life.engine.topology.description;
  }

  /** Connections, waits and round trips of each server at this moment. No I/O; empty before servers are looked for. */
  stats(): ClientStats {
    return clientStats(this.#life.engine.topology);
  }

  /**
   * What becomes of the deployment from now on, until the client closes: `for await (const { previousDescription,
   * newDescription } of client.topologyChanges())`. Begins to look for servers, and does not keep the process alive.
   * Whoever reads slowly gets the changes beyond the 64 oldest as one. The loop throws `InvalidOperation` where the
   * client is closed already.
   */
  topologyChanges(): AsyncIterable<TopologyChange> {
    return topologyChanges({
      events: this.#events,
      whenClosed: (listener) => this.#life.whenClosed(listener),
      begin: () => this.#life.use(),
    });
  }

  /** Addresses of the servers that answer at the moment, as `host:port`. No I/O; empty before the first answer. */
  get nodes(): ReadonlySet<string> {
    return this.#view.nodes;
  }

  /** Bytes of the largest document the server takes; 16 MiB while none is known. */
  get maxBsonSize(): number {
    return this.#view.maxBsonSize;
  }

  /** Bytes of the largest message the server takes; 32 MiB while none is known. */
  get maxMessageSize(): number {
    return this.#view.maxMessageSize;
  }

  /**
   * Address of the current standalone, primary or router. Rejects with `InvalidOperation` where several routers share
   * the work (see `nodes`), with `ServerSelectionTimeoutError` where no server is found.
   */
  get address(): Promise<ServerAddress | null> {
    return this.#ask((view) => view.address());
  }

  /** Whether the current server takes writes. Waits as `address` does. */
  get isPrimary(): Promise<boolean> {
    return this.#ask((view) => view.isPrimary());
  }

  /** Whether the current server is a router. Waits as `address` does. */
  get isMongos(): Promise<boolean> {
    return this.#ask((view) => view.isMongos());
  }

  /** Address of the replica set's primary; `null` where there is none. Waits until each server was asked once. */
  get primary(): Promise<ServerAddress | null> {
    return this.#ask((view) => view.primary());
  }

  /** Addresses of the replica set's secondaries. Waits until each server was asked once. */
  get secondaries(): Promise<readonly ServerAddress[]> {
    return this.#ask((view) => view.members('RSSecondary'));
  }

  /** Addresses of the replica set's arbiters. Waits until each server was asked once. */
  get arbiters(): Promise<readonly ServerAddress[]> {
    return this.#ask((view) => view.members('RSArbiter'));
  }

  /**
   * Waits until a server is found and has accepted the user, and resolves to this client. Not needed before
   * operations, which do the same.
   *
   * @throws ServerSelectionTimeoutError with a line for each server; ConfigurationError where DNS does not tell the
   * hosts of a `mongodb+srv://` connection string, or tells what cannot be used. The next call asks again.
   */
  async connect(options: Pick<OperationOptions, 'signal' | 'timeoutMS'> = {}): Promise<this> {
    const engine = this.#life.use();
    const deadline = deadlineFor(this.#runtime, this.#core.settings, options);
    try {
      await engine.connect(deadline);
    } catch (error) {
      throw surface(error);
    }
    return this;
  }

  /**
   * Takes no new work, lets operations under way finish within `graceMS` milliseconds (default 5000) and interrupts the
   * others, which reject with `InvalidOperation`; then ends cursors, open transactions and sessions on the servers, closes all connections
   * and stops monitoring. Takes at most about a second longer than `graceMS`, whatever the servers do; `force` waits for
   * nothing. The client cannot be used afterwards (`clone()` makes an equal one), unless it was made with `reopenOnUse`.
   * Idempotent; a second call with `force` hastens the first.
   *
   * @throws TypeError, and ConfigurationError for a negative `graceMS`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkLimits({ signal: options.signal });
    const closed = this.#life.close(options);
    stopSharing(this);
    await untilAborted(closed, options.signal);
  }

  /** @deprecated Use `close()`. */
  disconnect(options: CloseOptions = {}): Promise<void> {
    if (!disconnectWarned) {
      disconnectWarned = true;
      process.emitWarning('disconnect() is deprecated: use close()', 'DeprecationWarning');
    }
    return this.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** An equal client with connections of its own, or one that differs in `overrides`. */
  clone(overrides: AsyncMongoClientOptions = {}): this {
    const { host, port, options } = this.#given;
    const hosts = 'host' in overrides ? {} : { host, port };
    const merged = { ...hosts, ...options, ...overrides } as AsyncMongoClientOptions;
    return new AsyncMongoClient<TDocument>(merged) as this;
  }

  /** A database, whatever its name; without a name the one in the connection string. `client.name` is short for it. */
  db(name?: string, options?: HandleOptions): AsyncDatabase<TDocument> {
    return this.getDatabase(name, options);
  }

  /**
   * A database by name; without a name, the one in the connection string. What `options` leave out is inherited.
   *
   * @throws InvalidName, and ConfigurationError where no name is given anywhere.
   */
  getDatabase(name?: string, options?: HandleOptions): AsyncDatabase<TDocument> {
    const database = name === undefined ? this.#options.database : name;
    if (database === undefined) {
      throw new ConfigurationError('No database: neither the call nor the connection string names one');
    }
    const { context, settings } = this.#core;
    const own = options === undefined ? settings : handleSettings(settings, options);
    return new AsyncDatabase<TDocument>(context, own, database);
  }

  /**
   * The database in the connection string, else the one named here.
   *
   * @throws ConfigurationError where there is neither.
   */
  getDefaultDatabase(fallback?: string, options?: HandleOptions): AsyncDatabase<TDocument> {
    return this.getDatabase(this.#options.database ?? fallback, options);
  }

  /**
   * Names a library built on this client, beside those of the option `driverInfo`: servers log it for connections made
   * from now on. One that is named already, with the same version and platform, changes nothing.
   *
   * @throws TypeError for values of another type, ConfigurationError for a part that contains "|".
   */
  appendMetadata(driverInfo: DriverInfo | DriverInfoObject): void {
    this.#connections.appendMetadata(DriverInfo.from(driverInfo));
  }

  /** A session. Sends nothing. */
  startSession(options: SessionOptions = {}): AsyncClientSession<this> {
    const { context, settings } = this.#core;
    const session = sessionSettings(options);
    const state = this.#life.use().executor.startSession(session);
    return new AsyncClientSession({ client: this, context, settings }, state, session);
  }

  /**
   * Runs `callback` in a transaction, as `session.withTransaction` does, on a session of its own that every operation of
   * this client joins that is called inside, in whatever function. An operation with `session: null` stays outside.
   * So must those of a timer, a loader or another flow that begins inside and lives longer: it keeps the place where it
   * was begun, and its operations are refused as soon as the transaction has gone on without them.
   *
   * @throws InvalidOperation inside another one: transactions do not nest. And what `session.withTransaction` throws.
   */
  withTransaction<T>(
    callback: (session: AsyncClientSession<this>) => T | Promise<T>,
    options: WithTransactionOptions = {},
  ): Promise<T> {
    return runTransaction(this.#core.context, () => this.startSession(), callback, options);
  }

  /**
   * Watches the changes of all databases but `admin`, `config` and `local`. Resolves once the server has its cursor: no change from then on is missed.
   * Stages of `pipeline` select and shape events; they must leave `_id` as it is. Servers 4.0 and later.
   *
   * @throws OperationFailure for a standalone server, which has no log, and for stages the server forbids.
   */
  async watch<TEvent = ChangeEvent<Document>>(
    pipeline: readonly Document[] = [],
    options: WatchOptions = {},
  ): Promise<AsyncChangeStream<TEvent>> {
    return await watch(this.#core, { database: 'admin', wholeCluster: true }, pipeline, options);
  }

  /**
   * Runs `body` in a request: its operations go over one connection per server, one at a time and in the order of the
   * calls, so that a server sees them in that order even where it does not acknowledge them (`w: 0`). What `body` calls
   * and awaits belongs to it; flows beside it have connections of their own. Requests nest.
   *
   * Rarely needed: what follows an awaited, acknowledged write sees it anyway. Nothing is retried in a request, as that
   * would break the order; where its connection is lost, one operation fails with `AutoReconnect` and the next gets a new
   * one. The connection counts against `maxPoolSize` until the request ends.
   */
  async withRequest<T>(body: () => Promise<T>): Promise<T> {
    return await this.#requests.run(body);
  }

  /**
   * Puts the rest of the present flow into a request; `using`, `end()` or `client.endRequest()` ends it. A function that
   * starts one before its first `await` puts its caller into it, too: prefer `withRequest`.
   */
  startRequest(): ClientRequest {
    return new ClientRequest(this.#requests.start());
  }

  /** Whether the present flow is in a request of this client. */
  inRequest(): boolean {
    return this.#requests.active;
  }

  /** Ends the innermost request of the present flow. Without effect where there is none. */
  endRequest(): void {
    this.#requests.endInnermost();
  }

  /** A cursor over the descriptions of all databases. */
  async listDatabases(
    options: OperationOptions & CursorOptions & ListDatabasesOptions = {},
  ): Promise<AsyncCommandCursor<Document>> {
    return await this.#listDatabases(options).open();
  }

  /** The names of all databases. */
  async listDatabaseNames(
    options: OperationOptions & Omit<ListDatabasesOptions, 'nameOnly'> = {},
  ): Promise<string[]> {
    const databases = await this.#listDatabases({ ...options, nameOnly: true }).toArray();
    return databases.map((database) => String(fieldOf(database, 'name')));
  }

  /** Drops a database, given by name or handle. One that does not exist is no error. */
  async dropDatabase(
    nameOrDatabase: string | { readonly name: string },
    options: WriteOptions & CommandFields = {},
  ): Promise<void> {
    await run(this.#core, dropDatabase(databaseName(nameOrDatabase), options), options);
  }

  /** What the server, the primary of a replica set, says about itself: `version` and more. */
  async serverInfo(options: OperationOptions = {}): Promise<Document> {
    return await run(this.#core, buildInfo, {
      ...outsideTransaction(options),
      readPreference: ReadPreference.PRIMARY,
    });
  }

  /**
   * Whether a server answers: false where the ping fails with a {@link ConnectionFailure}, after
   * `serverSelectionTimeoutMS` at the latest. It says nothing of the next operation, for which a server may be found in
   * time or lost. Other failures, such as of authentication or of the caller's own `timeoutMS` and `signal`, are thrown.
   */
  async ping(options: OperationOptions = {}): Promise<boolean> {
    try {
      await run(this.#core, ping, outsideTransaction(options));
      return true;
    } catch (error) {
      if (isConnectionFailure(error)) return false;
      throw error;
    }
  }

  /** Calls `listener` with each event of that name. An error it throws becomes a warning of the process. */
  on<K extends keyof ClientEvents & string>(event: K, listener: (event: ClientEvents[K]) => void): this {
    checkEventName(event);
    this.#events.on(event, listener);
    return this;
  }

  /** As `on`, for the next event alone. */
  once<K extends keyof ClientEvents & string>(event: K, listener: (event: ClientEvents[K]) => void): this {
    checkEventName(event);
    this.#events.once(event, listener);
    return this;
  }

  /** Takes a listener back. */
  off<K extends keyof ClientEvents & string>(event: K, listener: (event: ClientEvents[K]) => void): this {
    this.#events.off(event, listener);
    return this;
  }

  toString(): string {
    const { hosts, srvHost, codecOptions, connect } = this.#options;
    const names = (srvHost === undefined ? hosts : [srvHost]).map((host) => `'${String(host)}'`).join(', ');
    const { documentClass, tzAware } = codecOptions;
    return `AsyncMongoClient(host=[${names}], documentClass=${documentClass.name}, tzAware=${String(tzAware)}, connect=${String(connect)})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  get #view(): TopologyView {
    return new TopologyView(this.#life.engine.topology);
  }

  /** A promise that nobody has to await: reading a property must not bring the process down. */
  #ask<T>(question: (view: TopologyView) => Promise<T>): Promise<T> {
    const answer = this.#answer(question);
    answer.catch(() => undefined);
    return answer;
  }

  async #answer<T>(question: (view: TopologyView) => Promise<T>): Promise<T> {
    try {
      return await question(new TopologyView(this.#life.use().topology));
    } catch (error) {
      throw surface(error);
    }
  }

  #listDatabases(
    options: OperationOptions & CursorOptions & ListDatabasesOptions,
  ): AsyncCommandCursor<Document> {
    return commandCursor(
      this.#core,
      listDatabases(options),
      outsideTransaction(options),
      {},
      { readPreference: ReadPreference.PRIMARY },
    );
  }

  #context(): ClientContext {
    return {
      runtime: this.#runtime,
      events: this.#events,
      addIdToDocuments: this.#options.addIdToDocuments,
      use: () => this.#life.use(),
      last: () => this.#life.engine,
      nextOperationId: () => ++this.#operationId,
      describe: () => this.toString(),
    };
  }

  #makeEngine(): ClientEngine {
    return new ClientEngine({
      options: this.#options,
      withSrv: this.#withSrv,
      warn: (message) => logWarning(this.#log, message),
      log: this.#log,
      runtime: this.#runtime,
      events: this.#events,
      connections: this.#connections,
      requests: this.#requests,
    });
  }
}
