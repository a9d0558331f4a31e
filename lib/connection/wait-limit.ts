import type { Deadline } from '../core/deadline.js';
import type { Runtime, TimerHandle } from '../core/runtime.js';

/** What the end of a wait means to its owner; one for all owners of a kind. */
export interface WaitEnds<TOwner> {
  /** The deadline has passed, or its signal was aborted. */
  onOver(owner: TOwner, reason: unknown): void;
  onSilence(owner: TOwner, silenceMS: number): void;
}

/**
 * Ends the waits of one connection: by the deadline or the signal of the request, or by too long a silence. One timer
 * serves all requests. It stays armed when a wait ends and is armed anew only for an earlier moment, so that short
 * requests with a limit cost no timers.
 */
export class WaitLimit<TOwner> {
  /** Longest silence in milliseconds; 0 means no limit. */
  silenceMS = 0;
  /** What the next wait takes besides, as the server was asked to wait itself. */
  patienceMS = 0;

  readonly #runtime: Runtime;
  readonly #owner: TOwner;
  readonly #ends: WaitEnds<TOwner>;
  /** Of the wait that goes on. */
  #deadline: Deadline | undefined;
  #lastActivity = 0;
  #timer: TimerHandle | undefined;
  /** `Infinity` while no timer is armed. */
  #timerAt = Infinity;

  constructor(runtime: Runtime, owner: TOwner, ends: WaitEnds<TOwner>) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#ends = ends;
  }

  start(deadline: Deadline): void {
    this.#deadline = deadline;
    deadline.signal?.addEventListener('abort', this);
    if (deadline.expiresAt >= this.#timerAt && !this.#countsSilence(deadline)) return;
    const now = this.#runtime.now();
    this.#lastActivity = now;
    const at = this.#nextLimit(deadline);
    if (at < this.#timerAt) this.#arm(at, now);
  }

  /** The wait has ended. */
  stop(): void {
    this.#deadline?.signal?.removeEventListener('abort', this);
    this.#deadline = undefined;
    this.patienceMS = 0;
  }

  /** Something moved: the silence starts anew. */
  noteActivity(): void {
    if (this.silenceMS !== 0) this.#lastActivity = this.#runtime.now();
  }

  /** The signal of the request was aborted: this object is its listener. */
  handleEvent(): void {
    this.#ends.onOver(this.#owner, this.#deadline?.signal?.reason);
  }

  /** There will be no further wait. */
  close(): void {
    this.stop();
    this.#timer?.clear();
    this.#timerAt = Infinity;
  }

  /** `socketTimeoutMS` does not count where `timeoutMS` is set (client-side operations timeout, "Validation and Overrides"). */
  #countsSilence({ timeoutMS }: Deadline): boolean {
    return this.silenceMS !== 0 && timeoutMS === undefined;
  }

  #nextLimit(deadline: Deadline): number {
    return this.#countsSilence(deadline)
      ? Math.min(deadline.expiresAt, this.#lastActivity + this.silenceMS + this.patienceMS)
      : deadline.expiresAt;
  }

  /** The timer does not hold the process: the stream of a pending request does. */
  #arm(at: number, now: number): void {
    this.#timer?.clear();
    this.#timerAt = at;
    this.#timer = this.#runtime.setTimer(at - now, this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#timerAt = Infinity;
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    const now = this.#runtime.now();
    const at = this.#nextLimit(deadline);
    if (now < at) this.#arm(at, now);
    else if (now < deadline.expiresAt) this.#ends.onSilence(this.#owner, this.silenceMS);
    else this.#ends.onOver(this.#owner, deadline.timeoutError('while the reply was awaited'));
  };
}
