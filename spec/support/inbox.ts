import type { VirtualTime } from './virtual-time.js';

/** What happens to a process, one thing after the other: at once while it runs; what it missed as soon as it goes on. */
export class Inbox {
  readonly #time: VirtualTime;
  readonly #missed: (() => void)[] = [];
  #frozen = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  receive(callback: () => void): void {
    if (this.#frozen || this.#missed.length > 0) this.#missed.push(callback);
    else callback();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    if (this.#missed.length > 0) this.#catchUp();
  }

  /** Each in a step of its own, in their order: what comes meanwhile is last. */
  #catchUp(): void {
    this.#time.after(0, () => {
      if (this.#frozen) return;
      this.#missed[0]?.();
      this.#missed.shift();
      if (this.#missed.length > 0) this.#catchUp();
    });
  }
}
