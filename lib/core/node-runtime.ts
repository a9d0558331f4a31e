import dns from 'node:dns/promises';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { randomFillSync } from 'node:crypto';
import { DEFAULT_PORT } from './default-port.js';
import { pemOptions, secureContext } from './node-tls.js';
import { ignoreError, SocketTransport, SocketInlet } from './node-transport.js';
import type {
  ClockReading,
  ConnectError,
  ConnectErrorPhase,
  ConnectTarget,
  Listener,
  ListenOptions,
  MonotonicClock,
  Runtime,
  TimerHandle,
  TlsOptions,
  Transport,
} from './runtime.js';

/** The longest delay one timer of the platform can have; a longer one is re-armed (TIME-8). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class NodeTimer implements TimerHandle {
  #timeout: NodeJS.Timeout | undefined;

  constructor(ms: number, callback: () => void, hold: boolean) {
    if (ms > LONGEST_TIMER_MS) this.#armInSteps(performance.now() + ms, callback, hold);
    else this.#arm(ms, callback, hold);
  }

  clear(): void {
    clearTimeout(this.#timeout);
  }

  #arm(ms: number, callback: () => void, hold: boolean): void {
    // Node drops the fraction: the timer of a deadline would run before the deadline.
    this.#timeout = setTimeout(callback, Math.max(0, Math.ceil(ms)));
    if (!hold) this.#timeout.unref();
  }

  #armInSteps(end: number, callback: () => void, hold: boolean): void {
    const left = end - performance.now();
    if (left <= LONGEST_TIMER_MS) this.#arm(left, callback, hold);
    else this.#arm(LONGEST_TIMER_MS, () => this.#armInSteps(end, callback, hold), hold);
  }
}

/**
 * An error with its phase. Where several addresses of one name were tried, Node reports an `AggregateError` without a
 * message: the messages of all attempts become one.
 */
const withPhase = (error: Error, phase: ConnectErrorPhase): ConnectError => {
  const attempts: unknown[] = error instanceof AggregateError ? error.errors : [];
  if (error.message === '' && attempts.length > 0) {
    error.message = attempts
      .map((attempt) => (attempt instanceof Error ? attempt.message : String(attempt)))
      .join('; ');
  }
  return Object.assign(error, { phase });
};

/** Name resolution fails with `getaddrinfo` in `syscall`; everything else before the connection stands is TCP. */
const tcpPhase = (error: NodeJS.ErrnoException): ConnectErrorPhase =>
  error.syscall === 'getaddrinfo' ? 'dns' : 'tcp';

/**
 * Settles with the socket's event, its failure, or the abort of the attempt; a socket that failed is destroyed. Whoever
 * made the socket listens to its errors as well: they may come before and after this.
 */
const opened = (
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      settle();
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

const streamOptions = (target: ConnectTarget): net.NetConnectOpts =>
  target.path === undefined
    ? // Happy eyeballs (RFC 8305): the addresses of a name are tried in turn, IPv6 and IPv4 alternating.
      {
        host: target.host ?? 'localhost',
        port: target.port ?? DEFAULT_PORT,
        noDelay: true,
        autoSelectFamily: true,
      }
    : { path: target.path };

const connect = async (target: ConnectTarget): Promise<Transport> => {
  // Before anything is opened: certificates and keys that OpenSSL does not take make it throw.
  const tlsOptions =
    target.tls && inPhase('tls', () => toConnectOptions(target.tls as TlsOptions, target.host));
  const inlet = target.tls === undefined ? new SocketInlet() : undefined;
  const plain = net.connect({ ...streamOptions(target), ...(inlet && { onread: inlet.onread() }) });
  plain.on('error', ignoreError);
  if (target.hold === false) plain.unref();
  const isName = target.path === undefined && net.isIP(target.host ?? '') === 0;
  target.onPhase?.(isName ? 'dns' : 'tcp');
  if (isName) plain.once('lookup', () => target.onPhase?.('tcp'));
  await opened(plain, 'connect', target.signal);
  if (target.keepAlive !== false) plain.setKeepAlive(true, 120_000);
  if (target.hold === false) plain.unref();
  if (tlsOptions === undefined) return new SocketTransport(plain, inlet);
  target.onPhase?.('tls');
  const secure = startTls(plain, tlsOptions);
  if (target.hold === false) secure.unref();
  await opened(secure, 'secureConnect', target.signal);
  return new SocketTransport(secure, undefined);
};

const inPhase = <T>(phase: ConnectErrorPhase, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    throw withPhase(error as Error, phase);
  }
};

