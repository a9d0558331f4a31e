import type { Document } from '../../bson/document.js';
import type { Deadline } from '../../core/deadline.js';
import { NetworkTimeout } from '../../core/errors/connection.js';
import type { Runtime } from '../../core/runtime.js';
import { describeServer } from '../description/describe-server.js';
import type { MonitorConnection, OpenMonitorConnection } from './monitor-connection.js';
import { RoundTripTimes } from './rtt.js';
import { RttMeter } from './rtt-meter.js';
import type { ServerDescription } from '../description/server-description.js';
import type { TopologyVersion } from '../description/topology-version.js';

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
  /** While a connection is being opened. */
  #opening: AbortController | undefined;
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

  /** Rejects where no answer came, a refusal, or after `disconnect`: nothing is left open then. */
  async ask(): Promise<Answer> {
    const { runtime, address, streaming } = this.#options;
    const awaited = this.isAwaiting;
    const startedAt = runtime.now();
    const connection = this.#connection;
    try {
      const hello = await (connection === undefined ? this.#connect() : this.#hello(connection, awaited));
      if (connection !== undefined && this.#connection !== connection) throw new Error('Nobody waits for it');
      const handshakeMS = connection === undefined ? this.#connection?.handshakeMS : undefined;
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

  /** Forgets the server: what is asked has no answer, the next one comes over a new connection. */
  disconnect(): void {
    this.#opening?.abort(new Error('The check was cancelled'));
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

  /** The handshake is the first answer. */
  async #connect(): Promise<Document> {
    const opening = new AbortController();
    this.#opening = opening;
    this.#connectionId = this.#opened + 1;
    try {
      const opened = await this.#open(opening.signal);
      if (opening.signal.aborted) {
        opened.destroy();
        throw opening.signal.reason;
      }
      this.#connection = opened;
      return opened.takeHello();
    } finally {
      this.#opening = undefined;
    }
  }

  #hello(connection: MonitorConnection, awaited: boolean): Promise<Document> {
    const { heartbeatFrequencyMS } = this.#options;
    const deadline = this.#deadline(awaited ? heartbeatFrequencyMS : 0);
    if (connection.moreToCome) return connection.nextReply(deadline);
    if (this.#known === null) return connection.check(deadline);
    return connection.watch(this.#known, heartbeatFrequencyMS, deadline);
  }

  #open(signal: AbortSignal): Promise<MonitorConnection> {
    const { open, address } = this.#options;
    return open(address, this.#deadline(0, signal), ++this.#opened);
  }

  /** While the server tells by itself how it is, something else has to measure how fast it answers. */
  #know(version: TopologyVersion | null): void {
    this.#known = version;
    if (version !== null) {
      this.#meter ??= new RttMeter({
        runtime: this.#options.runtime,
        heartbeatFrequencyMS: this.#options.heartbeatFrequencyMS,
        open: (signal) => this.#open(signal),
        deadline: () => this.#deadline(0),
        roundTrips: this.#roundTrips,
      });
    } else if (this.#meter !== undefined) {
      const earlier = this.#ended;
      this.#ended = this.#meter.stop().then(() => earlier);
      this.#meter = undefined;
    }
  }

  /** Server monitoring specification, "Socket timeout": no limit stays no limit. */
  #deadline(awaitedMS: number, signal?: AbortSignal): Deadline {
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
