import type { Listener, ListenOptions, Runtime, TlsOptions, Transport } from '../core/runtime.js';
import { ClientConnection } from './client-connection.js';
import type { Cluster } from './cluster.js';
import type { MemberState } from './replication/member-state.js';

export interface MemberListenOptions {
  readonly runtime: Runtime;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly unixSocketDirectory: string | undefined;
  /** Listens also for connections from a load balancer, on a port of their own. */
  readonly balanced: boolean;
}

/** The listening sockets of one member. */
export class Member {
  readonly state: MemberState;
  readonly #cluster: Cluster;
  #listeners: Listener[] = [];
  socketPath: string | undefined;
  /** Where load balancers connect to; 0 without. */
  balancedPort = 0;

  constructor(cluster: Cluster, state: MemberState) {
    this.#cluster = cluster;
    this.state = state;
  }

  async listen(options: MemberListenOptions): Promise<void> {
    const { runtime, host, port, tls, unixSocketDirectory, balanced } = options;
    const listener = await this.#accept(runtime, { host, port, ...(tls && { tls }) });
    this.state.port = listener.port;
    if (balanced) {
      const place = { host, port: 0, ...(tls && { tls }) };
      this.balancedPort = (await this.#accept(runtime, place, true)).port;
    }
    if (unixSocketDirectory === undefined) return;
    this.socketPath = `${unixSocketDirectory}/mongodb-${String(listener.port)}.sock`;
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

  /** Closes every connection and stops listening. */
  async close(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    const closed = listeners.map((listener) => listener.close());
    for (const connection of [...this.state.connections]) connection.close();
    await Promise.all(closed);
  }
}
