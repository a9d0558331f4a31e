import type { Document } from '../bson/document.js';
import type { Deadline } from '../core/deadline.js';
import { NetworkTimeout } from '../core/errors/connection.js';
import type { Runtime } from '../core/runtime.js';
import { describeServer } from './describe-server.js';
import type { MonitorConnection, OpenMonitorConnection } from './monitor-connection.js';
import { RoundTripTimes } from './rtt.js';
import { RttMeter } from './rtt-meter.js';
import type { ServerDescription } from './server-description.js';
import type { TopologyVersion } from './topology-version.js';

export interface ProbeOptions {
  readonly address: string;
  readonly runtime: Runtime;
  readonly heartbeatFrequencyMS: number;
  /** Bounds each check; 0 means no limit. */
  readonly connectTimeoutMS: number;
  /** Let servers that can tell by themselves when something changes; the others are asked. */
  readonly streaming: boolean;
  readonly open: OpenMonitorConnection;
}

export interface Answer {
  readonly hello: Document;
  readonly description: ServerDescription;
  /** Milliseconds. */
  readonly duration: number;
}

/** Gets one server to say how it is: by asking it, or by waiting for what it tells. */
export class ServerProbe {
  readonly #options: ProbeOptions;
  readonly #roundTrips = new RoundTripTimes();
  #connection: MonitorConnection | undefined;
  #connectionId = 0;
  /** Connections opened so far, those that measure round trips included. */
  #opened = 0;
  /** The state that the server said last it is in, where it can be asked to tell of the next. */
  #known: TopologyVersion | null = null;
  #meter: RttMeter | undefined;
  /** Settles when the meters of the past have ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** The next answer comes when something changes, or after `heartbeatFrequencyMS`. */
  get isAwaiting(): boolean {
    const connection = this.#connection;
    return connection !== undefined && (connection.moreToCome || this.#known !== null);
  }

  /** The number of the connection that is asked, or of the one that will be. */
  get driverConnectionId(): number {
    return this.#connection === undefined ? this.#opened + 1 : this.#connectionId;
  }

  /** The server's own number of it, once it has told. */
  get serverConnectionId(): bigint | undefined {
    return this.#connection?.serverConnectionId;
  }

  /** Rejects where no answer came, or a refusal: nothing is left open then. */
  async ask(signal: AbortSignal): Promise<Answer> {
    const { runtime, address, streaming } = this.#options;
    const awaited = this.isAwaiting;
    const startedAt = runtime.now();
    try {
      const { hello, handshakeMS } = await this.#hello(awaited, signal);
      if (signal.aborted) throw signal.reason;
      const duration = handshakeMS ?? runtime.now() - startedAt;
      if (!awaited) this.#roundTrips.add(duration);
      const description = describeServer(address, hello, {
        now: runtime.now(),
        roundTripTime: this.#roundTrips.average,
        minRoundTripTime: this.#roundTrips.minimum,
      });
      if (streaming) this.#know(description.topologyVersion);
      return { hello, description, duration };
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /** Forgets the server: the next answer comes over a new connection. */
  disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#roundTrips.reset();
    this.#know(null);
  }

  /** Resolves when nothing is left. */
  async close(): Promise<void> {
    this.disconnect();
    await this.#ended;
  }

  async #hello(
    awaited: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly hello: Document; readonly handshakeMS?: number | undefined }> {
    const { heartbeatFrequencyMS } = this.#options;
    const connection = this.#connection;
    if (connection === undefined) {
      this.#connectionId = this.#opened + 1;
      const opened = await this.#open(this.#deadline(signal, 0));
      if (signal.aborted) opened.destroy();
      else this.#connection = opened;
      return { hello: opened.takeHello(), handshakeMS: opened.handshakeMS };
    }
    const deadline = this.#deadline(signal, awaited ? heartbeatFrequencyMS : 0);
    if (connection.moreToCome) return { hello: await connection.nextReply(deadline) };
    if (this.#known === null) return { hello: await connection.check(deadline) };
    return { hello: await connection.watch(this.#known, heartbeatFrequencyMS, deadline) };
  }

  #open(deadline: Deadline): Promise<MonitorConnection> {
    const { open, address } = this.#options;
    return open(address, deadline, ++this.#opened);
  }

  /** While the server tells by itself how it is, something else has to measure how fast it answers. */
  #know(version: TopologyVersion | null): void {
    this.#known = version;
    if (version !== null) {
      this.#meter ??= new RttMeter({
        ...this.#options,
        open: (deadline) => this.#open(deadline),
        deadline: (signal) => this.#deadline(signal, 0),
        roundTrips: this.#roundTrips,
      });
    } else if (this.#meter !== undefined) {
      const earlier = this.#ended;
      this.#ended = this.#meter.stop().then(() => earlier);
      this.#meter = undefined;
    }
  }

  /** Server monitoring specification, "Socket timeout": no limit stays no limit. */
  #deadline(signal: AbortSignal, awaitedMS: number): Deadline {
    const { runtime, connectTimeoutMS } = this.#options;
    const ms = connectTimeoutMS === 0 ? Infinity : connectTimeoutMS + awaitedMS;
    return { expiresAt: runtime.now() + ms, signal, timeoutError: () => this.#timedOut(ms, awaitedMS) };
  }

  #timedOut(ms: number, awaitedMS: number): NetworkTimeout {
    const { address } = this.#options;
    const options = awaitedMS === 0 ? 'connectTimeoutMS' : 'connectTimeoutMS + heartbeatFrequencyMS';
    return new NetworkTimeout(`No answer to hello from ${address} within ${String(ms)} ms (${options})`, {
      address,
      phase: 'hello',
    });
  }
}
