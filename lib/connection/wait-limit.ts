import type { Deadline } from '../core/deadline.js';
import type { Runtime, TimerHandle } from '../core/runtime.js';

/**
 * Ends the waits of one connection: by the deadline or the signal of the request, or by too long a silence. One timer
 * serves all requests. It stays armed when a wait ends and is armed anew only for an earlier moment, so that short
 * requests with a limit cost no timers.
 */
export class WaitLimit {
  /** Longest silence in milliseconds; 0 means no limit. */
  silenceMS = 0;

  readonly #runtime: Runtime;
  readonly #onOver: (reason: unknown) => void;
  readonly #onSilence: (silenceMS: number) => void;
  /** Of the wait that goes on. */
  #deadline: Deadline | undefined;
  #lastActivity = 0;
  #timer: TimerHandle | undefined;
  #timerAt = Infinity;

  constructor(runtime: Runtime, onOver: (reason: unknown) => void, onSilence: (silenceMS: number) => void) {
    this.#runtime = runtime;
    this.#onOver = onOver;
    this.#onSilence = onSilence;
  }

  start(deadline: Deadline): void {
    this.#deadline = deadline;
    deadline.signal?.addEventListener('abort', this.#onAbort);
    if (deadline.expiresAt === Infinity && !this.#countsSilence(deadline)) return;
    const now = this.#runtime.now();
    this.#lastActivity = now;
    const at = this.#nextLimit(deadline);
    if (this.#timer === undefined || at < this.#timerAt) this.#arm(at, now);
  }

  /** The wait has ended. */
  stop(): void {
    this.#deadline?.signal?.removeEventListener('abort', this.#onAbort);
    this.#deadline = undefined;
  }

  /** Something moved: the silence starts anew. */
  noteActivity(): void {
    if (this.silenceMS !== 0) this.#lastActivity = this.#runtime.now();
  }

  /** There will be no further wait. */
  close(): void {
    this.stop();
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** `socketTimeoutMS` does not count where `timeoutMS` is set (client-side operations timeout, "Validation and Overrides"). */
  #countsSilence({ timeoutMS }: Deadline): boolean {
    return this.silenceMS !== 0 && timeoutMS === undefined;
  }

  #nextLimit(deadline: Deadline): number {
    return this.#countsSilence(deadline)
      ? Math.min(deadline.expiresAt, this.#lastActivity + this.silenceMS)
      : deadline.expiresAt;
  }

  /** The timer does not hold the process: the stream of a pending request does. */
  #arm(at: number, now: number): void {
    this.#timer?.clear();
    this.#timerAt = at;
    this.#timer = this.#runtime.setTimer(at - now, this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    const now = this.#runtime.now();
    const at = this.#nextLimit(deadline);
    if (now < at) this.#arm(at, now);
    else if (now < deadline.expiresAt) this.#onSilence(this.silenceMS);
    else this.#onOver(deadline.timeoutError('while the reply was awaited'));
  };

  readonly #onAbort = (): void => this.#onOver(this.#deadline?.signal?.reason);
}
