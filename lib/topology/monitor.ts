import type { EventHub } from '../core/event-hub.js';
import { isNetworkError } from '../core/errors/predicates.js';
import { Pause } from './pause.js';
import { unknownServer, type ServerDescription } from './server-description.js';
import { ServerProbe, type ProbeOptions } from './server-probe.js';
import type { TopologyEvents } from './topology-events.js';

/** Server monitoring specification, "minHeartbeatFrequencyMS": no server is checked more often, whoever asks. */
export const MIN_HEARTBEAT_FREQUENCY_MS = 500;

export interface MonitorOptions extends ProbeOptions {
  readonly events: EventHub<TopologyEvents>;
  /** Told of each check; answers whether the server was known until now. */
  readonly onChecked: (description: ServerDescription) => boolean;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Follows how one server is (server monitoring specification). A server that tells by itself is listened to without a
 * break; another one is asked, and asked again after a pause of `heartbeatFrequencyMS`. A request shortens the pause,
 * a network error of a server that was known skips it once.
 */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #probe: ServerProbe;
  readonly #pause: Pause;
  /** Ends the check that is going on. */
  #check: AbortController | undefined;
  #requested = false;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#probe = new ServerProbe(options);
    this.#pause = new Pause(options.runtime);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /**
   * The next check takes place as soon as 500 ms have passed since the last; one that is going on will do, unless it
   * was cancelled.
   */
  requestCheck(): void {
    if (this.#check?.signal.aborted === false) return;
    this.#requested = true;
    this.#pause.wake();
  }

  /** An operation found the server gone: the check that is going on would wait for nothing. */
  cancelCheck(): void {
    this.#check?.abort(new Error('The check was cancelled'));
    this.#probe.disconnect();
  }

  /** Resolves when nothing of the monitor is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.cancelCheck();
    this.#pause.wake();
    await this.#loop;
    await this.#probe.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const again = await this.#checkOnce();
      if (!again) await this.#wait();
    }
  }

  /** Whether the next check has to follow at once. */
  async #checkOnce(): Promise<boolean> {
    const { address: connectionId, runtime, events, onChecked } = this.#options;
    const check = new AbortController();
    this.#check = check;
    this.#requested = false;
    const awaited = this.#probe.isAwaiting;
    const startedAt = runtime.now();
    events.publish('serverHeartbeatStarted', { connectionId, awaited });
    try {
      const { hello, description, duration } = await this.#probe.ask(check.signal);
      this.#check = undefined;
      events.publish('serverHeartbeatSucceeded', { connectionId, awaited, duration, reply: hello });
      onChecked(description);
      return this.#probe.isAwaiting;
    } catch (error) {
      this.#check = undefined;
      const duration = runtime.now() - startedAt;
      events.publish('serverHeartbeatFailed', { connectionId, awaited, duration, failure: asError(error) });
      if (check.signal.aborted) return false;
      const lastUpdateTime = runtime.now();
      const wasKnown = onChecked(unknownServer(connectionId, { error, lastUpdateTime }));
      return wasKnown && isNetworkError(error);
    }
  }

  async #wait(): Promise<void> {
    const { heartbeatFrequencyMS } = this.#options;
    await this.#pause.sleep(MIN_HEARTBEAT_FREQUENCY_MS, () => this.#stopped);
    await this.#pause.sleep(
      heartbeatFrequencyMS - MIN_HEARTBEAT_FREQUENCY_MS,
      () => this.#stopped || this.#requested,
    );
  }
}
