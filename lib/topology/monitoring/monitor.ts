import type { Document } from '../../bson/document.js';
import type { ObjectId } from '../../bson/values.js';
import type { EventHub } from '../../core/event-hub.js';
import { isNetworkError } from '../../core/errors/predicates.js';
import { Pause } from './pause.js';
import { unknownServer, type ServerDescription } from '../description/server-description.js';
import { ServerProbe, type ProbeOptions } from './server-probe.js';
import type { TopologyEvents } from '../topology-events.js';

/** Server monitoring specification, "minHeartbeatFrequencyMS": no server is checked more often, whoever asks. */
export const MIN_HEARTBEAT_FREQUENCY_MS = 500;

export interface MonitorOptions extends ProbeOptions {
  readonly events: EventHub<TopologyEvents>;
  readonly topologyId: ObjectId;
  /** Told of each check; answers whether the server was known until now. */
  readonly onChecked: (description: ServerDescription) => boolean;
}

/** A check that is going on. */
interface Check {
  readonly awaited: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Of the connection it began on. */
  readonly driverConnectionId: number;
  readonly serverConnectionId: bigint | undefined;
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
  #check: Check | undefined;
  #requested = false;
  #restarting = false;
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
    if (this.#check !== undefined) return;
    this.#requested = true;
    this.#pause.wake();
  }

  /**
   * An operation found the server gone, or the monitor ends: the check that is going on would wait for nothing. It
   * counts as failed at once, so that nothing is told of a server after its end (SDAM logging and monitoring
   * specification, "Heartbeats").
   */
  cancelCheck(): void {
    const check = this.#check;
    if (check !== undefined) {
      this.#check = undefined;
      this.#publishFailure(check, new Error('The check was cancelled'));
    }
    this.#probe.disconnect();
  }

  /** Checks at once over a new connection: what the present one would tell is not to be relied upon. */
  restart(): void {
    if (this.#loop === undefined || this.#stopped) return;
    this.#restarting = true;
    this.cancelCheck();
    this.#pause.wake();
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
    const { address, runtime, onChecked } = this.#options;
    const check: Check = {
      awaited: this.#probe.isAwaiting,
      startedAt: runtime.now(),
      driverConnectionId: this.#probe.driverConnectionId,
      serverConnectionId: this.#probe.serverConnectionId,
    };
    this.#check = check;
    this.#requested = false;
    this.#restarting = false;
    this.#publishStarted(check);
    try {
      const { hello, description, duration } = await this.#probe.ask();
      if (this.#check !== check) return false;
      this.#check = undefined;
      this.#publishSuccess(check, hello, duration);
      onChecked(description);
      return this.#probe.isAwaiting;
    } catch (error) {
      if (this.#check !== check) return false;
      this.#check = undefined;
      this.#publishFailure(check, error);
      const lastUpdateTime = runtime.now();
      const wasKnown = onChecked(unknownServer(address, { error, lastUpdateTime }));
      return wasKnown && isNetworkError(error);
    }
  }

  #publishStarted(check: Check): void {
    const { events } = this.#options;
    if (events.has('serverHeartbeatStarted')) events.publish('serverHeartbeatStarted', this.#facts(check));
  }

  #publishSuccess(check: Check, reply: Document, duration: number): void {
    const { events } = this.#options;
    if (!events.has('serverHeartbeatSucceeded')) return;
    const { serverConnectionId } = this.#probe;
    events.publish('serverHeartbeatSucceeded', {
      ...this.#facts(check),
      serverConnectionId,
      duration,
      reply,
    });
  }

  #publishFailure(check: Check, error: unknown): void {
    const { runtime, events } = this.#options;
    if (!events.has('serverHeartbeatFailed')) return;
    const duration = runtime.now() - check.startedAt;
    events.publish('serverHeartbeatFailed', { ...this.#facts(check), duration, failure: asError(error) });
  }

  #facts(check: Check): TopologyEvents['serverHeartbeatStarted'] {
    const { topologyId, address } = this.#options;
    const { awaited, driverConnectionId, serverConnectionId } = check;
    return { topologyId, connectionId: address, driverConnectionId, serverConnectionId, awaited };
  }

  async #wait(): Promise<void> {
    const { heartbeatFrequencyMS } = this.#options;
    const isOver = (): boolean => this.#stopped || this.#restarting;
    await this.#pause.sleep(MIN_HEARTBEAT_FREQUENCY_MS, isOver);
    await this.#pause.sleep(
      heartbeatFrequencyMS - MIN_HEARTBEAT_FREQUENCY_MS,
      () => isOver() || this.#requested,
    );
  }
}
