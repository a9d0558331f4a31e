import type { Deadline } from '../../core/deadline.js';
import type { Runtime } from '../../core/runtime.js';
import type { MonitorConnection } from './monitor-connection.js';
import { Pause } from './pause.js';
import type { RoundTripTimes } from './rtt.js';

export interface RttMeterOptions {
  readonly runtime: Runtime;
  readonly heartbeatFrequencyMS: number;
  /** Opens a connection; the signal ends the attempt. */
  readonly open: (signal: AbortSignal) => Promise<MonitorConnection>;
  /** The limit of one measurement. */
  readonly deadline: () => Deadline;
  readonly roundTrips: RoundTripTimes;
}

/**
 * Measures how long a server takes to answer, every `heartbeatFrequencyMS` on a connection of its own, while another
 * one waits for what the server has to tell. What goes wrong here says nothing about the server: the other connection
 * will find out (server monitoring specification, "Measuring RTT").
 */
export class RttMeter {
  readonly #options: RttMeterOptions;
  readonly #pause: Pause;
  readonly #loop: Promise<void>;
  #connection: MonitorConnection | undefined;
  /** While a connection is being opened. */
  #opening: AbortController | undefined;
  #stopped = false;

  /** Begins at once. */
  constructor(options: RttMeterOptions) {
    this.#options = options;
    this.#pause = new Pause(options.runtime);
    this.#loop = this.#run();
  }

  /** No measurement counts from here on. Resolves when nothing is left. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#opening?.abort(new Error('Round trips are measured no more'));
    this.#disconnect();
    this.#pause.wake();
    return this.#loop;
  }

  async #run(): Promise<void> {
    const { roundTrips, heartbeatFrequencyMS } = this.#options;
    const isStopped = (): boolean => this.#stopped;
    while (!isStopped()) {
      try {
        const ms = await this.#measure();
        if (!isStopped()) roundTrips.add(ms);
      } catch {
        this.#disconnect();
      }
      await this.#pause.sleep(heartbeatFrequencyMS, isStopped);
    }
  }

  async #measure(): Promise<number> {
    const { runtime, deadline } = this.#options;
    const startedAt = runtime.now();
    if (this.#connection === undefined) {
      const opened = await this.#open();
      return opened.handshakeMS ?? runtime.now() - startedAt;
    }
    await this.#connection.check(deadline());
    return runtime.now() - startedAt;
  }

  async #open(): Promise<MonitorConnection> {
    const opening = new AbortController();
    this.#opening = opening;
    try {
      const opened = await this.#options.open(opening.signal);
      // What the server says of itself is for the other connection.
      opened.takeHello();
      if (opening.signal.aborted) opened.destroy();
      else this.#connection = opened;
      return opened;
    } finally {
      this.#opening = undefined;
    }
  }

  #disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }
}
