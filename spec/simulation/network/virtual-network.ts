import type { ConnectTarget, Listener, ListenOptions, Transport } from '../../../lib/core/runtime.js';
import type { VirtualTime } from '../../support/virtual-time.js';
import type { Chance } from '../chance.js';
import { MemberHost } from './member-host.js';
import type { Receiver } from './receiver.js';
import { Route, type RouteQuality } from './route.js';
import { VirtualStream } from './virtual-stream.js';
import type { WireWatch } from './wire-watch.js';

const FIRST_PORT = 27017;

export interface Dialer {
  readonly name: string;
  readonly process: Receiver;
  readonly watch?: (connection: string) => WireWatch;
}

/** A network in memory: servers that listen, clients that dial, and between each pair a route that can be disturbed. */
export class VirtualNetwork {
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #quality: RouteQuality;
  readonly #hosts = new Map<string, MemberHost>();
  readonly #routes = new Map<string, Route>();
  #dialed = 0;

  constructor(time: VirtualTime, chance: Chance, quality: RouteQuality) {
    this.#time = time;
    this.#chance = chance;
    this.#quality = quality;
  }

  /** The machine at `host:port`, in the order of their first listening. */
  get hosts(): readonly MemberHost[] {
    return [...this.#hosts.values()];
  }

  route(client: string, address: string): Route {
    const key = `${client} ${address}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = new Route(this.#time, this.#chance, this.#quality);
      this.#routes.set(key, route);
    }
    return route;
  }

  /** Streams that have an end open at that client. */
  openStreams(client: string): number {
    let open = 0;
    for (const [key, { streams }] of this.#routes) {
      if (!key.startsWith(`${client} `)) continue;
      for (const stream of streams) if (!stream.client.isClosed) open++;
    }
    return open;
  }

  /** Listeners that were not closed. */
  get listening(): number {
    return this.hosts.filter((host) => host.onConnection !== undefined).length;
  }

  listen({ host = '127.0.0.1', port = 0, onConnection }: ListenOptions): Promise<Listener> {
    const own = port === 0 ? FIRST_PORT + this.#hosts.size : port;
    const address = `${host}:${String(own)}`;
    const machine = this.#hosts.get(address) ?? new MemberHost(this.#time, address);
    if (machine.onConnection !== undefined) {
      return Promise.reject(
        Object.assign(new Error(`listen EADDRINUSE: ${address}`), { code: 'EADDRINUSE' }),
      );
    }
    this.#hosts.set(address, machine);
    machine.onConnection = onConnection;
    return Promise.resolve({
      port: own,
      close: () => {
        machine.onConnection = undefined;
        return Promise.resolve();
      },
    });
  }

  connect(dialer: Dialer, target: ConnectTarget): Promise<Transport> {
    const { signal } = target;
    const address = `${String(target.host)}:${String(target.port)}`;
    const route = this.route(dialer.name, address);
    const id = ++this.#dialed;
    target.onPhase?.('tcp');
    return new Promise((resolve, reject) => {
      let stream: VirtualStream | undefined;
      let over = false;
      const settle = (): void => {
        over = true;
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        if (over) return;
        settle();
        stream?.client.destroy();
        reject(signal?.reason as Error);
      };
      const refuse = (): void => {
        route.carry(route.arrival(), () => {
          dialer.process.receive(() => {
            if (over) return;
            settle();
            reject(refused(address));
          });
        });
      };
      const accept = (host: MemberHost): void => {
        stream = new VirtualStream(
          route,
          { process: dialer.process, address: `${dialer.name}:${String(id)}` },
          { process: host, address },
          dialer.watch?.(`${dialer.name} to ${address} #${String(id)}`),
        );
        const { client, server } = stream;
        host.accept(server);
        route.carry(route.arrival(), () => {
          dialer.process.receive(() => {
            if (over) return;
            settle();
            resolve(client);
          });
        });
      };
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      route.carry(route.arrival(), () => {
        const host = this.#hosts.get(address);
        if (over) return;
        if (host === undefined || host.isRefusing) refuse();
        else accept(host);
      });
    });
  }
}

const refused = (address: string): Error =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}`), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    phase: 'tcp',
  });
