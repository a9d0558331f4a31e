import type { Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import type { MonitorConnection } from './monitor-connection.js';
import { Pause } from './pause.js';
import type { RoundTripTimes } from './rtt.js';

export interface RttMeterOptions {
  readonly runtime: Runtime;
  readonly heartbeatFrequencyMS: number;
  readonly open: (deadline: Deadline) => Promise<MonitorConnection>;
  /** The limit of one measurement. */
  readonly deadline: (signal: AbortSignal) => Deadline;
  readonly roundTrips: RoundTripTimes;
}

/**
 * Measures how long a server takes to answer, every `heartbeatFrequencyMS` on a connection of its own, while another
 * one waits for what the server has to tell. What goes wrong here says nothing about the server: the other connection
 * will find out (server monitoring specification, "Measuring RTT").
 */
export class RttMeter {
  readonly #options: RttMeterOptions;
  readonly #stopped = new AbortController();
  readonly #pause: Pause;
  readonly #loop: Promise<void>;
  #connection: MonitorConnection | undefined;

  /** Begins at once. */
  constructor(options: RttMeterOptions) {
    this.#options = options;
    this.#pause = new Pause(options.runtime);
    this.#loop = this.#run();
  }

  /** No measurement counts from here on. Resolves when nothing is left. */
  stop(): Promise<void> {
    this.#stopped.abort(new Error('Round trips are measured no more'));
    this.#disconnect();
    this.#pause.wake();
    return this.#loop;
  }

  async #run(): Promise<void> {
    const { roundTrips, heartbeatFrequencyMS } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const ms = await this.#measure(signal);
        if (!signal.aborted) roundTrips.add(ms);
      } catch {
        this.#disconnect();
      }
      await this.#pause.sleep(heartbeatFrequencyMS, () => signal.aborted);
    }
  }

  async #measure(signal: AbortSignal): Promise<number> {
    const { runtime, open, deadline } = this.#options;
    const startedAt = runtime.now();
    if (this.#connection === undefined) {
      const opened = await open(deadline(signal));
      // What the server says of itself is for the other connection.
      opened.takeHello();
      if (signal.aborted) opened.destroy();
      else this.#connection = opened;
      return opened.handshakeMS ?? runtime.now() - startedAt;
    }
    await this.#connection.check(deadline(signal));
    return runtime.now() - startedAt;
  }

  #disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }
}
