import { ObjectId } from '../bson/values.js';
import type { Connection } from '../connection/connection.js';
import { deadlineFailure, narrowDeadline, type Deadline } from '../core/deadline.js';
import type { EventHub } from '../core/event-hub.js';
import { isNetworkTimeout } from '../core/errors/predicates.js';
import { ConfigurationError, InvalidOperation } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import type { PoolEvents } from '../pool/pool-events.js';
import { Pool } from '../pool/pool.js';
import type { ConnectFailure, ConnectRequest, PoolSettings } from '../pool/pool-options.js';
import { reactionTo } from './failure-rules.js';
import { emptyDescription, initialDescription } from './initial-description.js';
import { Monitor } from './monitor.js';
import type { MonitorConnection } from './monitor-connection.js';
import { chooseByLoad, selectSuitable, withinLatencyWindow } from './select-servers.js';
import { selectionError } from './selection-error.js';
import { SelectionQueue } from './selection-queue.js';
import { TopologyServer, type Server, type ServerFailure } from './server.js';
import { sameServerDescription, ServerDescription, unknownServer } from './server-description.js';
import type { CustomServerSelector, ServerSelector } from './server-selector.js';
import type { FoundSeeds, SeedSource } from './srv-seeds.js';
import { sameTopologyDescription, type TopologyDescription } from './topology-description.js';
import type { TopologyEvents } from './topology-events.js';
import { closedTopology, updateSrvHosts, updateTopologyDescription } from './update.js';

export interface TopologySettings {
  /** `host:port` (lower case) or socket paths. Empty while an SRV record is still to be resolved. */
  readonly seeds: readonly string[];
  readonly directConnection: boolean;
  readonly loadBalanced: boolean;
  readonly replicaSet: string | null;
  readonly heartbeatFrequencyMS: number;
  readonly localThresholdMS: number;
  /** Bounds each check; 0 means no limit. */
  readonly connectTimeoutMS: number;
  /** Servers that can tell by themselves when they change do so; otherwise all are polled. */
  readonly streaming?: boolean | undefined;
  /** Bounds each selection; 0 means no limit. */
  readonly serverSelectionTimeoutMS: number;
  readonly serverSelector?: CustomServerSelector | undefined;
  readonly pool: PoolSettings;
  /** For the hints of a selection error: where users are looked up, and whether connections use TLS. */
  readonly authSource?: string | undefined;
  readonly tls?: boolean | undefined;
}

export interface TopologyOptions extends TopologySettings {
  readonly runtime: Runtime;
  readonly events: EventHub<TopologyEvents & PoolEvents>;
  /** Where the seeds come from, and what else is only known with them, if they are not given. */
  readonly seedSource?: SeedSource | undefined;
  /** Opens an authenticated connection for the pool of a server. */
  readonly connect: (address: string, request: ConnectRequest) => Promise<Connection>;
  readonly openMonitorConnection: (address: string, deadline: Deadline) => Promise<MonitorConnection>;
}

/**
 * ```
 *   new --start()--> running --close()--> closed
 *    +------------------close()--------------^
 * ```
 */
type TopologyState = 'new' | 'running' | 'closed';

const NEXT_STATES: Readonly<Record<TopologyState, readonly TopologyState[]>> = {
  new: ['running', 'closed'],
  running: ['closed'],
  closed: [],
};

const NO_SERVERS: readonly Server[] = [];

interface SeedSearch {
  failure: { readonly reason: unknown } | undefined;
}

/**
 * The deployment: what is known of it, and who is told when that changes. Monitors, pools and operations report what
 * they see; one place, `#apply`, turns it into the next description.
 */
