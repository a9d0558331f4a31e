import type { ConnectTarget, Listener, Runtime, Transport } from '../../core/runtime.js';
import { Relay, type LinkFaults } from './relay.js';

/** What a proxy does to the connections that pass it. */
export interface ProxyFaults {
  /** From the client to the server. */
  readonly toServer?: LinkFaults;
  /** From the server to the client. */
  readonly toClient?: LinkFaults;
  /** New connections are closed as soon as they are made. */
  readonly refuse?: boolean;
}

export interface FaultProxyOptions {
  readonly runtime: Runtime;
  readonly host: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Where the next connection leads. */
  readonly target: () => ConnectTarget;
}

interface Passage {
  /** Closes both sides at once. */
  reset(): void;
  /** Closes the server's side and does not tell the client. */
  abandon(): void;
}

const abort = (transport: Transport): void => {
  if (transport.reset === undefined) transport.destroy();
  else transport.reset();
};

const NO_FAULTS: ProxyFaults = Object.freeze({});
const NO_LINK_FAULTS: LinkFaults = Object.freeze({});

/**
 * A TCP front that passes bytes through and can do to them what networks do: delay, narrow, lose, cut, reset. It knows
 * nothing of messages, so TLS passes, too. Several targets in turn make it a load balancer.
 */
export class FaultProxy {
  readonly host: string;
  readonly #runtime: Runtime;
  readonly #target: () => ConnectTarget;
  readonly #passages = new Set<Passage>();
  #listener: Listener | undefined;
  #swallowed = 0;
  #faults: ProxyFaults = NO_FAULTS;

  private constructor({ runtime, host, target }: FaultProxyOptions) {
    this.#runtime = runtime;
    this.host = host;
    this.#target = target;
  }

  /** Rejects with the system's error where the port is taken. */
  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#listener = await options.runtime.listen({
      host: options.host,
      port: options.port ?? 0,
      onConnection: (transport) => void proxy.#accept(transport),
    });
    return proxy;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** `host:port`. */
  get address(): string {
    return `${this.host}:${String(this.port)}`;
  }

  /** Connections that pass at this moment. */
  get connections(): number {
    return this.#passages.size;
  }

  /** Bytes that black holes have swallowed so far. */
  get swallowedBytes(): number {
    return this.#swallowed;
  }

  /** Takes the place of the faults before; `{}` ends them. What is under way keeps the delay it started with. */
  setFaults(faults: ProxyFaults): void {
    this.#faults = faults;
  }

  /** Closes every connection at once; bytes that are under way are lost. */
  reset(): void {
    for (const passage of [...this.#passages]) passage.reset();
  }

  /**
   * Leaves every connection half open: the server sees it closed, the client waits for answers that never come, as after
   * a server's machine has lost its power.
   */
  halfOpen(): void {
    for (const passage of [...this.#passages]) passage.abandon();
  }

  /** Stops listening and closes every connection. */
  async close(): Promise<void> {
    const closed = this.#listener?.close();
    this.reset();
    await closed;
  }

  async #accept(client: Transport): Promise<void> {
    if (this.#faults.refuse === true) {
      client.destroy();
      return;
    }
    let server: Transport;
    try {
      server = await this.#runtime.connect(this.#target());
    } catch {
      // The client learns of it as it would without a proxy: its connection does not stand.
      client.destroy();
      return;
    }
    this.#join(client, server);
  }

  #join(client: Transport, server: Transport): void {
    let abandoned = false;
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) this.#passages.delete(passage);
    };
    const stop = (): void => {
      toServer.stop();
      toClient.stop();
    };
    const reset = (): void => {
      stop();
      abort(client);
      abort(server);
    };
    const passage: Passage = {
      reset,
      abandon: () => {
        abandoned = true;
        stop();
        server.destroy();
      },
    };
    const events = {
      cut: reset,
      swallowed: (count: number) => {
        this.#swallowed += count;
      },
    };
    const [runtime, faults] = [this.#runtime, (): ProxyFaults => this.#faults];
    const toServer = new Relay(runtime, client, server, () => faults().toServer ?? NO_LINK_FAULTS, events);
    const toClient = new Relay(runtime, server, client, () => faults().toClient ?? NO_LINK_FAULTS, events);
    this.#passages.add(passage);
    client.start({
      onData: (chunk) => {
        if (!abandoned) toServer.take(chunk);
      },
      onClose: () => {
        closed();
        if (!abandoned) toServer.finish();
      },
    });
    server.start({
      onData: (chunk) => {
        if (!abandoned) toClient.take(chunk);
      },
      onClose: () => {
        closed();
        if (!abandoned) toClient.finish();
      },
    });
  }
}
