import type { Document } from '../bson/document.js';
import type { Deadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import type { EventHub } from '../core/event-hub.js';
import { NetworkTimeout } from '../core/errors/connection.js';
import { isNetworkError } from '../core/errors/predicates.js';
import type { Runtime } from '../core/runtime.js';
import { describeServer } from './describe-server.js';
import type { MonitorConnection } from './monitor-connection.js';
import { RoundTripTimes } from './rtt.js';
import { unknownServer, type ServerDescription } from './server-description.js';
import type { TopologyEvents } from './topology-events.js';

/** Server monitoring specification, "minHeartbeatFrequencyMS": no server is checked more often, whoever asks. */
export const MIN_HEARTBEAT_FREQUENCY_MS = 500;

export interface MonitorOptions {
  readonly address: string;
  readonly runtime: Runtime;
  readonly events: EventHub<TopologyEvents>;
  readonly heartbeatFrequencyMS: number;
  /** Bounds each check; 0 means no limit. */
  readonly connectTimeoutMS: number;
  readonly open: (address: string, deadline: Deadline) => Promise<MonitorConnection>;
  /** Told of each check; answers whether the server was known until now. */
  readonly onChecked: (description: ServerDescription) => boolean;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Asks one server again and again how it is (server monitoring specification, "Polling Protocol"): a check, a pause of
 * `heartbeatFrequencyMS`, the next check. A request shortens the pause, a network error of a server that was known
 * skips it once.
 */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #roundTrips = new RoundTripTimes();
  #connection: MonitorConnection | undefined;
  /** Ends the check that is going on. */
  #check: AbortController | undefined;
  /** Ends the pause that is going on. */
  #wake: (() => void) | undefined;
  #requested = false;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** The next check takes place as soon as 500 ms have passed since the last; one that is going on will do. */
  requestCheck(): void {
    if (this.#check !== undefined) return;
    this.#requested = true;
    this.#wake?.();
  }

  /** An operation found the server gone: the check that is going on would wait for nothing. */
  cancelCheck(): void {
    this.#check?.abort(new Error('The check was cancelled'));
    this.#disconnect();
  }

  /** Resolves when nothing of the monitor is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.cancelCheck();
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const again = await this.#checkOnce();
      if (!again) await this.#pause();
    }
  }

  /** Whether the next check has to follow at once. */
  async #checkOnce(): Promise<boolean> {
    const { address, runtime, events, connectTimeoutMS, onChecked } = this.#options;
    const check = new AbortController();
    this.#check = check;
    this.#requested = false;
    const startedAt = runtime.now();
    events.publish('serverHeartbeatStarted', { connectionId: address, awaited: false });
    try {
      const deadline: Deadline = {
        expiresAt: connectTimeoutMS === 0 ? Infinity : startedAt + connectTimeoutMS,
        signal: check.signal,
        timeoutError: () => this.#timedOut(),
      };
      const { hello, roundTripMS } = await this.#ask(deadline);
      this.#check = undefined;
      if (check.signal.aborted) throw check.signal.reason;
      this.#roundTrips.add(roundTripMS);
      events.publish('serverHeartbeatSucceeded', {
        connectionId: address,
        awaited: false,
        duration: roundTripMS,
        reply: hello,
      });
      onChecked(
        describeServer(address, hello, {
          now: runtime.now(),
          roundTripTime: this.#roundTrips.average,
          minRoundTripTime: this.#roundTrips.minimum,
        }),
      );
      return false;
    } catch (error) {
      this.#check = undefined;
      this.#disconnect();
      this.#roundTrips.reset();
      events.publish('serverHeartbeatFailed', {
        connectionId: address,
        awaited: false,
        duration: runtime.now() - startedAt,
        failure: asError(error),
      });
      if (check.signal.aborted) return false;
      const wasKnown = onChecked(unknownServer(address, { error, lastUpdateTime: runtime.now() }));
      return wasKnown && isNetworkError(error);
    }
  }

  async #ask(deadline: Deadline): Promise<{ readonly hello: Document; readonly roundTripMS: number }> {
    const { runtime, address, open } = this.#options;
    const startedAt = runtime.now();
    if (this.#connection === undefined) {
      const opened = await open(address, deadline);
      if (this.#stopped || deadline.signal?.aborted === true) opened.destroy();
      else this.#connection = opened;
      return { hello: opened.hello, roundTripMS: opened.handshakeMS ?? runtime.now() - startedAt };
    }
    const hello = await this.#connection.check(deadline);
    return { hello, roundTripMS: runtime.now() - startedAt };
  }

  #timedOut(): NetworkTimeout {
    const { address, connectTimeoutMS } = this.#options;
    return new NetworkTimeout(
      `No answer to hello from ${address} within ${String(connectTimeoutMS)} ms (connectTimeoutMS)`,
      { address, phase: 'hello' },
    );
  }

  #disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #pause(): Promise<void> {
    const { heartbeatFrequencyMS } = this.#options;
    await this.#sleep(MIN_HEARTBEAT_FREQUENCY_MS, () => this.#stopped);
    await this.#sleep(
      heartbeatFrequencyMS - MIN_HEARTBEAT_FREQUENCY_MS,
      () => this.#stopped || this.#requested,
    );
  }

  /** Resolves after this time, or as soon as it is woken and there is a reason. Does not keep the process alive. */
  async #sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (isOver() || ms <= 0) return;
    const { promise, resolve } = deferred<void>();
    const timer = this.#options.runtime.setTimer(ms, resolve);
    this.#wake = () => {
      if (isOver()) resolve();
    };
    await promise;
    timer.clear();
    this.#wake = undefined;
  }
}