const startTls = (plain: net.Socket, options: tls.ConnectionOptions): tls.TLSSocket => {
  try {
    const secure = inPhase('tls', () => tls.connect({ ...options, socket: plain }));
    secure.on('error', ignoreError);
    return secure;
  } catch (error) {
    plain.destroy();
    throw error;
  }
};

/** Server name indication carries names only, never addresses (RFC 6066 section 3). */
const toConnectOptions = (options: TlsOptions, host: string | undefined): tls.ConnectionOptions => {
  const servername = options.servername ?? (host !== undefined && net.isIP(host) === 0 ? host : undefined);
  return {
    secureContext: secureContext(options),
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    ...(host !== undefined && { host }),
    ...(servername !== undefined && { servername }),
    ...(options.checkHostname === false && { checkServerIdentity: () => undefined }),
  };
};

const toListenOptions = (options: TlsOptions): tls.TlsOptions => ({
  ...pemOptions(options),
  requestCert: options.requestCert ?? false,
  rejectUnauthorized: options.rejectUnauthorized ?? true,
});

const listen = (options: ListenOptions): Promise<Listener> =>
  new Promise((resolve, reject) => {
    const onConnection = (socket: net.Socket): void => {
      socket.setNoDelay(true);
      socket.on('error', ignoreError);
      options.onConnection(new SocketTransport(socket, undefined));
    };
    const server =
      options.tls === undefined
        ? net.createServer(onConnection)
        : tls.createServer(toListenOptions(options.tls), onConnection);
    const place =
      options.path === undefined
        ? { host: options.host ?? '127.0.0.1', port: options.port ?? 0 }
        : { path: options.path };
    server.once('error', reject);
    server.listen(place, () => {
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

/** Each query has a resolver of its own: what is cancelled is all that a resolver does. */
const query = async <T>(
  signal: AbortSignal | undefined,
  ask: (resolver: dns.Resolver) => Promise<T>,
): Promise<T> => {
  signal?.throwIfAborted();
  const resolver = new dns.Resolver();
  // `dns.setServers` counts for the resolver of the process only, and users rely on it.
  resolver.setServers(dns.getServers());
  const onAbort = (): void => resolver.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await ask(resolver);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
};

/**
 * `performance.now` makes an object of each reading; an array that is taken apart at once is none in compiled code
 * (`benchmarks/deadline-allocations.ts`).
 */
const readInto = (reading: ClockReading): void => {
  const [seconds, nanoseconds] = process.hrtime();
  reading.now = seconds * 1_000 + nanoseconds / 1_000_000;
};

const ownReading: ClockReading = { now: -Infinity };

const now: MonotonicClock = Object.assign(
  () => {
    readInto(ownReading);
    return ownReading.now;
  },
  { readInto },
);

/** Node's own clock, timers, chance, DNS and sockets. */
export const nodeRuntime: Runtime = Object.freeze({
  now,
  wallClock: () => Date.now(),
  setTimer: (ms: number, callback: () => void, hold = false) => new NodeTimer(ms, callback, hold),
  setImmediate: (callback: () => void) => {
    setImmediate(callback);
  },
  random: () => Math.random(),
  randomBytes: (size: number) => randomFillSync(new Uint8Array(size)),
  dns: {
    resolveSrv: (name: string, signal?: AbortSignal) =>
      query(signal, (resolver) => resolver.resolveSrv(name)),
    resolveTxt: (name: string, signal?: AbortSignal) =>
      query(signal, (resolver) => resolver.resolveTxt(name)),
    lookupCanonical: async (name: string) => (await dns.resolveCname(name).catch(() => [name]))[0] ?? name,
    servers: () => dns.getServers(),
  },
  connect,
  listen,
});
