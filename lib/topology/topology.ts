import { ObjectId } from '../bson/values.js';
import type { Connection } from '../connection/connection.js';
import type { Deadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import { isNetworkTimeout } from '../core/errors/predicates.js';
import { InvalidOperation } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import type { ConnectFailure } from '../pool/pool-options.js';
import { describeServer } from './description/describe-server.js';
import { reactionTo } from './failure-rules.js';
import { initialDescription } from './description/initial-description.js';
import { SeedSearch } from './seed-search.js';
import type { SelectionPurpose } from './selection/selection-events.js';
import { SelectionQueue } from './selection/selection-queue.js';
import type { Server, ServerFailure, TopologyServer } from './server.js';
import { ServerDescription, unknownServer } from './description/server-description.js';
import type { ServerSelector } from './selection/server-selector.js';
import { clientClosed, ServerSelection, type SelectionView } from './selection/server-selection.js';
import { ServerSet } from './server-set.js';
import type { FoundSeeds } from './srv/srv-seeds.js';
import type { TopologyDescription } from './description/topology-description.js';
import { isKnown } from './description/topology-types.js';
import type { TopologyOptions } from './topology-options.js';
import { TopologyPublisher } from './topology-publisher.js';
import { closedTopology, updateSrvHosts, updateTopologyDescription } from './description/update.js';

/**
 * ```
 *   new --start()--> running --drain()--> draining --close()--> closed
 *    |                  +-------------close()-------------------^
 *    +--------------------close()-------------------------------^
 * ```
 */
type TopologyState = 'new' | 'running' | 'draining' | 'closed';

const NEXT_STATES: Readonly<Record<TopologyState, readonly TopologyState[]>> = {
  new: ['running', 'closed'],
  running: ['draining', 'closed'],
  draining: ['closed'],
  closed: [],
};

const NO_SERVERS: readonly Server[] = [];
const NO_PURPOSE: SelectionPurpose = { operation: { name: 'connect' }, options: {} };

/**
 * The deployment: what is known of it, and who is told when that changes. Monitors, pools and operations report what
 * they see; one place, `#apply`, turns it into the next description.
 */
export class Topology implements SelectionView {
  #options: TopologyOptions;
  readonly #runtime: Runtime;
  readonly #servers: ServerSet;
  readonly #publisher: TopologyPublisher;
  /** Those who need a server, or seeds: while there are any, each server is checked as often as may be. */
  readonly #waiting: SelectionQueue;
  /** Those who want to know of the next description. */
  readonly #watching: SelectionQueue;
  readonly #search: SeedSearch | undefined;
  readonly #selection: ServerSelection;
  #state: TopologyState = 'new';
  #description: TopologyDescription;
  #seedCount: number;
  #hasConnected = false;
  #stopFollowing: (() => void) | undefined;
  /** Settles when nothing is left after `close`. */
  readonly #closed = deferred<void>();

  constructor(options: TopologyOptions) {
    const { runtime, seedSource: source, serverSelectionTimeoutMS: limitMS } = options;
    this.#options = options;
    this.#runtime = runtime;
    this.#waiting = new SelectionQueue(runtime);
    this.#watching = new SelectionQueue(runtime);
    this.#description = initialDescription({ ...options, id: new ObjectId(runtime.randomBytes(12)) });
    this.#seedCount = options.seeds.length;
    this.#publisher = new TopologyPublisher(this.#description.id, options.events);
    this.#servers = new ServerSet(options, this.#description.id, this.#publisher, {
      onChecked: (server, checked) => this.#checked(server, checked),
      onConnectFailure: (address, failure) => this.#connectFailed(address, failure),
      onConnected: (address, connection) => this.#connected(address, connection),
    });
    this.#selection = new ServerSelection(this, this.#waiting);
    if (source === undefined) return;
    const onFound = (found: FoundSeeds): void => this.#beginWith(found);
    this.#search = new SeedSearch({ runtime, source, limitMS, waiting: this.#waiting, onFound });
  }

  get options(): TopologyOptions {
    return this.#options;
  }

  get state(): TopologyState {
    return this.#state;
  }

  /** A server has been found before. */
  get hasConnected(): boolean {
    return this.#hasConnected;
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

  /** When a selection that begins now has to end by `serverSelectionTimeoutMS`, in monotonic milliseconds. */
  get selectionEndsAt(): number {
    const { serverSelectionTimeoutMS } = this.#options;
    return serverSelectionTimeoutMS === 0 ? Infinity : this.#runtime.now() + serverSelectionTimeoutMS;
  }

  /**
   * Begins to look for servers, after their seeds where these are to be found first; a failure to find them is for
   * whoever needs a server. Without effect where it was called already; `select` calls it too.
   */
  start(): void {
    if (this.#state !== 'new') return;
    if (this.#search === undefined) this.#open();
    else this.#search.begin();
  }

  /** Begins as `start` does; resolves once the seeds are known, rejects with `ConfigurationError` where they cannot be. */
  async started(deadline: Deadline): Promise<void> {
    if (this.#state === 'closed') throw clientClosed();
    if (this.#state === 'new') await this.#search?.wait(deadline);
    this.start();
  }

  #open(): void {
    this.#transition('running');
    this.#publisher.opened(this.#description);
    this.#followMembers();
  }

  /**
   * A server the selector allows: at once where the description has one, else as soon as one is found. Throws or rejects
   * with `ServerSelectionTimeoutError` after `serverSelectionTimeoutMS` or at the deadline (as the cause of
   * `OperationTimeout` where that is a `timeoutMS`), with the reason of an aborted signal, with `ConfigurationError` where
   * no server can ever be used as things are, and with `InvalidOperation` once the topology is closed. `deprioritized`
   * servers are taken only where no other will do.
   */
  select(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized: readonly Server[] = NO_SERVERS,
    purpose: SelectionPurpose = NO_PURPOSE,
  ): Server | Promise<Server> {
    return this.#options.events.has('serverSelectionStarted')
      ? this.#selection.observed({ selector, purpose }, () =>
          this.#select(selector, deadline, deprioritized, purpose),
        )
      : this.#select(selector, deadline, deprioritized, purpose);
  }

  #select(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized: readonly Server[],
    purpose: SelectionPurpose,
  ): Server | Promise<Server> {
    if (this.#state === 'new') {
      if (this.#search !== undefined) {
        return this.started(deadline).then(() => this.#select(selector, deadline, deprioritized, purpose));
      }
      this.#open();
    }
    return this.#selection.select(selector, deadline, deprioritized, purpose);
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
    if (this.#waiting.size > 0) server.monitor?.requestCheck();
  }

  /** Hosts that an SRV record names now, after the seeds were others. */
  setSrvHosts(hosts: readonly string[]): void {
    if (this.#state !== 'running') return;
    const previous = this.#description;
    // Until a server has shown what the deployment is, these are the hosts that the client was given.
    if (previous.topologyType === 'Unknown') this.#seedCount = hosts.length;
    this.#description = updateSrvHosts(previous, hosts);
    this.#announce(previous);
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
    if (this.#state === 'closed') return Promise.reject(clientClosed());
    return this.#watching.wait(() => (this.#description === since ? undefined : this.#description), deadline);
  }

  /**
   * Serves those who have a server, and nobody else: what is known stays as it is, and whoever waits for more is told.
   * Without effect before the start.
   */
  drain(): void {
    if (this.#state === 'new') this.#rejectAll();
    if (this.#state !== 'running') return;
    this.#transition('draining');
    this.#stopFollowing?.();
    this.#servers.drain();
    this.#rejectAll();
  }

  /** Destroys the connections of operations that are under way: these reject with `InvalidOperation`. */
  interruptInUse(): void {
    for (const { pool } of this.#servers.values()) pool.interruptInUse(closedDuring);
  }

  /**
   * Closes all pools and monitors. Operations under way are interrupted, whoever waits for a server is told. Resolves
   * when nothing is left, for each who calls it.
   */
  close(): Promise<void> {
    const { promise, resolve, reject } = this.#closed;
    if (this.#state === 'closed') return promise;
    const wasRunning = this.#state !== 'new';
    this.#transition('closed');
    this.#close(wasRunning).then(resolve, reject);
    return promise;
  }

  async #close(wasRunning: boolean): Promise<void> {
    this.#search?.stop();
    this.#stopFollowing?.();
    const previous = this.#description;
    this.#description = closedTopology(previous);
    this.interruptInUse();
    const stopped = this.#servers.closeAll();
    this.#rejectAll();
    if (wasRunning) this.#publisher.closed(previous, this.#description);
    await stopped;
  }

  #rejectAll(): void {
    this.#waiting.rejectAll(clientClosed);
    this.#watching.rejectAll(clientClosed);
  }

  #beginWith(found: FoundSeeds): void {
    if (this.#state !== 'new') return;
    this.#options = { ...this.#options, ...found };
    this.#description = initialDescription({ ...this.#options, id: this.#description.id });
    this.#seedCount = found.seeds.length;
    this.#open();
    this.#stopFollowing = this.#options.seedSource?.follow(this);
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
    for (const server of this.#servers.values()) this.#refresh(server, next);
    this.#followMembers();
    if (next.servers.size === 0 && previous.servers.size > 0) {
      this.#options.warn?.(`No host is left to connect to: ${[...next.rejected].map(rejection).join('; ')}`);
    }
    this.#publisher.descriptionChanged(previous, next);
    this.#waiting.publish();
    this.#watching.publish();
  }

  #refresh(server: TopologyServer, next: TopologyDescription): void {
    const description = next.servers.get(server.address);
    const before = server.description;
    if (description === undefined || description === before) return;
    server.description = description;
    if (isKnown(description.serverType)) this.#hasConnected = true;
    if (description.isDataBearing || (next.topologyType === 'Single' && isKnown(description.serverType))) {
      server.pool.ready();
    }
    this.#publisher.serverDescriptionChanged(before, description);
    // SDAM specification, "updateRSFromPrimary": what has become of a primary that was replaced is worth knowing.
    if (before.serverType === 'RSPrimary' && description.serverType === 'Unknown' && hasOtherPrimary(next)) {
      server.monitor?.requestCheck();
    }
  }

  /** Opens servers that were found and closes those that are gone. */
  #followMembers(): void {
    for (const { address } of this.#servers.follow(this.#description)) {
      // A listener may have closed the client in the meantime.
      const server = this.#servers.get(address);
      if (server?.monitor !== undefined) server.monitor.start();
      else if (server !== undefined)
        this.#apply(new ServerDescription({ address, serverType: 'LoadBalancer' }));
    }
  }

  /**
   * The handshake of a connection for operations tells of its server, too (server monitoring specification, "Clients
   * update the topology from each handshake"), except how far away it is.
   */
  #connected(address: string, connection: Connection): void {
    const { generation, helloMS } = connection;
    const hello = connection.takeHello();
    const server = this.#servers.get(address);
    if (this.#state !== 'running' || server?.monitor === undefined) return;
    if (generation !== server.pool.generation) return;
    const { roundTripTime, minRoundTripTime } = server.description;
    const now = this.#runtime.now();
    const described = describeServer(address, hello, {
      now,
      roundTripTime: roundTripTime ?? helloMS,
      minRoundTripTime,
    });
    if (described.error === null) this.#apply(described);
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
    const wasKnown = isKnown(server.description.serverType);
    this.#apply(checked);
    // News that are older than what is known change nothing, and whoever waits goes on waiting for others.
    if (this.#waiting.size > 0) server.monitor?.requestCheck();
    // The pool is cleared only after the server is marked, so that nobody selects it in between.
    if (checked.error !== null) {
      server.pool.clear({ error: checked.error, interruptInUse: isNetworkTimeout(checked.error) });
    }
    return wasKnown;
  }
}

const closedDuring = (): InvalidOperation =>
  new InvalidOperation('The client was closed while the operation ran: whether it took effect is not known');

const rejection = ([address, why]: readonly [string, string]): string => `${address} is left out, as ${why}`;

const hasOtherPrimary = ({ topologyType }: TopologyDescription): boolean =>
  topologyType === 'ReplicaSetWithPrimary';