export class Topology {
  #options: TopologyOptions;
  readonly #runtime: Runtime;
  readonly #servers = new Map<string, TopologyServer>();
  readonly #waiting: SelectionQueue;
  #state: TopologyState = 'new';
  #description: TopologyDescription;
  #seedCount: number;
  /** The attempt to find seeds that is under way. */
  #search: SeedSearch | undefined;
  #stopFollowing: (() => void) | undefined;

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.#runtime = options.runtime;
    this.#waiting = new SelectionQueue(options.runtime);
    this.#description = initialDescription({ ...options, id: new ObjectId(options.runtime.randomBytes(12)) });
    this.#seedCount = options.seeds.length;
  }

  /** The current view. Reading it does no I/O. */
  get description(): TopologyDescription {
    return this.#description;
  }

  /** A server of the current view. */
  server(address: string): Server | undefined {
    return this.#servers.get(address);
  }

  /** All servers of the current view. */
  get servers(): readonly Server[] {
    return [...this.#servers.values()];
  }

  /**
   * Begins to look for servers, after their seeds where these are to be found first; a failure to find them is for
   * whoever needs a server. Without effect where it was called already; `select` calls it too.
   */
  start(): void {
    if (this.#state !== 'new' || this.#findSeeds() !== undefined) return;
    this.#open();
  }

  /** Begins as `start` does; resolves once the seeds are known, rejects with `ConfigurationError` where they cannot be. */
  async started(deadline: Deadline): Promise<void> {
    if (this.#state === 'closed') throw clientClosed();
    const { seedSource, serverSelectionTimeoutMS } = this.#options;
    const search = this.#findSeeds();
    if (search === undefined || seedSource === undefined) {
      this.start();
      return;
    }
    const timeoutError = (): Error => seedSource.timeoutError(serverSelectionTimeoutMS);
    const limited = narrowDeadline(deadline, this.#runtime, serverSelectionTimeoutMS, timeoutError);
    const over = deadlineFailure(limited, this.#runtime);
    if (over !== undefined) throw over.reason;
    await this.#waiting.wait(() => {
      if (search.failure !== undefined) throw search.failure.reason;
      return this.#state === 'new' ? undefined : true;
    }, limited);
  }

  #open(): void {
    this.#transition('running');
    const { events, heartbeatFrequencyMS } = this.#options;
    const { id: topologyId } = this.#description;
    events.publish('topologyOpening', { topologyId });
    events.publish('topologyDescriptionChanged', {
      topologyId,
      previousDescription: emptyDescription(topologyId, heartbeatFrequencyMS),
      newDescription: this.#description,
    });
    this.#followMembers();
  }

  /**
   * A server the selector allows: at once where the description has one, else as soon as one is found. Throws or rejects
   * with `ServerSelectionTimeoutError` after `serverSelectionTimeoutMS` or at the deadline, with the reason of an
   * aborted signal, with `ConfigurationError` where no server can ever be used as things are, and with
   * `InvalidOperation` once the topology is closed. `deprioritized` servers are taken only where no other will do.
   */
  select(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized: readonly Server[] = NO_SERVERS,
  ): Server | Promise<Server> {
    if (this.#state === 'new') {
      if (this.#findSeeds() !== undefined) {
        return this.started(deadline).then(() => this.select(selector, deadline, deprioritized));
      }
      this.#open();
    }
    const found = this.#trySelect(selector, deprioritized);
    return found ?? this.#awaitServer(selector, deadline, deprioritized);
  }

  /**
   * A connection failed, or a server said that it is not what it was taken for. Failures of connections from before the
   * pool was cleared say nothing new.
   */
  report(failure: ServerFailure): void {
    const { address, generation, serviceId, error } = failure;
    const server = this.#servers.get(address);
    if (server === undefined || generation !== server.pool.generationOf(serviceId)) return;
    const { markUnknown, clearPool, monitor } = reactionTo(failure, server.description.topologyVersion);
    if (this.#options.loadBalanced) {
      if (clearPool && serviceId !== undefined) server.pool.clear({ serviceId, error });
      return;
    }
    if (markUnknown !== undefined) {
      this.#apply(unknownServer(address, { ...markUnknown, error, lastUpdateTime: this.#runtime.now() }));
    }
    if (clearPool) server.pool.clear({ error });
    if (monitor === 'request-check') server.monitor?.requestCheck();
    else if (monitor === 'cancel-check') server.monitor?.cancelCheck();
  }

  /** Hosts of an SRV record: the seeds at first, later what is to be kept of them. */
  setSrvHosts(hosts: readonly string[]): void {
    if (this.#isClosed) return;
    if (this.#description.servers.size === 0) this.#seedCount = hosts.length;
    const previous = this.#description;
    this.#description = updateSrvHosts(previous, hosts);
    if (this.#state === 'running') this.#announce(previous);
  }

  /** Has one server checked, or all: as soon as 500 ms have passed since its last check. */
  requestCheck(address?: string): void {
    if (address !== undefined) {
      this.#servers.get(address)?.monitor?.requestCheck();
      return;
    }
    for (const { monitor } of this.#servers.values()) monitor?.requestCheck();
  }

  /**
   * The next description after `since`; the current one where it is another already. Rejects with `InvalidOperation`
   * where none will follow, as the client is closed.
   */
  nextDescription(since: TopologyDescription, deadline: Deadline): Promise<TopologyDescription> {
    if (this.#description !== since) return Promise.resolve(this.#description);
    if (this.#isClosed) return Promise.reject(clientClosed());
    return this.#waiting.wait(() => (this.#description === since ? undefined : this.#description), deadline);
  }

  /** Closes all pools and monitors; whoever waits for a server is told. Resolves when nothing is left. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const wasRunning = this.#state === 'running';
    this.#transition('closed');
    this.#stopFollowing?.();
    const { events } = this.#options;
    const { id: topologyId } = this.#description;
    const previousDescription = this.#description;
    this.#description = closedTopology(previousDescription);
    const stopped = [...this.#servers.values()].map((server) => this.#closeServer(server));
    this.#waiting.rejectAll(clientClosed);
    if (wasRunning) {
      const newDescription = this.#description;
      events.publish('topologyDescriptionChanged', { topologyId, previousDescription, newDescription });
      events.publish('topologyClosed', { topologyId });
    }
    await Promise.all(stopped);
  }

  /** The search for seeds that is under way, a new one where the last failed; `undefined` where none is needed. */
  #findSeeds(): SeedSearch | undefined {
    const { seedSource } = this.#options;
    if (seedSource === undefined || this.#state !== 'new') return undefined;
    if (this.#search !== undefined) return this.#search;
    const search: SeedSearch = { failure: undefined };
    this.#search = search;
    seedSource
      .find()
      .then((found) => this.#beginWith(found, seedSource))
      .catch((reason: unknown) => {
        search.failure = { reason };
      })
      .finally(() => {
        this.#search = undefined;
        this.#waiting.publish();
      });
    return search;
  }

  #beginWith(found: FoundSeeds, seedSource: SeedSource): void {
    if (this.#state !== 'new') return;
    this.#options = { ...this.#options, ...found };
    this.#description = initialDescription({ ...this.#options, id: this.#description.id });
    this.#seedCount = found.seeds.length;
    this.#open();
    this.#stopFollowing = seedSource.follow(this);
  }

  #transition(to: TopologyState): void {
    if (!NEXT_STATES[this.#state].includes(to)) {
      throw new InvalidOperation(`The topology cannot go from ${this.#state} to ${to}`);
    }
    this.#state = to;
  }

  /** The one place where a new view of a server becomes the new view of the deployment. */
  #apply(server: ServerDescription): void {
    const previous = this.#description;
    const next = updateTopologyDescription(previous, server, this.#seedCount);
    if (next === previous) return;
    this.#description = next;
    this.#announce(previous);
  }

  /** Everybody is told, and pools and monitors follow, before anybody acts on the new description. */
  #announce(previous: TopologyDescription): void {
    const next = this.#description;
    const { events } = this.#options;
    for (const server of this.#servers.values()) this.#refresh(server, next);
    this.#followMembers();
    if (events.has('topologyDescriptionChanged') && !sameTopologyDescription(previous, next)) {
      events.publish('topologyDescriptionChanged', {
        topologyId: next.id,
        previousDescription: previous,
        newDescription: next,
      });
    }
    this.#waiting.publish();
    if (this.#waiting.size > 0) this.requestCheck();
  }

  #refresh(server: TopologyServer, next: TopologyDescription): void {
    const { events } = this.#options;
    const description = next.servers.get(server.address);
    const before = server.description;
    if (description === undefined || description === before) return;
    server.description = description;
    if (
      description.isDataBearing ||
      (next.topologyType === 'Single' && description.serverType !== 'Unknown')
    ) {
      server.pool.ready();
    }
    // What another member says of a server is a guess, not news of the server itself.
    const isGuess = description.serverType === 'PossiblePrimary';
    if (events.has('serverDescriptionChanged') && !isGuess && !sameServerDescription(before, description)) {
      events.publish('serverDescriptionChanged', {
        topologyId: next.id,
        address: server.address,
        previousDescription: before,
        newDescription: description,
      });
    }
    // SDAM specification, "updateRSFromPrimary": what has become of a primary that was replaced is worth knowing.
    if (before.serverType === 'RSPrimary' && description.serverType === 'Unknown' && hasOtherPrimary(next)) {
      server.monitor?.requestCheck();
    }
  }

  /** Opens servers that were found and closes those that are gone. */
  #followMembers(): void {
    const { servers } = this.#description;
    for (const server of [...this.#servers.values()]) {
      if (servers.has(server.address)) continue;
      this.#servers.delete(server.address);
      // Nobody waits for its monitor to end: it has been told, and reports nothing any more.
      void this.#closeServer(server);
    }
    const opened = [...servers.values()].filter(({ address }) => !this.#servers.has(address));
    for (const description of opened) this.#openServer(description);
    for (const { address } of opened) {
      // A listener may have closed the client in the meantime.
      const server = this.#servers.get(address);
      if (server?.monitor !== undefined) server.monitor.start();
      else if (server !== undefined)
        this.#apply(new ServerDescription({ address, serverType: 'LoadBalancer' }));
    }
  }

  #openServer(description: ServerDescription): void {
    if (this.#isClosed) return;
    const { address } = description;
    const { runtime, events, loadBalanced, heartbeatFrequencyMS, connectTimeoutMS, connect } = this.#options;
    const { streaming = false } = this.#options;
    const { maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS, waitQueueTimeoutMS, waitQueueMultiple } =
      this.#options.pool;
    const pool = new Pool({
      maxPoolSize,
      minPoolSize,
      maxConnecting,
      maxIdleTimeMS,
      waitQueueTimeoutMS,
      waitQueueMultiple,
      address,
      runtime,
      events,
      loadBalanced,
      connect: (request) => connect(address, request),
      onConnectFailure: (failure) => this.#connectFailed(address, failure),
    });
    const monitor = loadBalanced
      ? undefined
      : new Monitor({
          address,
          runtime,
          events,
          heartbeatFrequencyMS,
          connectTimeoutMS,
          streaming,
          open: this.#options.openMonitorConnection,
          onChecked: (checked) => this.#checked(server, checked),
        });
    const server: TopologyServer = new TopologyServer(description, pool, monitor);
    if (this.#isClosed) {
      pool.close();
      return;
    }
    this.#servers.set(address, server);
    events.publish('serverOpening', { topologyId: this.#description.id, address });
  }

  /** Asked again after events, whose listeners may close the client. */
  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  async #closeServer(server: TopologyServer): Promise<void> {
    const { address, pool, monitor } = server;
    this.#servers.delete(address);
    const stopped = monitor?.stop();
    pool.close();
    this.#options.events.publish('serverClosed', { topologyId: this.#description.id, address });
    await stopped;
  }

  #connectFailed(address: string, { error, generation, serviceId }: ConnectFailure): void {
    const authenticating = (error as { readonly phase?: unknown } | null)?.phase === 'auth';
    this.report({
      address,
      generation,
      serviceId,
      error,
      phase: authenticating ? 'after-hello' : 'before-hello',
    });
  }

  /** Returns whether the server was known until now. */
  #checked(server: TopologyServer, checked: ServerDescription): boolean {
    if (this.#servers.get(server.address) !== server) return false;
    const wasKnown = server.description.serverType !== 'Unknown';
    this.#apply(checked);
    // The pool is cleared only after the server is marked, so that nobody selects it in between.
    if (checked.error !== null) {
      server.pool.clear({ error: checked.error, interruptInUse: isNetworkTimeout(checked.error) });
    }
    return wasKnown;
  }

  #trySelect(selector: ServerSelector, deprioritized: readonly Server[]): Server | undefined {
    if (this.#isClosed) throw clientClosed();
    const { compatibilityError } = this.#description;
    if (compatibilityError !== null) throw new ConfigurationError(compatibilityError);
    const { serverSelector, localThresholdMS } = this.#options;
    const avoided =
      deprioritized.length === 0 ? undefined : new Set(deprioritized.map(({ address }) => address));
    const suitable = selectSuitable(this.#description, selector, avoided);
    if (suitable.length === 0) return undefined;
    const chosen = serverSelector === undefined ? suitable : serverSelector(suitable);
    const candidates: Server[] = [];
    for (const { address } of withinLatencyWindow(chosen, localThresholdMS)) {
      const server = this.#servers.get(address);
      if (server !== undefined) candidates.push(server);
    }
    return chooseByLoad(candidates, () => this.#runtime.random());
  }

  async #awaitServer(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized: readonly Server[],
  ): Promise<Server> {
    const over = deadlineFailure(deadline, this.#runtime);
    if (over !== undefined && deadline.signal?.aborted === true) throw over.reason;
    const startedAt = this.#runtime.now();
    const explain = (): Error =>
      selectionError({
        selector,
        description: this.#description,
        waitedMS: this.#runtime.now() - startedAt,
        now: this.#runtime.now(),
        authSource: this.#options.authSource,
        tls: this.#options.tls,
      });
    const limited = narrowDeadline(
      { ...deadline, timeoutError: explain },
      this.#runtime,
      this.#options.serverSelectionTimeoutMS,
      explain,
    );
    if (over !== undefined) throw explain();
    const found = this.#waiting.wait(() => this.#trySelect(selector, deprioritized), limited);
    this.requestCheck();
    return found;
  }
}

const clientClosed = (): InvalidOperation => new InvalidOperation('The client is closed');

const hasOtherPrimary = ({ servers }: TopologyDescription): boolean =>
  [...servers.values()].some(({ serverType }) => serverType === 'RSPrimary');
