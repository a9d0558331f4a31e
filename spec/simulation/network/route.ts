import type { VirtualTime } from '../../support/virtual-time.js';
import type { Chance } from '../chance.js';
import type { VirtualStream } from './virtual-stream.js';

export interface RouteQuality {
  readonly latencyMS: number;
  /** Added to the latency, at random from 0 up to this. */
  readonly jitterMS: number;
}

/** The way between one client and one server: how long it takes, and whether anything gets through. */
export class Route {
  readonly streams = new Set<VirtualStream>();
  readonly time: VirtualTime;
  readonly #chance: Chance;
  readonly #quality: RouteQuality;
  readonly #stuck: (() => void)[] = [];
  #extraMS = 0;
  #blocked = false;

  constructor(time: VirtualTime, chance: Chance, quality: RouteQuality) {
    this.time = time;
    this.#chance = chance;
    this.#quality = quality;
  }

  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** From now on everything takes this much longer. */
  slowDown(extraMS: number): void {
    this.#extraMS = extraMS;
  }

  /** Nothing gets through, and nobody is told. TCP keeps what it was given and sends it again. */
  block(): void {
    this.#blocked = true;
  }

  unblock(): void {
    this.#blocked = false;
    for (const again of this.#stuck.splice(0)) again();
  }

  /** When something sent now arrives. */
  arrival(): number {
    const { latencyMS, jitterMS } = this.#quality;
    return this.time.now + latencyMS + this.#extraMS + Math.floor(this.#chance.fraction() * (jitterMS + 1));
  }

  /** Runs `deliver` on the other side, no earlier than at `at`; while the route is blocked, again later. */
  carry(at: number, deliver: () => void): void {
    this.time.after(at - this.time.now, () => {
      if (this.#blocked) this.#stuck.push(() => this.carry(this.arrival(), deliver));
      else deliver();
    });
  }
}
