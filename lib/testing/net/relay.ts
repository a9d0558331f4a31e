import type { Runtime, TimerHandle, Transport } from '../../core/runtime.js';

/** What happens to the bytes of one direction of a connection. */
export interface LinkFaults {
  /** Every byte arrives this many milliseconds later. */
  readonly latencyMS?: number;
  /** At most this many bytes each second. */
  readonly bytesPerSecond?: number;
  /** Bytes vanish; neither side is told. */
  readonly blackhole?: boolean;
  /** Both sides of the connection are cut off once this many bytes have passed, the last of them being delivered. */
  readonly cutAfterBytes?: number;
}

interface Parcel {
  /** Undefined: the sender has closed. */
  readonly bytes: Uint8Array | undefined;
  /** Monotonic ms. */
  readonly due: number;
}

export interface RelayEvents {
  /** The connection is to be closed on both sides. */
  cut(): void;
  /** Bytes went into a black hole. */
  swallowed(count: number): void;
}

/** Bytes that may be under way before the sender is held up. */
const WINDOW = 1024 * 1024;

/** Carries bytes from one stream to another, with the faults that `faults` names at the moment they come. */
export class Relay {
  readonly #runtime: Runtime;
  readonly #from: Transport;
  readonly #to: Transport;
  readonly #faults: () => LinkFaults;
  readonly #events: RelayEvents;
  #parcels: Parcel[] = [];
  #underway = 0;
  #passed = 0;
  #freeAt = 0;
  #timer: TimerHandle | undefined;
  #paused = false;
  #blocked = false;

  constructor(
    runtime: Runtime,
    from: Transport,
    to: Transport,
    faults: () => LinkFaults,
    events: RelayEvents,
  ) {
    this.#runtime = runtime;
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#events = events;
  }

  /** Bytes have come; they are only lent. */
  take(chunk: Uint8Array): void {
    const { latencyMS = 0, bytesPerSecond = Infinity, blackhole = false } = this.#faults();
    if (blackhole) {
      this.#events.swallowed(chunk.length);
      return;
    }
    const now = this.#runtime.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (chunk.length / bytesPerSecond) * 1000;
    this.#underway += chunk.length;
    this.#send({ bytes: Uint8Array.from(chunk), due: this.#freeAt + latencyMS });
    this.#throttle();
  }

  /** The sender has closed: so does this relay's far end, once everything has arrived there. */
  finish(): void {
    const { latencyMS = 0, blackhole = false } = this.#faults();
    if (blackhole) return;
    this.#send({ bytes: undefined, due: Math.max(this.#freeAt, this.#runtime.now()) + latencyMS });
  }

  /** Drops what is under way. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#parcels = [];
  }

  #send(parcel: Parcel): void {
    this.#parcels.push(parcel);
    if (this.#parcels.length === 1) this.#deliver();
  }

  #deliver(): void {
    for (;;) {
      const [parcel] = this.#parcels;
      if (parcel === undefined || this.#blocked) return;
      const wait = parcel.due - this.#runtime.now();
      if (wait > 0) {
        this.#timer = this.#runtime.setTimer(wait, () => this.#deliver());
        return;
      }
      this.#parcels.shift();
      if (parcel.bytes === undefined) this.#to.end();
      else this.#write(parcel.bytes);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#underway -= bytes.length;
    const { cutAfterBytes = Infinity } = this.#faults();
    const left = cutAfterBytes - this.#passed;
    if (bytes.length >= left) {
      this.stop();
      this.#to.write(bytes.subarray(0, Math.max(0, left)), () => this.#events.cut());
      return;
    }
    this.#passed += bytes.length;
    this.#blocked = !this.#to.write(bytes, () => {
      if (!this.#blocked) return;
      this.#blocked = false;
      this.#deliver();
      this.#throttle();
    });
    this.#throttle();
  }

  #throttle(): void {
    const full = this.#underway >= WINDOW || this.#blocked;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#from.pause();
    else this.#from.resume();
  }
}
