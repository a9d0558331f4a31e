import type { ObjectId } from '../bson/values.js';
import type { Connection } from '../connection/connection.js';
import type { ConnectFailure } from '../pool/pool-options.js';
import { Pool } from '../pool/pool.js';
import { wakeWatchOf, type WakeWatch } from '../core/wake-watch.js';
import { Monitor } from './monitoring/monitor.js';
import { TopologyServer } from './server.js';
import type { ServerDescription } from './description/server-description.js';
import type { TopologyDescription } from './description/topology-description.js';
import type { TopologyOptions } from './topology-options.js';
import type { TopologyPublisher } from './topology-publisher.js';

/** What the topology does with what its servers find out. */
export interface ServerSetHandlers {
  /** Returns whether the server was known until now. */
  onChecked(server: TopologyServer, checked: ServerDescription): boolean;
  onConnectFailure(address: string, failure: ConnectFailure): void;
  /** A connection for operations is established. */
  onConnected(address: string, connection: Connection): void;
}

/** The servers of the current description, each with its pool and its monitor. */
export class ServerSet {
  readonly #options: TopologyOptions;
  readonly #topologyId: ObjectId;
  readonly #publisher: TopologyPublisher;
  readonly #handlers: ServerSetHandlers;
  readonly #servers = new Map<string, TopologyServer>();
  readonly #wakeWatch: WakeWatch;
  #stopWatching: (() => void) | undefined;
  #closed = false;

  constructor(
    options: TopologyOptions,
    topologyId: ObjectId,
    publisher: TopologyPublisher,
    handlers: ServerSetHandlers,
  ) {
    this.#options = options;
    this.#topologyId = topologyId;
    this.#publisher = publisher;
    this.#handlers = handlers;
    this.#wakeWatch = wakeWatchOf(options.runtime);
  }

  get(address: string): TopologyServer | undefined {
    return this.#servers.get(address);
  }

  values(): Iterable<TopologyServer> {
    return this.#servers.values();
  }

  /** Opens servers that were found and closes those that are gone; returns the opened ones. */
  follow({ servers, topologyType }: TopologyDescription): readonly TopologyServer[] {
    for (const server of this.#servers.values()) {
      // Nobody waits for its monitor to end: it has been told, and reports nothing any more.
      if (!servers.has(server.address)) void this.#close(server);
    }
    if (!this.#closed) this.#stopWatching ??= this.#wakeWatch.subscribe(() => this.#onWake());
    const opened: TopologyServer[] = [];
    for (const description of servers.values()) {
      if (this.#servers.has(description.address)) continue;
      const server = this.#open(description, topologyType === 'LoadBalanced');
      if (server !== undefined) opened.push(server);
    }
    return opened;
  }

  /** Servers serve those who use them and nobody else: no check any more, no connection kept for later. */
  drain(): void {
    this.#closed = true;
    for (const { monitor, pool } of this.#servers.values()) {
      void monitor?.stop();
      pool.drain();
    }
  }

  /** Resolves when nothing is left. None is opened afterwards. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    this.#stopWatching?.();
    await Promise.all([...this.#servers.values()].map((server) => this.#close(server)));
  }

  /** The process stood still: what servers said before, and streams to them, may be of the past. */
  #onWake(): void {
    for (const { monitor, pool } of this.#servers.values()) {
      pool.verifyIdle();
      monitor?.restart();
    }
  }

  #open(description: ServerDescription, loadBalanced: boolean): TopologyServer | undefined {
    if (this.#closed) return undefined;
    const { address } = description;
    const pool = this.#makePool(address, loadBalanced);
    const server: TopologyServer = new TopologyServer(
      description,
      pool,
      loadBalanced
        ? undefined
        : this.#makeMonitor(address, (checked) => this.#handlers.onChecked(server, checked)),
    );
    if (this.#isClosed) {
      pool.close();
      return undefined;
    }
    this.#servers.set(address, server);
    this.#publisher.serverOpening(address);
    return server;
  }

  /** Asked again after events, whose listeners may close the client. */
  get #isClosed(): boolean {
    return this.#closed;
  }

  #makePool(address: string, loadBalanced: boolean): Pool {
    const { runtime, events, connect, isAlive } = this.#options;
    const { maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS, waitQueueTimeoutMS, waitQueueMultiple } =
      this.#options.pool;
    return new Pool({
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
      isAlive,
      wakeWatch: this.#wakeWatch,
      connect: async (request) => {
        const connection = await connect(address, request);
        this.#handlers.onConnected(address, connection);
        return connection;
      },
      onConnectFailure: (failure) => this.#handlers.onConnectFailure(address, failure),
    });
  }

  #makeMonitor(address: string, onChecked: (checked: ServerDescription) => boolean): Monitor {
    const { runtime, events, heartbeatFrequencyMS, connectTimeoutMS, streaming = false } = this.#options;
    return new Monitor({
      address,
      runtime,
      events,
      topologyId: this.#topologyId,
      heartbeatFrequencyMS,
      connectTimeoutMS,
      streaming,
      open: this.#options.openMonitorConnection,
      onChecked,
    });
  }

  async #close(server: TopologyServer): Promise<void> {
    const { address, pool, monitor } = server;
    this.#servers.delete(address);
    const stopped = monitor?.stop();
    pool.close();
    this.#publisher.serverClosed(address);
    await stopped;
  }
}
