/**
 * The runtime seam: everything that touches time, chance or the network goes through one injected value. Production
 * uses `nodeRuntime`; the simulation puts virtual time, seeded chance and an in-memory network in its place, and the
 * embedded deployment runs on the same seam.
 */
export interface Runtime {
  /** Monotonic milliseconds from an arbitrary start. */
  readonly now: MonotonicClock;

  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallClock(): number;

  /**
   * Runs `callback` once, `ms` milliseconds from now, however long that is (TIME-8). The timer does not keep the
   * process alive, unless `hold` is set: a pending operation holds, upkeep does not.
   */
  setTimer(ms: number, callback: () => void, hold?: boolean): TimerHandle;

  /** Runs `callback` in a later turn of the event loop, after pending I/O had its chance. */
  setImmediate(callback: () => void): void;

  /** A number in [0, 1). */
  random(): number;

  /** Cryptographically strong in production. */
  randomBytes(size: number): Uint8Array;

  readonly dns: DnsResolver;

  /** Opens a byte stream; settles when it can be written to, after the TLS handshake where `tls` is given. */
  connect(target: ConnectTarget): Promise<Transport>;

  /** Accepts byte streams: the embedded deployment's side of the seam. */
  listen(options: ListenOptions): Promise<Listener>;
}

export interface MonotonicClock {
  (): number;
  /** Writes what a call would return; without it the call is made (`clock.ts` says what for). */
  readonly readInto?: (reading: ClockReading) => void;
}

/** A place for the time. */
export interface ClockReading {
  /** Monotonic milliseconds. */
  now: number;
}

export interface TimerHandle {
  /** Cancels the timer; without effect once it has run. */
  clear(): void;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
  /** Seconds the record may be kept, where the resolver tells; Node's does not. */
  readonly ttl?: number;
}

export interface DnsResolver {
  /** The signal ends the query: nothing of it is left then. */
  resolveSrv(name: string, signal?: AbortSignal): Promise<readonly SrvRecord[]>;
  /** One entry a record, each a list of character strings. */
  resolveTxt(name: string, signal?: AbortSignal): Promise<readonly (readonly string[])[]>;
  /** The canonical name, or the name itself; used by mechanisms that canonicalize a host. */
  lookupCanonical(name: string): Promise<string>;
  /** Addresses of the name servers that are asked, for messages. */
  servers?(): readonly string[];
}

export interface ConnectTarget {
  readonly host?: string;
  readonly port?: number;
  /** A Unix domain socket, instead of host and port. */
  readonly path?: string;
  /** Options for the TLS layer, in the shape of `node:tls`. Absent for plain TCP. */
  readonly tls?: TlsOptions;
  /** TCP keep-alive; on by default. */
  readonly keepAlive?: boolean;
  /** Whether the attempt keeps the process alive; on by default, off for background work. */
  readonly hold?: boolean;
  /** Aborts the attempt; what was opened is closed. */
  readonly signal?: AbortSignal;
  /** Told of each phase as the attempt enters it: says where an attempt stood that ran out of time. */
  readonly onPhase?: (phase: ConnectErrorPhase) => void;
}

/**
 * The part of the options of `node:tls` that the driver and the embedded deployment use. Parsed once for each such
 * object: connections of one client share it.
 */
export interface TlsOptions {
  /** Instead of the roots of the runtime and of the system. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly crl?: readonly string[];
  readonly rejectUnauthorized?: boolean;
  readonly requestCert?: boolean;
  readonly servername?: string;
  /** `false` switches the comparison of host name and certificate off. */
  readonly checkHostname?: boolean;
}

/** What the owner of a stream does with what happens on it. */
export interface TransportHandlers {
  /** The bytes are only lent: the next read may overwrite them. */
  onData(chunk: Uint8Array): void;
  /** Runs exactly once, with the error where there was one. */
  onClose(error: Error | undefined): void;
}

/** One open byte stream. Nothing is read from it before its owner calls `start`. */
export interface Transport {
  start(handlers: TransportHandlers): void;
  /** Address of the other side, for logs. */
  readonly remoteAddress: string;
  /**
   * Hands bytes to the stream. `onFlushed` tells when the operating system has taken them all, or why it has not; it
   * runs after `write` has returned. Returns false where the stream's buffer is full: `onFlushed` then says when to go on.
   */
  write(bytes: Uint8Array, onFlushed?: (error: Error | null | undefined) => void): boolean;
  /** Stops and resumes reading. */
  pause(): void;
  resume(): void;
  /** Whether the open stream keeps the process alive. */
  hold(held: boolean): void;
  /** Sends what is buffered, then closes. */
  end(): void;
  /** Closes at once; unsent bytes are lost. */
  destroy(error?: Error): void;
  /** Closes at once with a TCP reset instead of an orderly end, where the stream can do that. */
  reset?(): void;
}

export interface ListenOptions {
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  readonly path?: string;
  readonly tls?: TlsOptions;
  readonly onConnection: (transport: Transport) => void;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting; streams that are open stay open. */
  close(): Promise<void>;
}

/** The phase in which opening a stream failed, on errors that `Runtime.connect` rejects with. */
export type ConnectErrorPhase = 'dns' | 'tcp' | 'tls';

export interface ConnectError extends Error {
  readonly phase?: ConnectErrorPhase;
  readonly code?: string;
}
