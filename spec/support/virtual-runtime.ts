import type {
  ConnectTarget,
  DnsResolver,
  Listener,
  ListenOptions,
  Runtime,
  TimerHandle,
  Transport,
} from '../../lib/core/runtime.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly hold: boolean;
  readonly run: () => void;
}

const unavailable = (what: string): (() => Promise<never>) => {
  return () => Promise.reject(new Error(`The virtual runtime was given no ${what}`));
};

export interface VirtualRuntimeOptions {
  readonly seed?: number;
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch?: number;
  readonly dns?: Partial<DnsResolver>;
  readonly connect?: (target: ConnectTarget) => Promise<Transport>;
  readonly listen?: (options: ListenOptions) => Promise<Listener>;
}

/**
 * Time that passes when a test says so, and chance that repeats: the same seed and the same calls give the same run.
 * `advance` runs timers in the order of their time, each followed by all microtasks it causes.
 */
export class VirtualRuntime implements Runtime {
  readonly dns: DnsResolver;
  readonly connect: (target: ConnectTarget) => Promise<Transport>;
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  readonly #epoch: number;
  readonly #timers = new Set<Timer>();
  #immediates: (() => void)[] = [];
  #now = 0;
  #order = 0;
  #chance: number;

  constructor(options: VirtualRuntimeOptions = {}) {
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
    return this.#now;
  }

  wallClock(): number {
    return this.#epoch + this.#now;
  }

  setTimer(ms: number, run: () => void, hold = false): TimerHandle {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, hold, run };
    this.#timers.add(timer);
    return {
      clear: () => {
        this.#timers.delete(timer);
      },
    };
  }

  setImmediate(callback: () => void): void {
    this.#immediates.push(callback);
  }

  /** The mulberry32 generator: 32 bits of state, well spread. */
  random(): number {
    this.#chance = (this.#chance + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#chance ^ (this.#chance >>> 15), 1 | this.#chance);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  randomBytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => Math.floor(this.random() * 256));
  }

  /** Timers that are armed; `held` counts only those that keep a process alive. */
  get pendingTimers(): { readonly all: number; readonly held: number } {
    return { all: this.#timers.size, held: [...this.#timers].filter((timer) => timer.hold).length };
  }

  /** Runs microtasks and immediates until none is left; no time passes. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise((done) => setImmediate(done));
      const due = this.#immediates;
      if (due.length === 0) return;
      this.#immediates = [];
      for (const callback of due) callback();
    }
  }

  /** Lets this much time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#flush();
    for (;;) {
      const next = this.#nextTimer(end);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.#flush();
    }
    this.#now = end;
    await this.settle();
  }

  /** Microtasks at once; immediates only when no further timer is due at this moment, as an event loop does. */
  async #flush(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    if (this.#nextTimer(this.#now) === undefined) await this.settle();
  }

  #nextTimer(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}
