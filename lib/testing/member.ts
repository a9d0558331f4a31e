import type { Listener, Runtime, TlsOptions } from '../core/runtime.js';
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
}

/** The listening sockets of one member. */
export class Member {
  readonly state: MemberState;
  readonly #cluster: Cluster;
  #listeners: Listener[] = [];
  socketPath: string | undefined;

  constructor(cluster: Cluster, state: MemberState) {
    this.#cluster = cluster;
    this.state = state;
  }

  async listen({ runtime, host, port, tls, unixSocketDirectory }: MemberListenOptions): Promise<void> {
    const onConnection = (transport: ConstructorParameters<typeof ClientConnection>[2]): void =>
      new ClientConnection(this.#cluster, this.state, transport).start();
    const listener = await runtime.listen({ host, port, onConnection, ...(tls && { tls }) });
    this.#listeners.push(listener);
    this.state.port = listener.port;
    if (unixSocketDirectory !== undefined) {
      const path = `${unixSocketDirectory}/mongodb-${String(listener.port)}.sock`;
      this.#listeners.push(await runtime.listen({ path, onConnection }));
      this.socketPath = path;
    }
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
