import type { Listener, ListenOptions, Runtime, TlsOptions, Transport } from '../core/runtime.js';
import { ClientConnection } from './client-connection.js';
import type { Cluster } from './cluster.js';
import { FaultProxy } from './net/fault-proxy.js';
import type { MemberState, MemberStateName } from './replication/member-state.js';

export interface MemberListenOptions {
  readonly runtime: Runtime;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  readonly unixSocketDirectory?: string | undefined;
  /** Listens also for connections from a load balancer, on a port of their own. */
  readonly balanced?: boolean;
  /** Clients come through a fault proxy. */
  readonly proxied?: boolean;
}

/** How long a member that starts anew waits for its port. */
const REBIND_MS = 5000;
const REBIND_PAUSE_MS = 20;

/** One server process: its listening sockets, and its beginning and end. */
export class Member {
  readonly state: MemberState;
  readonly #cluster: Cluster;
  #options: MemberListenOptions | undefined;
  #listeners: Listener[] = [];
  #proxy: FaultProxy | undefined;
  socketPath: string | undefined;
  /** Where load balancers connect to; 0 without. */
  balancedPort = 0;

  constructor(cluster: Cluster, state: MemberState) {
    this.#cluster = cluster;
    this.state = state;
    state.terminate = () => void this.kill();
  }

  /** What clients come through, where that was asked for. */
  get proxy(): FaultProxy | undefined {
    return this.#proxy;
  }

  async listen(options: MemberListenOptions): Promise<void> {
    const { runtime, host, port, tls, unixSocketDirectory, balanced, proxied } = options;
    const secure = tls && { tls };
    const listener = await this.#accept(runtime, { host, port: proxied === true ? 0 : port, ...secure });
    if (proxied === true) {
      this.#proxy = await FaultProxy.listen({
        runtime,
        host,
        port,
        target: () => ({ host, port: listener.port }),
      });
    }
    this.state.port = this.#proxy?.port ?? listener.port;
    this.#options = { ...options, port: this.state.port };
    if (balanced === true) {
      this.balancedPort = (
        await this.#accept(runtime, { host, port: this.balancedPort, ...secure }, true)
      ).port;
    }
    if (unixSocketDirectory === undefined) return;
    this.socketPath = `${unixSocketDirectory}/mongodb-${String(this.state.port)}.sock`;
    await this.#accept(runtime, { path: this.socketPath });
  }

  async #accept(
    runtime: Runtime,
    place: Omit<ListenOptions, 'onConnection'>,
    balanced = false,
  ): Promise<Listener> {
    const onConnection = (transport: Transport): void =>
      new ClientConnection(this.#cluster, this.state, transport, balanced).start();
    const listener = await runtime.listen({ ...place, onConnection });
    this.#listeners.push(listener);
    return listener;
  }

  /** Ends the process as by SIGKILL: connections are lost, the data stays. */
  async kill(): Promise<void> {
    if (this.state.state === 'DOWN') return;
    const closed = this.close();
    this.state.cursors.killWhere(() => true);
    this.state.enter('DOWN');
    await closed;
  }

  /** Starts the process again at its old address, with its data. */
  async restart(): Promise<void> {
    if (this.state.state !== 'DOWN' || this.#options === undefined) return;
    const { runtime } = this.#options;
    const end = runtime.now() + REBIND_MS;
    for (;;) {
      try {
        await this.listen(this.#options);
        break;
      } catch (error) {
        await this.close();
        if (runtime.now() >= end) throw error;
        await new Promise<void>((resolve) => runtime.setTimer(REBIND_PAUSE_MS, resolve, true));
      }
    }
    this.state.startAnew(this.#firstState());
  }

  #firstState(): MemberStateName {
    const { role } = this.state.settings;
    if (role === 'arbiter') return 'ARBITER';
    return role === 'data' ? 'SECONDARY' : 'PRIMARY';
  }

  /** Closes every connection and stops listening. */
  async close(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    const closed = listeners.map((listener) => listener.close());
    for (const connection of [...this.state.connections]) connection.close();
    await Promise.all([...closed, this.#proxy?.close()]);
    this.#proxy = undefined;
  }
}
