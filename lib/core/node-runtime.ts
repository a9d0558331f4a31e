import * as dns from 'node:dns/promises';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { randomFillSync } from 'node:crypto';
import type {
  ConnectError,
  ConnectErrorPhase,
  ConnectTarget,
  Listener,
  ListenOptions,
  Runtime,
  TimerHandle,
  TlsOptions,
  Transport,
  TransportHandlers,
} from './runtime.js';

/** The longest delay one timer of the platform can have; a longer one is re-armed (TIME-8). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const setTimer = (ms: number, callback: () => void, hold = false): TimerHandle => {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = end - performance.now();
    timer = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(callback, Math.max(0, left));
    if (!hold) timer.unref();
  };
  arm();
  return { clear: () => clearTimeout(timer) };
};

const toTlsOptions = (options: TlsOptions): tls.ConnectionOptions => {
  const { checkHostname, ca, crl, ...rest } = options;
  return {
    ...rest,
    ...(ca && { ca: [...ca] }),
    ...(crl && { crl: [...crl] }),
    ...(checkHostname === false && { checkServerIdentity: () => undefined }),
  };
};

/** A `node:net` socket behind the members of `Transport`. */
class SocketTransport implements Transport {
  readonly #socket: net.Socket;
  #error: Error | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  start(handlers: TransportHandlers): void {
    const socket = this.#socket;
    if (socket.destroyed) {
      queueMicrotask(() => handlers.onClose(this.#error));
      return;
    }
    socket.on('data', (chunk: Buffer) => handlers.onData(chunk));
    socket.on('close', () => handlers.onClose(this.#error));
  }

  get remoteAddress(): string {
    return `${this.#socket.remoteAddress ?? ''}:${String(this.#socket.remotePort ?? '')}`;
  }

  write(bytes: Uint8Array, onFlushed?: (error: Error | undefined) => void): boolean {
    if (onFlushed === undefined) return this.#socket.write(bytes);
    return this.#socket.write(bytes, (error) => onFlushed(error ?? undefined));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}

const withPhase = (error: Error, phase: ConnectErrorPhase): ConnectError => Object.assign(error, { phase });

/** Name resolution fails with `getaddrinfo` in `syscall`; everything else before the connection stands is TCP. */
const tcpPhase = (error: NodeJS.ErrnoException): ConnectErrorPhase => (error.syscall === 'getaddrinfo' ? 'dns' : 'tcp');

const opened = (socket: net.Socket, event: 'connect' | 'secureConnect', target: ConnectTarget): Promise<void> =>
  new Promise((resolve, reject) => {
    const { signal } = target;
    const onAbort = (): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(signal?.reason as Error);
    };
    const onError = (error: Error): void => {
      settle();
      socket.destroy();
      reject(withPhase(error, event === 'connect' ? tcpPhase(error) : 'tls'));
    };
    const onClose = (): void => onError(new Error('the connection was closed by the other side'));
    const onOpen = (): void => {
      settle();
      resolve();
    };
    const settle = (): void => {
      socket.off(event, onOpen);
      socket.off('error', onError);
      socket.off('close', onClose);
      signal?.removeEventListener('abort', onAbort);
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once(event, onOpen);
    socket.once('error', onError);
    socket.once('close', onClose);
  });

const connect = async (target: ConnectTarget): Promise<Transport> => {
  const plain =
    target.path === undefined
      ? net.connect({
          host: target.host ?? 'localhost',
          port: target.port ?? 27017,
          noDelay: true,
          autoSelectFamily: true,
        })
      : net.connect({ path: target.path });
  if (target.keepAlive !== false) plain.setKeepAlive(true, 120_000);
  await opened(plain, 'connect', target);
  if (target.tls === undefined) return new SocketTransport(plain);
  const secure = tls.connect({ ...toTlsOptions(target.tls), socket: plain });
  await opened(secure, 'secureConnect', target);
  return new SocketTransport(secure);
};

const listen = (options: ListenOptions): Promise<Listener> =>
  new Promise((resolve, reject) => {
    const onConnection = (socket: net.Socket): void => {
      socket.setNoDelay(true);
      options.onConnection(new SocketTransport(socket));
    };
    const server =
      options.tls === undefined
        ? net.createServer(onConnection)
        : tls.createServer(toTlsOptions(options.tls) as tls.TlsOptions, onConnection);
    server.once('error', reject);
    server.listen(options.path === undefined ? { host: options.host ?? '127.0.0.1', port: options.port ?? 0 } : { path: options.path }, () => {
      server.off('error', reject);
      // A listener never fails later without its streams failing first; an emitted error must not end the process.
      server.on('error', () => undefined);
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
          }),
      });
    });
  });

/** Node's own clock, timers, chance, DNS and sockets. */
export const nodeRuntime: Runtime = Object.freeze({
  now: () => performance.now(),
  wallClock: () => Date.now(),
  setTimer,
  setImmediate: (callback: () => void) => {
    setImmediate(callback);
  },
  random: () => Math.random(),
  randomBytes: (size: number) => randomFillSync(new Uint8Array(size)),
  dns: {
    resolveSrv: (name: string) => dns.resolveSrv(name),
    resolveTxt: (name: string) => dns.resolveTxt(name),
    lookupCanonical: async (name: string) => (await dns.resolveCname(name).catch(() => [name]))[0] ?? name,
  },
  connect,
  listen,
});
