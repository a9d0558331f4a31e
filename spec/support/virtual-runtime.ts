import type {
  ConnectTarget,
  DnsResolver,
  Listener,
  ListenOptions,
  Runtime,
  TimerHandle,
  Transport,
} from '../../lib/core/runtime.js';
import { Inbox } from './inbox.js';
import { VirtualTime } from './virtual-time.js';

interface Armed {
  readonly hold: boolean;
}

const unavailable = (what: string): (() => Promise<never>) => {
  return () => Promise.reject(new Error(`The virtual runtime was given no ${what}`));
};

export interface VirtualRuntimeOptions {
  readonly seed?: number;
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch?: number;
  /** Time that others share; a time of its own otherwise. */
  readonly time?: VirtualTime;
  readonly dns?: Partial<DnsResolver>;
  readonly connect?: (target: ConnectTarget) => Promise<Transport>;
  readonly listen?: (options: ListenOptions) => Promise<Listener>;
}

/**
 * One process in virtual time, with chance that repeats: the same seed and the same calls give the same run.
 *
 * A process can be frozen, as if it were stopped and continued: time goes on without it. What would have happened to it
 * happens when it is thawed, as in the first turn of an event loop: timers, then what the network brought, then the rest.
 */
export class VirtualRuntime implements Runtime {
  readonly dns: DnsResolver;
  readonly connect: (target: ConnectTarget) => Promise<Transport>;
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  readonly time: VirtualTime;
  readonly #epoch: number;
  readonly #armed = new Set<Armed>();
  #chance: number;
  readonly #inbox: Inbox;
  #missedTimers: (() => void)[] = [];
  #missedImmediates: (() => void)[] = [];

  constructor(options: VirtualRuntimeOptions = {}) {
    this.time = options.time ?? new VirtualTime();
    this.#inbox = new Inbox(this.time);
    this.#chance = (options.seed ?? 1) | 0;
    this.#epoch = options.epoch ?? Date.UTC(2024, 0, 1);
    this.dns = {
      resolveSrv: unavailable('SRV records'),
      resolveTxt: unavailable('TXT records'),
      lookupCanonical: (name) => Promise.resolve(name),
      ...options.dns,
    };
    this.connect = options.connect ?? unavailable('network');
    this.listen = options.listen ?? unavailable('network');
  }

  now(): number {
    return this.time.now;
  }

  wallClock(): number {
    return this.#epoch + this.time.now;
  }

  setTimer(ms: number, run: () => void, hold = false): TimerHandle {
    const armed: Armed = { hold };
    this.#armed.add(armed);
    const ring = (): void => {
      if (!this.#armed.has(armed)) return;
      if (this.isFrozen) {
        this.#missedTimers.push(ring);
        return;
      }
      this.#armed.delete(armed);
      run();
    };
    const timer = this.time.after(ms, ring);
    return {
      clear: () => {
        this.#armed.delete(armed);
        timer.clear();
      },
    };
  }

  setImmediate(callback: () => void): void {
    this.time.immediately(() => {
      if (this.isFrozen) this.#missedImmediates.push(callback);
      else callback();
    });
  }

  /** Runs `callback`, which the network has for this process: at once, unless the process is frozen. */
  receive(callback: () => void): void {
    this.#inbox.receive(callback);
  }

  get isFrozen(): boolean {
    return this.#inbox.isFrozen;
  }

  freeze(): void {
    this.#inbox.freeze();
  }

  thaw(): void {
    const timers = this.#missedTimers;
    const immediates = this.#missedImmediates;
    this.#missedTimers = [];
    this.#missedImmediates = [];
    for (const callback of timers) this.time.after(0, callback);
    this.#inbox.thaw();
    for (const callback of immediates) this.setImmediate(callback);
  }

  /** The mulberry32 generator: 32 bits of state, well spread. */
  random(): number {
    this.#chance = (this.#chance + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#chance ^ (this.#chance >>> 15), 1 | this.#chance);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  randomBytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at++) bytes[at] = Math.floor(this.random() * 256);
    return bytes;
  }

  /** Timers that are armed; `held` counts only those that keep a process alive. */
  get pendingTimers(): { readonly all: number; readonly held: number } {
    return { all: this.#armed.size, held: [...this.#armed].filter(({ hold }) => hold).length };
  }

  /** Runs microtasks and immediates until none is left; no time passes. */
  settle(): Promise<void> {
    return this.time.settle();
  }

  /** Lets this much time pass, and runs what is due at its end. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms);
  }
}
