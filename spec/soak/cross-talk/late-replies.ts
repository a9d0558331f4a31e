import { LATE_REPLY_LIMIT_MS } from '../../../lib/connection/connection.js';
import { OperationTimeout, type AsyncMongoClient } from '../../../lib/index.js';
import type { SlowReplies } from './slow-replies.js';

/** The reason of a caller that aborts: it says whose it is. */
export class Enough extends Error {
  override readonly name = 'Enough';
}

interface GivenUp {
  readonly requestId: number;
  readonly at: number;
}

/** Counts the requests that nobody waited for to the end, and what became of their sockets. */
export class LateReplies {
  readonly #slow: SlowReplies;
  /** By connection: the request that was given up last, until the connection serves another. */
  readonly #owed = new Map<number, GivenUp>();
  /** Requests that were given up while their reply was awaited. */
  givenUp = 0;
  /** Of these: no reply within the bound, so that the socket had to go. */
  tooLate = 0;
  /** The reply was due within the bound, and the socket went all the same. */
  wasted = 0;
  opened = 0;
  closed = 0;
  mostOpen = 0;

  constructor(client: AsyncMongoClient, slow: SlowReplies) {
    this.#slow = slow;
    client.on('connectionCreated', () => {
      this.opened++;
      this.mostOpen = Math.max(this.mostOpen, this.opened - this.closed);
    });
    client.on('connectionClosed', ({ connectionId }) => {
      this.closed++;
      this.#lost(connectionId);
    });
    client.on('connectionCheckedOut', ({ connectionId }) => this.#owed.delete(connectionId));
    client.on('commandFailed', ({ requestId, driverConnectionId, failure }) => {
      if (!(failure instanceof OperationTimeout || failure instanceof Enough)) return;
      this.givenUp++;
      this.#owed.set(driverConnectionId, { requestId, at: performance.now() });
    });
  }

  /** Replies that came, or were due, within the bound. */
  get inTime(): number {
    return this.givenUp - this.tooLate;
  }

  #lost(connectionId: number): void {
    const owed = this.#owed.get(connectionId);
    if (owed === undefined) return;
    this.#owed.delete(connectionId);
    if (this.#slow.dueAt(owed.requestId) - owed.at < LATE_REPLY_LIMIT_MS) this.wasted++;
    else this.tooLate++;
  }
}
