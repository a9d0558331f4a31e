import type { Transport } from '../../../lib/core/runtime.js';
import { Inbox } from '../../support/inbox.js';
import type { VirtualTime } from '../../support/virtual-time.js';
import type { Receiver } from './receiver.js';

/** The machine of one server: whether its process runs, and whether anybody listens there. */
export class MemberHost implements Receiver {
  readonly address: string;
  readonly #inbox: Inbox;
  onConnection: ((transport: Transport) => void) | undefined;
  #refusing = false;

  constructor(time: VirtualTime, address: string) {
    this.#inbox = new Inbox(time);
    this.address = address;
  }

  /** New connections are refused: nobody listens. */
  get isRefusing(): boolean {
    return this.#refusing || this.onConnection === undefined;
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /** The system accepts for a process that does not run. */
  accept(transport: Transport): void {
    this.receive(() => {
      if (this.onConnection === undefined) transport.destroy();
      else this.onConnection(transport);
    });
  }

  receive(callback: () => void): void {
    this.#inbox.receive(callback);
  }

  /** The process stops to take anything in; what it sends from timers of its own still leaves. */
  freeze(): void {
    this.#inbox.freeze();
  }

  thaw(): void {
    this.#inbox.thaw();
  }
}
